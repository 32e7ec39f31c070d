package secondfactor_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// ready is a site where Ada has codes, and is logged out.
func ready(t *testing.T, h *house, v *sitetest.Visitor) (secret string, recovery []string) {
	t.Helper()
	v.LogIn()
	secret, recovery = h.turnOn(v)
	v.Post("/logout").LeadsTo("/")
	return secret, recovery
}

// Of many who send one code at the same moment, at two instances, one gets in.
func TestOneCodeLetsOneIn(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		secret, recovery := ready(t, h, v)
		for name, field := range map[string]string{"a code": "code=" + h.next(secret), "a recovery code": "recovery=" + recovery[0]} {
			var browsers []*sitetest.Visitor
			for i := range 8 {
				b := v.Another()
				if i%2 == 1 {
					b.MoveTo(h.Site)
				}
				password(b).LeadsTo("/login/code")
				browsers = append(browsers, b)
			}
			var all sync.WaitGroup
			statuses := make([]int, len(browsers))
			for i, b := range browsers {
				all.Go(func() { statuses[i] = b.Post("/login/code", field).StatusCode })
			}
			all.Wait()
			in := 0
			for i, b := range browsers {
				b.Get("/profile")
				switch statuses[i] {
				case http.StatusSeeOther:
					in++
					b.KnownAs("Ada Lovelace")
				case http.StatusUnprocessableEntity:
					b.KnownAs("")
				default:
					t.Errorf("%s: status %d", name, statuses[i])
				}
			}
			if in != 1 {
				t.Errorf("%s let %d in, want one", name, in)
			}
		}
	})
}

// A code is good in its half minute and in those beside it, and an older one is spent with a newer one.
func TestCodesExpire(t *testing.T) {
	h, v := open(t)
	secret, _ := ready(t, h, v)
	password(v).LeadsTo("/login/code")
	old := h.next(secret)
	h.clock.Advance(2 * 30 * time.Second)
	v.Post("/login/code", "code="+old).Is(http.StatusUnprocessableEntity).Says("This code is not right.")
	before := h.code(secret)
	v.Post("/login/code", "code="+h.next(secret)).LeadsTo("/")
	v.Post("/logout")
	password(v)
	v.Post("/login/code", "code="+before).Is(http.StatusUnprocessableEntity).Says("was used already")
	for _, nonsense := range []string{"", "12345", "1234567", "abcdef", "١٢٣٤٥٦", strings.Repeat("0", 5000), "0x0000", "\x00"} {
		v.Post("/login/code", "code="+nonsense).Is(http.StatusUnprocessableEntity)
	}
	v.Post("/login/code", "recovery=\x00\xff'").Is(http.StatusUnprocessableEntity)
}

// Between the steps ten minutes pass, the password changes, the account is closed, or the codes are removed: then the
// right code opens nothing.
func TestWhatEndsALoginBetweenItsSteps(t *testing.T) {
	for name, change := range map[string]func(h *house, owner *sitetest.Visitor){
		"ten minutes pass": func(h *house, _ *sitetest.Visitor) { h.clock.Advance(10 * time.Minute) },
		"the account is closed": func(h *house, owner *sitetest.Visitor) {
			h.Exec(owner.T, `UPDATE users SET active = FALSE WHERE id = 1`)
		},
		"the password is changed": func(_ *house, owner *sitetest.Visitor) {
			owner.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")
		},
		"the codes are turned off and on": func(h *house, owner *sitetest.Visitor) {
			owner.Post("/settings/code/off").LeadsTo("/settings/code")
			h.turnOn(owner)
		},
	} {
		t.Run(name, func(t *testing.T) {
			sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
				h := watched(t, newSite(t))
				_, owner := sitetest.Serve(t, h.Site)
				owner.LogIn()
				secret, recovery := h.turnOn(owner)
				late := owner.Another()
				password(late).LeadsTo("/login/code")
				change(h, owner)
				late.Get("/login/code?next=/devices").LeadsTo("/login?next=%2Fdevices")
				late.Post("/login/code", "code="+h.next(secret)).LeadsTo("/login")
				late.Post("/login/code", "recovery="+recovery[0]).LeadsTo("/login")
				late.KnownAs("")
			})
		})
	}
}

