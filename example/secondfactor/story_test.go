package secondfactor_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

var (
	keyOnPage      = regexp.MustCompile(`id="key"[^>]*>([A-Z2-7 ]+)<`)
	sealedOnPage   = regexp.MustCompile(`name="sealed" value="([^"]+)"`)
	recoveryOnPage = regexp.MustCompile(`<li><code>([A-Z2-7-]+)</code>`)
)

// house is a site with a clock, whose messages the test reads.
type house struct {
	*sitetest.Site
	clock    *clock
	messages *messages
	t        *testing.T
}

// clock stands still, so that a code is good until the test lets time pass.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func (c *clock) Now() time.Time          { return c.start.Add(time.Duration(c.ahead.Load())) }
func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// messages is a log, with the audit log in it.
type messages struct {
	mu   sync.Mutex
	text strings.Builder
}

func (m *messages) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(p)
}

// take returns what was written since the last time.
func (m *messages) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.text.Reset()
	return m.text.String()
}

func watched(t *testing.T, s *sitetest.Site) *house {
	t.Helper()
	h := &house{s, &clock{start: time.Now()}, &messages{}, t}
	s.Now = h.clock.Now
	log := slog.New(slog.NewTextHandler(h.messages, nil))
	s.Log, s.Audit = log, log.With("log", "audit")
	return h
}

// open serves a new site to Ada's browser.
func open(t *testing.T) (*house, *sitetest.Visitor) {
	t.Helper()
	h := watched(t, sitetest.New(t))
	_, v := sitetest.Serve(t, h.Site)
	return h, v
}

// take returns the log since the last time, and what was mailed to whom.
func (h *house) take() string {
	h.t.Helper()
	text := h.messages.take()
	for _, m := range h.Mails(h.t) {
		text += fmt.Sprintf("to=%s subject=%q\n", m.To, m.Subject)
	}
	return text
}

// tells checks the log and the mails since the last time.
func (h *house) tells(texts ...string) {
	h.t.Helper()
	log := h.take()
	for _, text := range texts {
		if !strings.Contains(log, text) {
			h.t.Errorf("the log does not say %q:\n%s", text, log)
		}
	}
}

// code is what the app shows now.
func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// next lets the app show another code, and returns it.
func (h *house) next(secret string) string {
	h.clock.Advance(30 * time.Second)
	return h.code(secret)
}

// begin opens the page with the secret.
func begin(v *sitetest.Visitor) (secret, sealed string) {
	v.T.Helper()
	p := v.Get("/settings/code/new").Is(http.StatusOK)
	key, field := keyOnPage.FindStringSubmatch(p.HTML), sealedOnPage.FindStringSubmatch(p.HTML)
	if key == nil || field == nil {
		v.T.Fatalf("no key on the page:\n%s", p.Text)
	}
	return strings.ReplaceAll(key[1], " ", ""), field[1]
}

// turnOn turns codes on for the visitor, who is logged in.
func (h *house) turnOn(v *sitetest.Visitor) (secret string, recovery []string) {
	h.t.Helper()
	sitetest.Verified(h.t, h.Site) // so that Ada gets mails
	secret, sealed := begin(v)
	return secret, recoveryOf(v.Post("/settings/code/new", "sealed="+sealed, "code="+h.code(secret)))
}

func recoveryOf(p *sitetest.Page) (codes []string) {
	p.T.Helper()
	for _, match := range recoveryOnPage.FindAllStringSubmatch(p.Is(http.StatusOK).HTML, -1) {
		codes = append(codes, match[1])
	}
	if len(codes) != 10 {
		p.T.Fatalf("%d recovery codes, want 10:\n%s", len(codes), p.Text)
	}
	return codes
}

// typedBadly is how people copy a code from a sheet.
func typedBadly(recovery string) string {
	return " " + strings.NewReplacer("-", " ", "o", "0", "i", "1", "b", "8").Replace(strings.ToLower(recovery))
}

