package site_test

import (
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/tokens"
)

// A site with some life in it, as its pictures show it.
func TestBrowserWithPeople(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	settle(t, site)
	b := site.Launch()

	b.Open("/profile")
	b.Heading("Log in")
	b.Checked("login-for-the-profile")
	b.Screenshot("login", "light", 640)

	b.Open("/admin")
	b.Heading("Admin login")
	b.Checked("admin-login")
	b.Fill("email", "grace@example.com")
	b.Fill("password", sitetest.RootPassword)
	b.Submit()
	b.Heading("Accounts")
	b.Flash("success", "Welcome back, Grace Hopper.")
	b.Open("/admin")
	b.Checked("accounts")
	b.Screenshot("admin", "light", 640)

	b.Open("/")
	b.Heading("Hello, Grace Hopper")
	b.Checked("home-of-an-admin")
	b.Screenshot("home", "light", 500)
	b.Screenshot("home-dark", "dark", 500)
	b.Open("/devices")
	b.Heading("Your devices")
	b.Checked("devices-of-an-admin")
	b.Screenshot("devices", "light", 590)
	b.Screenshot("devices-dark", "dark", 590)
	b.Open("/tokens")
	b.Heading("API tokens")
	b.Checked("tokens-in-use")
	b.Screenshot("tokens", "light", 740)
}

// settle gives the site people, and its administrator devices and tokens.
func settle(t *testing.T, s *sitetest.BrowserSite) {
	t.Helper()
	grace, err := s.Users.CreateWithRole(t.Context(), "grace@example.com", "Grace Hopper", sitetest.RootPassword, account.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range []struct {
		email, name string
		active      bool
	}{
		{"katherine@example.com", "Katherine Johnson", true},
		{"mallory@example.com", "Mallory", false},
	} {
		s.Exec(t, `INSERT INTO users (email, name, password_hash, active) VALUES ($1, $2, '', $3)`,
			person.email, person.name, person.active)
	}
	now := time.Now().UTC().Truncate(time.Second)
	s.Exec(t, `UPDATE users SET created_at = $1 WHERE email < 'l'`, now.AddDate(0, -7, -11))
	for id, login := range map[string]struct {
		address, userAgent string
		age                time.Duration
	}{
		"phone":  {"192.0.2.44", sitetest.IPhone, 42 * time.Minute},
		"office": {"198.51.100.7", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", 5 * time.Hour},
	} {
		if err := s.Logins.CreateLogin(t.Context(), ginlogin.StoredLogin{
			ID: id, User: grace.GetID(), Address: login.address, UserAgent: login.userAgent,
			Created: now.Add(-2 * login.age), LastSeen: now.Add(-login.age), Expires: now.Add(24 * time.Hour), Used: true, Rotated: now,
		}); err != nil {
			t.Fatal(err)
		}
	}
	features := &tokens.Tokens{Users: s.Users, DB: s.DB}
	for name, used := range map[string]time.Duration{"Nightly backup": 3 * time.Hour, "Deploy from CI": 4 * time.Minute, "Laptop script": 0} {
		if _, err := features.New(t.Context(), grace, name); err != nil {
			t.Fatal(err)
		}
		if used > 0 {
			s.Exec(t, `UPDATE api_tokens SET last_used = $1 WHERE name = $2`, now.Add(-used).Unix(), name)
		}
	}
}
