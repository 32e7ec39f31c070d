package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLogIn(t *testing.T) {
	_, v := open(t)
	v.knownAs("")
	p := v.post("/login", "email= ADA@Example.com ", "password="+adaPassword).leadsTo("/")
	p.setsNoCookie("remember_token")
	session := p.setsCookie("session")
	if session.MaxAge != 0 || !session.Expires.IsZero() {
		t.Errorf("the session cookie outlives the browser: %s", session)
	}
	if !session.Secure || !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" {
		t.Errorf("the session cookie lacks an attribute: %s", session)
	}
	v.follow(p).is(http.StatusOK).says("Welcome back, Ada Lovelace.", "Hello, Ada Lovelace", "Log out")
	v.get("/").saysNot("Welcome back")
	v.closeBrowser()
	v.knownAs("")
}

func TestLogInRemembered(t *testing.T) {
	_, v := open(t)
	// It stays no longer than the login may.
	remember := v.post("/login", "email="+adaEmail, "password="+adaPassword, "remember=1").leadsTo("/").
		setsCookie("remember_token")
	if want := int(30 * 24 * time.Hour / time.Second); remember.MaxAge != want {
		t.Errorf("the remember cookie stays %d seconds, want %d", remember.MaxAge, want)
	}
	if !remember.Secure || !remember.HttpOnly || remember.SameSite != http.SameSiteLaxMode {
		t.Errorf("the remember cookie lacks an attribute: %s", remember)
	}
	v.closeBrowser()
	v.knownAs("Ada Lovelace")
	v.get("/profile").is(http.StatusOK).says("Not fresh")
}

func TestLogInWithWrongCredentials(t *testing.T) {
	_, v := open(t)
	const message = "That e-mail address and password do not match."
	for name, fields := range map[string][]string{
		"wrong password":  {"email=" + adaEmail, "password=difference engine"},
		"unknown account": {"email=nobody@example.com", "password=" + adaPassword},
		"no password":     {"email=" + adaEmail, "password="},
		"no such field":   {"email=" + adaEmail},
		"nothing":         nil,
		"no address":      {"email=ada", "password=" + adaPassword},
		"not text":        {"email=\xff\x00@example.com", "password=\xff\x00"},
		"long password":   {"email=" + adaEmail, "password=" + strings.Repeat("x", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			p := v.post("/login", fields...).is(http.StatusUnauthorized).says(message, "<title>Error: Log in")
			p.setsNoCookie("remember_token")
			v.knownAs("")
		})
	}
}

// What was typed stays, but for the password.
func TestLogInKeepsTheForm(t *testing.T) {
	_, v := open(t)
	v.post("/login", "email="+adaEmail, "password=difference engine", "remember=1", "next=/settings").
		is(http.StatusUnauthorized).
		says(`value="ada@example.com"`, `checked`, `name="next" value="/settings"`, `href="/register?next=`).
		saysNot("difference engine")
	v.post("/login", "email="+adaEmail, "password=wrong").saysNot("checked", `name="next"`)
}

// What somebody types is shown as text.
func TestLogInEscapes(t *testing.T) {
	_, v := open(t)
	const attack = `"><script>alert(1)</script>`
	for _, p := range []*page{
		v.post("/login", "email="+attack, "password=x", "next=/"+attack).is(http.StatusUnauthorized).says(attack),
		v.get("/login?next=/" + url.QueryEscape(attack)).is(http.StatusOK),
		v.post("/register", "email="+attack, "name="+attack).is(http.StatusUnprocessableEntity).says(attack),
	} {
		if strings.Contains(p.html, "<script") {
			t.Errorf("%s runs what was typed:\n%s", p.name, p.html)
		}
	}
}