// The code of one user opens no account of another, whichever browser it is given in.
func TestEachCodeIsItsUsers(t *testing.T) {
	h, ada := open(t)
	adas, recovery := ready(t, h, ada)
	mallory := ada.Another()
	mallory.Post("/register", "email=mallory@example.com", "name=Mallory", "password=a bug in the relay").LeadsTo("/")
	mallorys, hers := h.turnOn(mallory)
	mallory.Post("/logout").LeadsTo("/")

	password(mallory).LeadsTo("/login/code") // with Ada's password
	for _, field := range []string{"code=" + h.next(mallorys), "recovery=" + hers[0]} {
		mallory.Post("/login/code", field).Is(http.StatusUnprocessableEntity)
	}
	// Ada's own code, seen over her shoulder, but in a browser that has not given a password.
	ada.Another().Post("/login/code", "code="+h.code(adas)).LeadsTo("/login")
	// Mallory's pending login is no way to Ada's code.
	mallory.Post("/login", "email=mallory@example.com", "password=a bug in the relay").LeadsTo("/login/code")
	mallory.Post("/login/code", "code="+h.code(adas)).Is(http.StatusUnprocessableEntity)
	mallory.Post("/login/code", "recovery="+recovery[0]).Is(http.StatusUnprocessableEntity)
	mallory.Post("/login/code", "code="+h.code(mallorys)).LeadsTo("/")
	mallory.KnownAs("Mallory")
	mallory.Post("/confirm/code", "code="+h.code(adas)).Is(http.StatusUnprocessableEntity)
}

// A copy of the pending session is worth nothing without a code, and the code is spent.
func TestACopyOfThePendingSession(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		secret, _ := ready(t, h, v)
		password(v, "remember=1").LeadsTo("/login/code")
		thief := v.Thief()
		code := h.next(secret)
		v.Post("/login/code", "code="+code).LeadsTo("/")
		if p := thief.Post("/login/code", "code="+code); p.StatusCode == http.StatusSeeOther && p.Header.Get("Location") == "/" {
			t.Error("the thief is in")
		}
		thief.KnownAs("")
		v.KnownAs("Ada Lovelace")
	})
}

// Guesses are counted for the user, whatever browser and network they come from. The owner is told, and gets in on a
// known device, and with a recovery code.
func TestGuessesAreCountedForTheUser(t *testing.T) {
	clock := sitetest.NewWatch()
	h, v := open(t)
	h.Guesses.Now = clock.Now
	secret, recovery := ready(t, h, v)
	h.take()
	for i := range 10 {
		attacker := v.Another()
		attacker.Address = fmt.Sprintf("192.0.2.%d", i)
		password(attacker).LeadsTo("/login/code")
		attacker.Post("/login/code", "code=000000").Is(http.StatusUnprocessableEntity)
	}
	attacker := v.Another()
	attacker.Address = "198.51.100.1"
	password(attacker)
	attacker.Post("/login/code", "code="+h.next(secret)).Is(http.StatusTooManyRequests).Says("Too many wrong codes.", "60 minutes")
	h.tells(`subject="Someone is guessing your codes"`, "to="+sitetest.AdaEmail)
	attacker.Post("/login/code", "code="+h.next(secret)).Is(http.StatusTooManyRequests)
	if strings.Contains(h.take(), "subject=") {
		t.Error("the owner is told twice in a day")
	}

	password(v).LeadsTo("/login/code") // on a device that she has used
	v.Post("/login/code", "code="+h.code(secret)).LeadsTo("/")
	stranger := v.Another()
	password(stranger)
	stranger.Post("/login/code", "recovery="+recovery[0]).LeadsTo("/")
	stranger.KnownAs("Ada Lovelace")

	clock.Pass(time.Hour)
	attacker.Post("/login/code", "code=000000").Is(http.StatusUnprocessableEntity) // one more
	attacker.Post("/login/code", "code=000000").Is(http.StatusTooManyRequests)
}

// With a copied session the codes are guessed no faster.
func TestGuessesOfWhoIsLoggedInCount(t *testing.T) {
	h, v := open(t)
	v.LogIn()
	h.turnOn(v)
	thief := v.Thief()
	thief.DropCookie("known_device")
	for range 10 {
		thief.Post("/confirm/code", "code=000000").Is(http.StatusUnprocessableEntity)
	}
	thief.Post("/confirm/code", "code=000000").Is(http.StatusTooManyRequests)
	h.tells("msg=code_refused")
}

// changed has another letter at i.
func changed(text string, i int) string {
	letter := "A"
	if text[i] == 'A' {
		letter = "B"
	}
	return text[:i] + letter + text[i+1:]
}

