package passkeys_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/passkeys"
)

const late = "That took too long, or it was used already."

// withPhone is a site where Ada has a passkey, and is logged out.
func withPhone(t *testing.T, changes ...func(*sitetest.Site)) (*sitetest.Site, *sitetest.Visitor, *sitetest.Authenticator) {
	t.Helper()
	s, v := open(t, changes...)
	return s, v, addPhone(t, v)
}

func addPhone(t *testing.T, v *sitetest.Visitor) *sitetest.Authenticator {
	t.Helper()
	phone := sitetest.NewAuthenticator(t)
	v.LogIn()
	v.AddPasskey(phone, "my phone")
	v.Post("/logout").LeadsTo("/")
	return phone
}

// An answer is good once: not a second time, and not with the session cookie from before it was spent.
func TestAnAnswerIsNotReplayed(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := serve(t, newSite(t))
		phone := addPhone(t, v)
		answer := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
		thief, again := v.Thief(), v.Thief()
		v.Post("/login/passkey", answer).LeadsTo("/")
		thief.Post("/login/passkey", answer).Is(http.StatusUnauthorized).Says(late)
		v.Post("/logout").LeadsTo("/")
		v.Post("/login/passkey", answer).Is(http.StatusUnauthorized).Says(late)
		again.Post("/login/passkey", answer).Is(http.StatusUnauthorized).Says(late)
		again.KnownAs("")
	})
}

// Of many requests with one answer at the same moment, one logs in.
func TestAnAnswerIsSpentOnceInARace(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := serve(t, newSite(t))
		phone := addPhone(t, v)
		answer := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
		var in atomic.Int64
		var requests sync.WaitGroup
		for range 16 {
			thief := v.Thief()
			requests.Go(func() {
				if thief.Post("/login/passkey", answer).StatusCode == http.StatusSeeOther {
					in.Add(1)
				}
			})
		}
		requests.Wait()
		if in.Load() != 1 {
			t.Errorf("%d logged in with one answer", in.Load())
		}
	})
}

// A challenge is for the browser that asked for it, in both directions: the attacker has an answer to the victim's
// challenge, or has the victim's browser send an answer to the attacker's.
func TestAChallengeIsBoundToTheBrowser(t *testing.T) {
	_, v, phone := withPhone(t)
	attacker := v.Another()
	ofVictim := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
	attacker.Post("/login/passkey", ofVictim).Is(http.StatusUnauthorized).Says(late) // without a session
	ofAttacker := "credential=" + phone.Get(attacker.Begin("/login/passkey/begin"))
	attacker.Post("/login/passkey", ofVictim).Is(http.StatusUnauthorized).Says(late)
	v.Post("/login/passkey", ofAttacker).Is(http.StatusUnauthorized).Says(late)
	v.Post("/login/passkey", ofVictim).LeadsTo("/") // and nobody has used it up
}

