package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ginlogin/ginlogin"
)

// screenshots is where the pictures of the documentation are written to:
//
//	go test ./example -run BrowserWithPeople -screenshots "$PWD/example/screenshots"
var screenshots = flag.String("screenshots", "", "the `folder` for the pictures of the documentation")

// A site with some life in it, as its pictures show it.
func TestBrowserWithPeople(t *testing.T) {
	site := openInBrowser(t)
	site.settle()
	b := site.launch()

	b.open("/profile")
	b.heading("Log in")
	b.checked("login-for-the-profile")
	b.screenshot("login", "light", 640)

	b.open("/admin")
	b.heading("Admin login")
	b.checked("admin-login")
	b.fill("email", "grace@example.com")
	b.fill("password", adminPassword)
	b.submit()
	b.heading("Accounts")
	b.flash("success", "Welcome back, Grace Hopper.")
	b.open("/admin")
	b.checked("accounts")
	b.screenshot("admin", "light", 640)

	b.open("/")
	b.heading("Hello, Grace Hopper")
	b.checked("home-of-an-admin")
	b.screenshot("home", "light", 500)
	b.screenshot("home-dark", "dark", 500)
	b.open("/devices")
	b.heading("Your devices")
	b.checked("devices-of-an-admin")
	b.screenshot("devices", "light", 590)
	b.screenshot("devices-dark", "dark", 590)
	b.open("/tokens")
	b.heading("API tokens")
	b.checked("tokens-in-use")
	b.screenshot("tokens", "light", 740)
}

// settle gives the site people, and its administrator devices and tokens.
func (s *browserSite) settle() {
	s.t.Helper()
	grace, err := s.users.create(s.t.Context(), "grace@example.com", "Grace Hopper", adminPassword, roleAdmin)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, person := range []struct {
		email, name string
		active      bool
	}{
		{"katherine@example.com", "Katherine Johnson", true},
		{"mallory@example.com", "Mallory", false},
	} {
		s.exec(s.t, `INSERT INTO users (email, name, password_hash, active) VALUES ($1, $2, '', $3)`,
			person.email, person.name, person.active)
	}
	now := time.Now().UTC().Truncate(time.Second)
	s.exec(s.t, `UPDATE users SET created_at = $1 WHERE email < 'l'`, now.AddDate(0, -7, -11))
	for id, login := range map[string]struct {
		address, userAgent string
		age                time.Duration
	}{
		"phone":  {"192.0.2.44", iPhone, 42 * time.Minute},
		"office": {"198.51.100.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", 5 * time.Hour},
	} {
		if err := s.logins.CreateLogin(s.t.Context(), ginlogin.StoredLogin{
			ID: id, User: grace.GetID(), Address: login.address, UserAgent: login.userAgent,
			Created: now.Add(-2 * login.age), LastSeen: now.Add(-login.age), Expires: now.Add(24 * time.Hour), Used: true, Rotated: now,
		}); err != nil {
			s.t.Fatal(err)
		}
	}
	for name, used := range map[string]time.Duration{"Nightly backup": 3 * time.Hour, "Deploy from CI": 4 * time.Minute, "Laptop script": 0} {
		if _, err := s.users.NewToken(s.t.Context(), grace, name); err != nil {
			s.t.Fatal(err)
		}
		if used > 0 {
			s.exec(s.t, `UPDATE api_tokens SET last_used = $1 WHERE name = $2`, now.Add(-used).Unix(), name)
		}
	}
}

// screenshot writes a picture of the upper part of the page for the documentation, if the test is told
// to.
func (b *browser) screenshot(name, scheme string, height int64) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	b.look(chromedp.EmulateViewport(1000, height, chromedp.EmulateScale(1.5)), scheme)
	b.picture(filepath.Join(*screenshots, name+".png"), chromedp.CaptureScreenshot())
	b.look(desktop(), "")
}

func (b *browser) picture(path string, take chromedp.Action[[]byte]) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	png, err := within(b.ctx, take)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
