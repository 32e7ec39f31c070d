package main

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestPanic(t *testing.T) {
	s, v := open(t)
	s.users.db = nil // as if somebody had forgotten it
	v.post("/login", "email="+adaEmail, "password="+adaPassword).is(http.StatusInternalServerError).
		says("Something went wrong")
}

func TestCrossSitePosts(t *testing.T) {
	_, v := open(t)
	form := encode([]string{"email=" + adaEmail, "password=" + adaPassword})
	for name, header := range map[string]string{
		"from another site":     "Sec-Fetch-Site: cross-site",
		"from a sibling":        "Sec-Fetch-Site: same-site",
		"from an older browser": "Origin: https://evil.example",
		"from a sandbox":        "Origin: null",
	} {
		t.Run(name, func(t *testing.T) {
			p := v.send(http.MethodPost, "/login", form, []string{header}).is(http.StatusForbidden)
			p.says("sent from another site")
			if len(p.Cookies()) > 0 {
				t.Errorf("sets cookies: %v", p.Cookies())
			}
			v.get("/", header).is(http.StatusOK) // a link from there is welcome
		})
	}
	v.logIn()
	v.send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: cross-site"}).is(http.StatusForbidden)
	v.knownAs("Ada Lovelace")
	v.send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: same-origin"}).leadsTo("/")
}

// An outage is not a logout: pages fail, forms keep what was typed, and when the database is back,
// everybody is who they were.
func TestOutage(t *testing.T) {
	s, ada := open(t)
	stranger, remembered := ada.another(), ada.another()
	ada.logIn("remember=1")
	remembered.logIn("remember=1")
	remembered.closeBrowser()
	s.exec(t, `ALTER TABLE users RENAME TO lost`)
	for _, v := range []*visitor{ada, remembered} {
		for _, path := range []string{"/", "/profile", "/settings", "/tokens", "/admin", "/reauthenticate"} {
			p := v.get(path).is(http.StatusServiceUnavailable).says("Back in a moment").saysNot("Log in")
			p.setsNoCookie("session").setsNoCookie("remember_token")
		}
		v.get("/api/me").is(http.StatusServiceUnavailable).says(`{"error":`)
	}
	stranger.get("/").is(http.StatusOK)                                                   // a visitor without cookies needs no database
	stranger.get("/api/me", "Authorization: Bearer gx_TOKEN").is(http.StatusUnauthorized) // nobody's
	stranger.post("/login", "email="+adaEmail, "password="+adaPassword, "next=/profile").
		is(http.StatusServiceUnavailable).says("We cannot reach our database", adaEmail, `value="/profile"`)
	stranger.post("/register", "email=g@example.com", "name=Grace", "password=a bug in the relay").
		is(http.StatusServiceUnavailable).says("We cannot reach our database", "g@example.com", "Grace")
	s.exec(t, `ALTER TABLE lost RENAME TO users`)

	ada.knownAs("Ada Lovelace")
	ada.get("/settings").is(http.StatusOK)
	remembered.knownAs("Ada Lovelace")

	// The database fails after the guard has found the user in it.
	s.exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	ada.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").
		is(http.StatusServiceUnavailable).says("nothing has been done", "Change the password")
}

// Nobody is told to be logged out while a copy of the cookie would still be good.
func TestOutageOfTheLogins(t *testing.T) {
	s, v := open(t)
	v.logIn("remember=1")
	s.exec(t, `ALTER TABLE ginlogin_logins RENAME TO lost`)
	for _, p := range []*page{
		v.get("/"), v.get("/profile"), v.get("/devices"),
		v.post("/logout"), v.post("/devices/end", "id=x"), v.post("/devices/others"),
	} {
		p.is(http.StatusServiceUnavailable).says("Back in a moment").setsNoCookie("session").setsNoCookie("remember_token")
	}
	v.another().post("/login", "email="+adaEmail, "password="+adaPassword).is(http.StatusServiceUnavailable).
		says("nothing has been done").setsNoCookie("session").setsNoCookie(deviceCookie)
	s.exec(t, `ALTER TABLE lost RENAME TO ginlogin_logins`)
	v.knownAs("Ada Lovelace")
	v.post("/logout").leadsTo("/")
	v.knownAs("")
}

// Public pages can be asked for their headers alone.
func TestHead(t *testing.T) {
	_, v := open(t)
	for _, path := range []string{"/", "/login", "/register", "/healthz", "/style.css", "/icon.svg"} {
		want, got := v.get(path), v.send(http.MethodHead, path, "", nil).is(http.StatusOK)
		for _, name := range []string{"Content-Type", "Content-Security-Policy", "Vary", "Cache-Control"} {
			if got.Header.Get(name) != want.Header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, want %q", path, name, got.Header.Get(name), want.Header.Get(name))
			}
		}
		if got.text != "" {
			t.Errorf("HEAD %s has a body: %q", path, got.text)
		}
	}
	v.get("/profile")
	v.send(http.MethodHead, "/login", "", nil).is(http.StatusOK).setsNoCookie("session")
	v.get("/login").says("Please log in to access this page.") // it had not been read
	v.logIn()
	v.send(http.MethodHead, "/login", "", nil).leadsTo("/")
	v.send(http.MethodHead, "/logout", "", nil).is(http.StatusMethodNotAllowed)
	v.knownAs("Ada Lovelace")
}

func TestInsecureCookies(t *testing.T) {
	s, _ := open(t)
	s.secureCookies = false
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	v := newVisitor(t, server.URL, nil)
	p := v.post("/login", "email="+adaEmail, "password="+adaPassword, "remember=1").leadsTo("/")
	for _, name := range []string{"session", "remember_token"} {
		if c := p.setsCookie(name); c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("over plain HTTP: %s", c)
		}
	}
	v.knownAs("Ada Lovelace")
}

func TestHeaders(t *testing.T) {
	_, v := open(t)
	for _, path := range []string{"/", "/login", "/nowhere", "/style.css", "/api/me"} {
		p := v.get(path)
		if got := p.Header.Get("Content-Security-Policy"); got != contentSecurityPolicy {
			t.Errorf("%s: Content-Security-Policy is %q", path, got)
		}
		if got := p.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", path, got)
		}
	}
	v.logIn()
	if got := v.get("/profile").Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("the profile may be cached: %q", got)
	}
	p := v.get("/style.css").is(http.StatusOK)
	if p.Header.Get("Vary") != "" || p.Header.Get("Cache-Control") != "public, max-age=300" || len(p.Cookies()) > 0 {
		t.Errorf("the stylesheet depends on the visitor: %v", p.Header)
	}
	if got := p.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
		t.Errorf("the stylesheet is %q", got)
	}
}

// The policy lets no browser run such code, so none may be needed.
func TestNoInlineCode(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script|<style|\s(style|on[a-z]+)=|javascript:`)
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := templateFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(text); found != nil {
			t.Errorf("%s has inline code: %s", name, found)
		}
	}
}