func TestAChallengeExpires(t *testing.T) {
	clock := &sitetest.Clock{}
	s, v, phone := withPhone(t, clock.Runs)
	inTime := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
	clock.Advance(10*time.Minute - 5*time.Second)
	v.Post("/login/passkey", inTime).LeadsTo("/")
	v.Post("/logout").LeadsTo("/")
	tooLate := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
	clock.Advance(10*time.Minute + time.Second)
	v.Post("/login/passkey", tooLate).Is(http.StatusUnauthorized).Says(late)
	v.Begin("/login/passkey/begin")
	var kept int
	if err := s.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM passkey_challenges`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d challenges are kept, want the new one: %v", kept, err)
	}
}

// What an authenticator must not say, or must say.
func TestAnswersThatAreNotGood(t *testing.T) {
	for name, change := range map[string]func(*sitetest.Authenticator){
		"a page of another site":       func(a *sitetest.Authenticator) { a.Origin = "https://example.com.evil.example" },
		"a page below the domain":      func(a *sitetest.Authenticator) { a.Origin = "https://shop.example.com" },
		"a page without HTTPS":         func(a *sitetest.Authenticator) { a.Origin = "http://example.com" },
		"nobody was verified":          func(a *sitetest.Authenticator) { a.Flags &^= sitetest.UserVerified },
		"nobody was there":             func(a *sitetest.Authenticator) { a.Flags &^= sitetest.UserPresent },
		"it can be backed up no more":  func(a *sitetest.Authenticator) { a.Flags &^= sitetest.BackupEligible | sitetest.BackedUp },
		"a handle of nobody":           func(a *sitetest.Authenticator) { a.Keys[0].Handle = bytes.Repeat([]byte{7}, 64) },
		"a handle that is the user ID": func(a *sitetest.Authenticator) { a.Keys[0].Handle = []byte("1") },
		"no handle":                    func(a *sitetest.Authenticator) { a.Keys[0].Handle = nil },
		"a credential of nobody":       func(a *sitetest.Authenticator) { a.Keys[0].ID = []byte("nobody's credential") },
	} {
		t.Run(name, func(t *testing.T) {
			_, v, phone := withPhone(t)
			change(phone)
			v.ByPasskey(phone).Is(http.StatusUnauthorized).Says("This passkey opens no account here.")
			v.KnownAs("")
		})
	}
}

// Whatever is tampered with, the signature, the challenge or the whole, opens nothing and breaks nothing.
func TestAnswersThatAreTamperedWith(t *testing.T) {
	_, v, phone := withPhone(t)
	good := phone.Get(v.Begin("/login/passkey/begin"))
	for name, answer := range map[string]string{
		"nothing":        "",
		"no JSON":        "open sesame",
		"another type":   strings.Replace(good, "public-key", "password", 1),
		"no response":    `{"id":"AA","rawId":"AA","type":"public-key"}`,
		"NUL":            strings.ReplaceAll(phone.Get(`{"options":{"challenge":"a\u0000b","rpId":"example.com"}}`), " ", ""),
		"no challenge":   phone.Get(`{"options":{"challenge":"AAAA","rpId":"example.com"}}`),
		"a registration": phone.Create(`{"options":{"challenge":"AAAA","rp":{"id":"example.com"}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			p := v.Post("/login/passkey", "credential="+answer).Is(http.StatusUnauthorized)
			p.Says("Log in with a passkey")
		})
	}
	signature := `"signature":"`
	at := strings.Index(good, signature) + len(signature) + 20
	broken := good[:at] + map[bool]string{true: "B", false: "A"}[good[at] == 'A'] + good[at+1:]
	v.Post("/login/passkey", "credential="+broken).Is(http.StatusUnauthorized).Says("opens no account here")
	v.Post("/login/passkey", "credential="+good).Is(http.StatusUnauthorized).Says(late) // a challenge has one try
	v.KnownAs("")
}

// A challenge is for one purpose.
func TestAChallengeIsForOnePurpose(t *testing.T) {
	_, v, phone := withPhone(t)
	forLogin := "credential=" + phone.Get(v.Begin("/login/passkey/begin"))
	v.LogIn()
	v.Post("/confirm/passkey", forLogin).LeadsTo("/confirm?next=%2F")
	begun := v.Begin("/confirm/passkey/begin")
	v.Post("/settings/passkeys", "name=x", "credential="+phone.Create(begun)).Is(http.StatusUnprocessableEntity).Says(late)
	phone.Keys = phone.Keys[:1]
	v.Post("/confirm/passkey", "credential="+phone.Get(begun)).LeadsTo("/")
}

// A key in hardware counts. If there are two of it, one of them falls behind.
func TestACopiedKeyIsNotTaken(t *testing.T) {
	var log bytes.Buffer
	s, v := open(t, func(s *sitetest.Site) { s.Log = slog.New(slog.NewTextHandler(&log, nil)); s.Audit = s.Log })
	key := sitetest.NewAuthenticator(t)
	key.Flags, key.Step = sitetest.UserPresent|sitetest.UserVerified, 1
	v.LogIn()
	v.AddPasskey(key, "blue key")
	v.Get("/settings/passkeys").Says("On one device only")
	v.Another().ByPasskey(key).LeadsTo("/")
	stolen := *key.Keys[0] // which goes on counting by itself
	thief := v.Another()
	v.Another().ByPasskey(key).LeadsTo("/")
	key.Keys = []*sitetest.AuthenticatorKey{&stolen}
	thief.ByPasskey(key).Is(http.StatusUnauthorized).Says("seems to have been copied", "Log in with your password")
	thief.KnownAs("")
	for _, want := range []string{"msg=user_login_failed", "the counter did not rise"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("nobody is told %q:\n%s", want, log.String())
		}
	}
	sent := s.Mails(t)
	if last := sent[len(sent)-1]; last.To != sitetest.AdaEmail || last.Subject != "A passkey may have been copied" {
		t.Errorf("the owner is told %+v", last)
	}
}