// password takes the first step of a login.
func password(v *sitetest.Visitor, fields ...string) *sitetest.Page {
	v.T.Helper()
	return v.Post("/login", append([]string{"email=" + sitetest.AdaEmail, "password=" + sitetest.AdaPassword}, fields...)...)
}

func TestStory(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		attacker := v.Another() // who has the password, and a login from before
		attacker.LogIn("remember=1")
		v.LogIn()
		v.Get("/settings").Says(`href="/settings/code"`)
		v.Get("/settings/code").Is(http.StatusOK).Says("Off")

		secret, recovery := h.turnOn(v)
		h.tells(`subject="Codes are turned on"`, "to="+sitetest.AdaEmail, "msg=second_factor_on")
		v.Get("/settings/code").Is(http.StatusOK).Says("On", "10 of 10 are left")
		attacker.KnownAs("") // also by the remember cookie

		// The password alone leads to the second step, where nobody is logged in.
		password(attacker, "next=/profile").LeadsTo("/login/code?next=%2Fprofile")
		attacker.Get("/login/code").Is(http.StatusOK).Says("Enter your code", sitetest.AdaEmail)
		attacker.Get("/profile").LeadsTo("/login?next=%2Fprofile")
		attacker.Post("/login/code", "code=000000").Is(http.StatusUnprocessableEntity).Says("This code is not right.")
		h.tells("msg=user_login_failed", "user=1", `reason="wrong code"`)
		attacker.Post("/login/code").Is(http.StatusUnprocessableEntity)

		// The owner logs in, remembered, and gets to where she wanted.
		v.Post("/logout").LeadsTo("/")
		password(v, "remember=1", "next=/profile").LeadsTo("/login/code?next=%2Fprofile").SetsNoCookie("remember_token")
		code := h.next(secret)
		v.Post("/login/code", "code="+code[:3]+" "+code[3:], "next=/profile").LeadsTo("/profile").SetsCookie("remember_token")
		v.Get("/profile").Says("your password and a code; remembered")
		attacker.Post("/login/code", "code="+code).Is(http.StatusUnprocessableEntity).Says("This code was used already.")
		attacker.KnownAs("")

		// Back by the remember cookie, she needs no code until she changes the codes.
		v.CloseBrowser()
		v.KnownAs("Ada Lovelace")
		v.Get("/settings/code/off").LeadsTo("/confirm/code?next=%2Fsettings%2Fcode%2Foff")
		v.Post("/confirm/code", "recovery="+typedBadly(recovery[3]), "next=/settings/code/off").LeadsTo("/settings/code/off")
		h.tells("msg=recovery_code_used", "9 codes left", `subject="A recovery code was used"`)
		attacker.Post("/login/code", "recovery="+recovery[3]).Is(http.StatusUnprocessableEntity).Says("not one of your recovery codes")
		v.Get("/settings/code/off").Is(http.StatusOK).Says("Turn codes off?")
		v.Post("/settings/code/off").LeadsTo("/settings/code")
		h.tells(`subject="Codes are turned off"`, "msg=second_factor_off")
		v.Get("/settings/code").Is(http.StatusOK).Says("Codes are turned off.")
		attacker.Get("/login/code").LeadsTo("/login") // begun before
		v.Post("/logout").LeadsTo("/")
		v.LogIn()
	})
}

// An administrator has a way in of their own, which asks for the code, too, and leads on to the area.
func TestTheAdminLoginAsksForTheCode(t *testing.T) {
	h, v := open(t)
	if _, err := h.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, "admin"); err != nil {
		t.Fatal(err)
	}
	v.LogInAsAdmin()
	secret, _ := h.turnOn(v)
	v.Post("/logout").LeadsTo("/")
	v.Post("/admin/login", "email="+sitetest.RootEmail, "password="+sitetest.RootPassword).LeadsTo("/login/code?next=%2Fadmin")
	v.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	v.Post("/login/code", "code="+h.next(secret), "next=/admin").LeadsTo("/admin")
	v.Get("/admin").Is(http.StatusOK)
	v.Get("/settings/code/off").Is(http.StatusOK) // the code was given a moment ago
}
