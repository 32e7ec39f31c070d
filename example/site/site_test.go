package site_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/web"
)

func TestPanic(t *testing.T) {
	s, v := sitetest.Open(t)
	s.Users.DB = nil // as if somebody had forgotten it
	v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).Is(http.StatusInternalServerError).
		Says("Something went wrong")
}

func TestCrossSitePosts(t *testing.T) {
	_, v := sitetest.Open(t)
	form := sitetest.Encode([]string{"email=" + sitetest.AdaEmail, "password=" + sitetest.AdaPassword})
	for name, header := range map[string]string{
		"from another site":     "Sec-Fetch-Site: cross-site",
		"from a sibling":        "Sec-Fetch-Site: same-site",
		"from an older browser": "Origin: https://evil.example",
		"from a sandbox":        "Origin: null",
	} {
		t.Run(name, func(t *testing.T) {
			p := v.Send(http.MethodPost, "/login", form, []string{header}).Is(http.StatusForbidden)
			p.Says("sent from another site")
			if len(p.Cookies()) > 0 {
				t.Errorf("sets cookies: %v", p.Cookies())
			}
			v.Get("/", header).Is(http.StatusOK) // a link from there is welcome
		})
	}
	v.LogIn()
	v.Send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden)
	v.KnownAs("Ada Lovelace")
	v.Send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: same-origin"}).LeadsTo("/")
}

// An outage is not a logout: pages fail, forms keep what was typed, and when the database is back,
// everybody is who they were.
func TestOutage(t *testing.T) {
	s, ada := sitetest.Open(t)
	stranger, remembered := ada.Another(), ada.Another()
	ada.LogIn("remember=1")
	remembered.LogIn("remember=1")
	remembered.CloseBrowser()
	s.Exec(t, `ALTER TABLE users RENAME TO lost`)
	for _, v := range []*sitetest.Visitor{ada, remembered} {
		for _, path := range []string{"/", "/profile", "/settings", "/tokens", "/admin", "/confirm"} {
			p := v.Get(path).Is(http.StatusServiceUnavailable).Says("Back in a moment").SaysNot("Log in")
			p.SetsNoCookie("session").SetsNoCookie("remember_token")
		}
		v.Get("/api/me").Is(http.StatusServiceUnavailable).Says(`{"error":`)
	}
	stranger.Get("/").Is(http.StatusOK)                                                   // a visitor without cookies needs no database
	stranger.Get("/api/me", "Authorization: Bearer gx_TOKEN").Is(http.StatusUnauthorized) // nobody's
	stranger.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "next=/profile").
		Is(http.StatusServiceUnavailable).Says("We cannot reach our database", sitetest.AdaEmail, `value="/profile"`)
	stranger.Post("/register", "email=g@example.com", "name=Grace", "password=a bug in the relay").
		Is(http.StatusServiceUnavailable).Says("We cannot reach our database", "g@example.com", "Grace")
	s.Exec(t, `ALTER TABLE lost RENAME TO users`)

	ada.KnownAs("Ada Lovelace")
	ada.Get("/settings").Is(http.StatusOK)
	remembered.KnownAs("Ada Lovelace")

	// The database fails after the guard has found the user in it.
	s.Exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	ada.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").
		Is(http.StatusServiceUnavailable).Says("nothing has been done", "Change the password")
}

// Nobody is told to be logged out while a copy of the cookie would still be good.
func TestOutageOfTheLogins(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn("remember=1")
	s.Exec(t, `ALTER TABLE ginlogin_logins RENAME TO lost`)
	for _, p := range []*sitetest.Page{
		v.Get("/"), v.Get("/profile"), v.Get("/devices"),
		v.Post("/logout"), v.Post("/devices/end", "id=x"), v.Post("/devices/others"),
	} {
		p.Is(http.StatusServiceUnavailable).Says("Back in a moment").SetsNoCookie("session").SetsNoCookie("remember_token")
	}
	v.Another().Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).Is(http.StatusServiceUnavailable).
		Says("nothing has been done").SetsNoCookie("session").SetsNoCookie(guessing.DeviceCookie)
	s.Exec(t, `ALTER TABLE lost RENAME TO ginlogin_logins`)
	v.KnownAs("Ada Lovelace")
	v.Post("/logout").LeadsTo("/")
	v.KnownAs("")
}

// Public pages can be asked for their headers alone.
func TestHead(t *testing.T) {
	_, v := sitetest.Open(t)
	for _, path := range []string{"/", "/login", "/register", "/healthz", "/style.css", "/icon.svg"} {
		want, got := v.Get(path), v.Send(http.MethodHead, path, "", nil).Is(http.StatusOK)
		for _, name := range []string{"Content-Type", "Content-Security-Policy", "Vary", "Cache-Control"} {
			if got.Header.Get(name) != want.Header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, want %q", path, name, got.Header.Get(name), want.Header.Get(name))
			}
		}
		if got.Text != "" {
			t.Errorf("HEAD %s has a body: %q", path, got.Text)
		}
	}
	v.Get("/profile")
	v.Send(http.MethodHead, "/login", "", nil).Is(http.StatusOK).SetsNoCookie("session")
	v.Get("/login").Says("Please log in to access this page.") // it had not been read
	v.LogIn()
	v.Send(http.MethodHead, "/login", "", nil).LeadsTo("/")
	v.Send(http.MethodHead, "/logout", "", nil).Is(http.StatusMethodNotAllowed)
	v.KnownAs("Ada Lovelace")
}

func TestInsecureCookies(t *testing.T) {
	s, _ := sitetest.Open(t)
	s.Config.SecureCookies = false
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	v := sitetest.NewVisitor(t, server.URL, nil)
	p := v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "remember=1").LeadsTo("/")
	for _, name := range []string{"session", "remember_token"} {
		if c := p.SetsCookie(name); c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("over plain HTTP: %s", c)
		}
	}
	v.KnownAs("Ada Lovelace")
}

func TestHeaders(t *testing.T) {
	_, v := sitetest.Open(t)
	for _, path := range []string{"/", "/login", "/nowhere", "/style.css", "/api/me"} {
		p := v.Get(path)
		if got := p.Header.Get("Content-Security-Policy"); got != web.ContentSecurityPolicy {
			t.Errorf("%s: Content-Security-Policy is %q", path, got)
		}
		if got := p.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", path, got)
		}
	}
	v.LogIn()
	if got := v.Get("/profile").Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("the profile may be cached: %q", got)
	}
	p := v.Get("/style.css").Is(http.StatusOK)
	if p.Header.Get("Vary") != "" || p.Header.Get("Cache-Control") != "public, max-age=300" || len(p.Cookies()) > 0 {
		t.Errorf("the stylesheet depends on the visitor: %v", p.Header)
	}
	if got := p.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("the stylesheet is %q", got)
	}
}