// The secret on the page is that user's, fresh, and whole.
func TestOnlyTheSecretOfThePageIsTaken(t *testing.T) {
	h, v := open(t)
	v.LogIn()
	secret, sealed := begin(v)
	mallory := v.Another()
	mallory.Post("/register", "email=mallory@example.com", "name=Mallory", "password=a bug in the relay").LeadsTo("/")
	mallorys, hers := begin(mallory)
	for name, form := range map[string][2]string{
		"another user's": {mallorys, hers}, "tampered": {secret, changed(sealed, 40)}, "none": {secret, ""},
		"no base64": {secret, "x.%"}, "of another key": {secret, "0123456789abcdef" + sealed[16:]},
	} {
		v.Post("/settings/code/new", "sealed="+form[1], "code="+h.code(form[0])).LeadsTo("/settings/code/new")
		if p := v.Get("/settings/code"); !strings.Contains(p.Text, "Off") {
			t.Errorf("%s: it is on", name)
		}
	}
	p := v.Post("/settings/code/new", "sealed="+sealed, "code=000000").Is(http.StatusUnprocessableEntity).Says("This code is not right.")
	if keyOnPage.FindStringSubmatch(p.HTML) == nil || !strings.Contains(p.HTML, sealed) {
		t.Error("the page after a wrong code has another key")
	}
	h.clock.Advance(29 * time.Minute)
	late := h.code(secret)
	h.clock.Advance(2 * time.Minute)
	v.Post("/confirm", "password="+sitetest.AdaPassword)
	v.Post("/settings/code/new", "sealed="+sealed, "code="+late).LeadsTo("/settings/code/new")
	v.Get("/settings/code").Says("Off")

	// Of two tabs one turns it on, and the other does not change the secret.
	first, one := begin(v)
	second, two := begin(v)
	recoveryOf(v.Post("/settings/code/new", "sealed="+one, "code="+h.code(first)))
	v.Post("/settings/code/new", "sealed="+two, "code="+h.code(second)).LeadsTo("/settings/code")
	v.Get("/settings/code/new").LeadsTo("/settings/code")
	v.Post("/logout")
	password(v)
	v.Post("/login/code", "code="+h.next(second)).Is(http.StatusUnprocessableEntity)
	v.Post("/login/code", "code="+h.code(first)).LeadsTo("/")
}

// The page with the secret is kept by no cache, and its picture is all that its policy allows more.
func TestThePageWithTheSecret(t *testing.T) {
	_, v := open(t)
	v.LogIn()
	p := v.Get("/settings/code/new").Is(http.StatusOK).Says(`src="data:image/png;base64,`, `href="otpauth://totp/`)
	if policy := p.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self' data:;") || strings.Contains(policy, "script") {
		t.Errorf("the policy is %q", policy)
	}
	if got := p.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if policy := v.Get("/settings/code").Header.Get("Content-Security-Policy"); strings.Contains(policy, "data:") {
		t.Errorf("the policy of another page is %q", policy)
	}
}

// The password is not enough to change what protects from who has the password.
func TestChangesTakeACode(t *testing.T) {
	h, v := open(t)
	v.LogIn("remember=1")
	secret, old := h.turnOn(v)
	v.Get("/settings/code/off").Is(http.StatusOK) // the first code was just given
	h.clock.Advance(time.Hour)
	v.Post("/confirm", "password="+sitetest.AdaPassword, "next=/settings/code").LeadsTo("/settings/code")
	v.Get("/settings/code").Is(http.StatusOK)
	for _, path := range []string{"/settings/code/off", "/settings/code/recovery"} {
		v.Get(path).LeadsTo("/confirm/code?next=" + strings.ReplaceAll(path, "/", "%2F"))
		v.Post(path).LeadsTo("/confirm/code")
	}
	v.Post("/confirm/code", "code=000000").Is(http.StatusUnprocessableEntity)
	v.Post("/confirm/code", "code="+h.code(secret), "next=/settings/code/recovery").LeadsTo("/settings/code/recovery")
	renewed := recoveryOf(v.Post("/settings/code/recovery"))
	h.tells(`subject="You have new recovery codes"`)
	v.Post("/logout")
	password(v)
	v.Post("/login/code", "recovery="+old[0]).Is(http.StatusUnprocessableEntity)
	v.Post("/login/code", "recovery="+renewed[0]).LeadsTo("/")

	nobody := v.Another()
	nobody.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	nobody.Get("/settings/code/off").LeadsTo("/confirm/code?next=%2Fsettings%2Fcode%2Foff")
	nobody.Get("/confirm/code").LeadsTo("/settings/code")
}