// Another account's passkey is not good for this one, whatever its handle says.
func TestThePasskeyOfSomebodyElse(t *testing.T) {
	_, ada, phone := withPhone(t)
	grace, key := ada.Another(), sitetest.NewAuthenticator(t)
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	grace.AddPasskey(key, "key")
	if bytes.Equal(key.Keys[0].Handle, phone.Keys[0].Handle) || len(key.Keys[0].Handle) != 64 {
		t.Errorf("handles %x and %x, want 64 random bytes each", key.Keys[0].Handle, phone.Keys[0].Handle)
	}

	// Grace's key with Ada's handle.
	forged := *key.Keys[0]
	forged.Handle = phone.Keys[0].Handle
	key.Keys = append(key.Keys, &forged)
	grace.Another().ByPasskey(key).Is(http.StatusUnauthorized).Says("opens no account here")
	key.Keys = key.Keys[:1]

	// Grace has Ada's session, and confirms it with a key of her own.
	ada.LogIn("remember=1")
	thief := ada.Thief()
	thief.CloseBrowser()
	thief.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
	answer := key.Get(thief.Begin("/confirm/passkey/begin"))
	thief.Follow(thief.Post("/confirm/passkey", "credential="+answer, "next=/settings").LeadsTo("/confirm?next=%2Fsettings")).
		Says("opens no account here")
	thief.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")

	// Nor does she see, rename or remove what Ada has, or add Ada's credential as hers.
	ada.LogIn()
	id := url.QueryEscape(ids(ada)[0])
	for _, page := range []string{"rename", "remove"} {
		grace.Follow(grace.Get("/settings/passkeys/" + page + "?id=" + id).LeadsTo("/settings/passkeys")).Says("removed already").SaysNot("my phone")
		grace.Post("/settings/passkeys/"+page, "id="+id, "name=mine", "password=a bug in the relay").LeadsTo("/settings/passkeys")
	}
	ada.Get("/settings/passkeys").Says("my phone")
	copied := sitetest.NewAuthenticator(t)
	copied.NextID = phone.Keys[0].ID
	grace.Post("/settings/passkeys", "name=mine", "credential="+copied.Create(grace.Begin("/settings/passkeys/begin", "name=mine"))).
		Is(http.StatusUnprocessableEntity).Says("has been added already")
}

func TestPasskeysAfterABanAndANewPassword(t *testing.T) {
	s, v, phone := withPhone(t)
	// A new password ends logins, and what was begun with them.
	v.LogIn()
	other := v.Another()
	other.LogIn()
	begun := "credential=" + phone.Get(other.Begin("/confirm/passkey/begin"))
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")
	other.Post("/confirm/passkey", begun).LeadsTo("/login")
	// The passkey stays, as the page says.
	v.Another().ByPasskey(phone).LeadsTo("/")

	begun = "credential=" + phone.Get(other.Begin("/login/passkey/begin"))
	s.Exec(t, `UPDATE users SET active = FALSE`)
	other.Post("/login/passkey", begun).Is(http.StatusForbidden).Says("has been deactivated")
	other.KnownAs("")
	v.Get("/settings/passkeys").LeadsTo("/login?next=%2Fsettings%2Fpasskeys")
}

// The session has nothing of the challenge, so that a copy of its cookie brings back nothing.
func TestTheSessionDoesNotHoldTheChallenge(t *testing.T) {
	s, v, _ := withPhone(t)
	p := v.Send(http.MethodPost, "/login/passkey/begin", "", []string{"Accept: application/json"}).Is(http.StatusOK)
	var challenge string
	if err := s.DB.QueryRowContext(t.Context(), `SELECT challenge FROM passkey_challenges ORDER BY expires DESC`).Scan(&challenge); err != nil {
		t.Fatal(err)
	}
	p.Says(challenge)
	cookie := p.SetsCookie("session").Value
	plain, err := base64.URLEncoding.DecodeString(cookie)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(cookie, challenge) || bytes.Contains(plain, []byte(challenge)) || bytes.Contains(plain, []byte(challenge[:12])) {
		t.Error("the session cookie holds the challenge")
	}
}

// Another site cannot log a visitor in, nor add a passkey for them.
func TestFormsFromAnotherSite(t *testing.T) {
	_, v, phone := withPhone(t)
	answer := sitetest.Encode([]string{"credential=" + phone.Get(v.Begin("/login/passkey/begin"))})
	for _, path := range []string{"/login/passkey", "/login/passkey/begin"} {
		v.Send(http.MethodPost, path, answer, []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}).Is(http.StatusForbidden)
	}
	v.KnownAs("")
}

// Two of a key that should be one, with the same counter at the same moment: both were judged by the counter before,
// and the one that is written down second is refused.
func TestACopiedKeyIsNotTakenInARace(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		s, v := serve(t, newSite(t))
		key := sitetest.NewAuthenticator(t)
		key.Flags, key.Step = sitetest.UserPresent|sitetest.UserVerified, 1
		v.LogIn()
		v.AddPasskey(key, "blue key")
		ada, err := s.Users.FindByID(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		feature := &passkeys.Passkeys{Users: s.Users, DB: s.DB, Now: time.Now}
		if refused, err := feature.UseTwice(t.Context(), "example.com", ada); !refused || err != nil {
			t.Errorf("refused %t, %v", refused, err)
		}
	})
}