func TestLogInLeadsToNext(t *testing.T) {
	for next, want := range map[string]string{
		"/profile":               "/profile",
		"/settings?tab=1":        "/settings?tab=1",
		"":                       "/",
		"//evil.example":         "/",
		"https://evil.example":   "/",
		`/\evil.example`:         "/",
		"javascript:alert(1)":    "/",
		"http:evil.example":      "/",
		"/\t/evil.example":       "/",
		"https:///evil.example/": "/",
	} {
		t.Run(next, func(t *testing.T) {
			_, v := open(t)
			v.post("/login", "email="+adaEmail, "password="+adaPassword, "next="+next).leadsTo(want)
		})
	}
}

func TestLogInWhenLoggedIn(t *testing.T) {
	_, v := open(t)
	v.logIn()
	v.get("/login").leadsTo("/")
	v.post("/login", "email=x", "password=y").leadsTo("/")
	v.get("/register").leadsTo("/")
	v.post("/register", "email=x").leadsTo("/")
	v.knownAs("Ada Lovelace")
}

func TestLogOut(t *testing.T) {
	_, v := open(t)
	v.logIn("remember=1")
	v.get("/logout").is(http.StatusMethodNotAllowed)
	v.knownAs("Ada Lovelace")

	p := v.post("/logout").leadsTo("/")
	p.setsCookie("session")
	if c := p.setsCookie("remember_token"); c.MaxAge >= 0 {
		t.Errorf("the remember cookie stays: %s", c)
	}
	v.follow(p).says("You are logged out.", "Nobody is logged in")
	v.closeBrowser()
	v.knownAs("")
	v.get("/profile").leadsTo("/login?next=%2Fprofile")
}

func TestLogOutNobody(t *testing.T) {
	_, v := open(t)
	v.follow(v.post("/logout").leadsTo("/")).says("You are logged out.")
}

func TestProfileRequiresLogin(t *testing.T) {
	_, v := open(t)
	p := v.get("/profile").leadsTo("/login?next=%2Fprofile")
	v.follow(p).is(http.StatusOK).says("Please log in to access this page.", `name="next" value="/profile"`)
	p = v.post("/login", "email="+adaEmail, "password="+adaPassword, "next=/profile").leadsTo("/profile")
	v.follow(p).is(http.StatusOK).says("Ada Lovelace", adaEmail, "Fresh").saysNot("Please log in")
}

// Somebody whose account is gone is nobody, whatever their cookies say.
func TestDeletedAccount(t *testing.T) {
	var clock clock
	s, v := open(t, clock.runs)
	v.logIn("remember=1")
	clock.advance(time.Hour)
	if _, err := s.users.db.ExecContext(t.Context(), `DELETE FROM users`); err != nil {
		t.Fatal(err)
	}
	v.get("/profile").leadsTo("/login?next=%2Fprofile")
	if v.cookie("remember_token") != "" {
		t.Error("the remember cookie stays")
	}
	v.post("/register", "email=other@example.com", "name=Other", "password=another account").leadsTo("/")
	v.knownAs("Other")
}

func TestReauthenticate(t *testing.T) {
	_, v := open(t)
	v.logIn("remember=1")
	v.get("/settings").is(http.StatusOK)
	v.closeBrowser()

	p := v.get("/settings").leadsTo("/reauthenticate?next=%2Fsettings")
	v.follow(p).is(http.StatusOK).says("Please reauthenticate to access this page.", adaEmail,
		`name="next" value="/settings"`)
	v.post("/reauthenticate", "password=difference engine", "next=/settings").is(http.StatusUnauthorized).
		says("This is not your password.", `name="next" value="/settings"`)
	v.get("/settings").leadsTo("/reauthenticate?next=%2Fsettings")

	p = v.post("/reauthenticate", "password="+adaPassword, "next=/settings").leadsTo("/settings")
	v.follow(p).is(http.StatusOK)
	v.get("/profile").says("Fresh")
}

func TestReauthenticateRequiresLogin(t *testing.T) {
	_, v := open(t)
	v.get("/reauthenticate").leadsTo("/login?next=%2Freauthenticate")
	v.post("/reauthenticate", "password="+adaPassword).leadsTo("/login")
}
