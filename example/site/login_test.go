package site_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestLogIn(t *testing.T) {
	_, v := sitetest.Open(t)
	v.KnownAs("")
	p := v.Post("/login", "email= ADA@Example.com ", "password="+sitetest.AdaPassword).LeadsTo("/")
	p.SetsNoCookie("remember_token")
	session := p.SetsCookie("session")
	if session.MaxAge != 0 || !session.Expires.IsZero() {
		t.Errorf("the session cookie outlives the browser: %s", session)
	}
	if !session.Secure || !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" {
		t.Errorf("the session cookie lacks an attribute: %s", session)
	}
	v.Follow(p).Is(http.StatusOK).Says("Welcome back, Ada Lovelace.", "Hello, Ada Lovelace", "Log out")
	v.Get("/").SaysNot("Welcome back")
	v.CloseBrowser()
	v.KnownAs("")
}

func TestLogInRemembered(t *testing.T) {
	_, v := sitetest.Open(t)
	// It stays no longer than the login may.
	remember := v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "remember=1").LeadsTo("/").
		SetsCookie("remember_token")
	if want := int(30 * 24 * time.Hour / time.Second); remember.MaxAge != want {
		t.Errorf("the remember cookie stays %d seconds, want %d", remember.MaxAge, want)
	}
	if !remember.Secure || !remember.HttpOnly || remember.SameSite != http.SameSiteLaxMode {
		t.Errorf("the remember cookie lacks an attribute: %s", remember)
	}
	v.CloseBrowser()
	v.KnownAs("Ada Lovelace")
	v.Get("/profile").Is(http.StatusOK).Says("Not confirmed recently")
}

func TestLogInWithWrongCredentials(t *testing.T) {
	_, v := sitetest.Open(t)
	const message = "That e-mail address and password do not match."
	for name, fields := range map[string][]string{
		"wrong password":  {"email=" + sitetest.AdaEmail, "password=difference engine"},
		"unknown account": {"email=nobody@example.com", "password=" + sitetest.AdaPassword},
		"no password":     {"email=" + sitetest.AdaEmail, "password="},
		"no such field":   {"email=" + sitetest.AdaEmail},
		"nothing":         nil,
		"no address":      {"email=ada", "password=" + sitetest.AdaPassword},
		"not text":        {"email=\xff\x00@example.com", "password=\xff\x00"},
		"long password":   {"email=" + sitetest.AdaEmail, "password=" + strings.Repeat("x", 5000)},
	} {
		t.Run(name, func(t *testing.T) {
			p := v.Post("/login", fields...).Is(http.StatusUnauthorized).Says(message, "<title>Error: Log in")
			p.SetsNoCookie("remember_token")
			v.KnownAs("")
		})
	}
}

// What was typed stays, but for the password.
func TestLogInKeepsTheForm(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Post("/login", "email="+sitetest.AdaEmail, "password=difference engine", "remember=1", "next=/settings").
		Is(http.StatusUnauthorized).
		Says(`value="ada@example.com"`, `checked`, `name="next" value="/settings"`, `href="/register?next=`).
		SaysNot("difference engine")
	v.Post("/login", "email="+sitetest.AdaEmail, "password=wrong").SaysNot("checked", `name="next"`)
}

// What somebody types is shown as text.
func TestLogInEscapes(t *testing.T) {
	_, v := sitetest.Open(t)
	const attack = `"><script>alert(1)</script>`
	for _, p := range []*sitetest.Page{
		v.Post("/login", "email="+attack, "password=x", "next=/"+attack).Is(http.StatusUnauthorized).Says(attack),
		v.Get("/login?next=/" + url.QueryEscape(attack)).Is(http.StatusOK),
		v.Post("/register", "email="+attack, "name="+attack).Is(http.StatusUnprocessableEntity).Says(attack),
	} {
		if strings.Contains(p.HTML, "<script") {
			t.Errorf("%s runs what was typed:\n%s", p.Name, p.HTML)
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
			_, v := sitetest.Open(t)
			v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "next="+next).LeadsTo(want)
		})
	}
}

func TestLogInWhenLoggedIn(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	v.Get("/login").LeadsTo("/")
	v.Post("/login", "email=x", "password=y").LeadsTo("/")
	v.Get("/register").LeadsTo("/")
	v.Post("/register", "email=x").LeadsTo("/")
	v.KnownAs("Ada Lovelace")
}

func TestLogOut(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn("remember=1")
	v.Get("/logout").Is(http.StatusMethodNotAllowed)
	v.KnownAs("Ada Lovelace")

	p := v.Post("/logout").LeadsTo("/")
	p.SetsCookie("session")
	if c := p.SetsCookie("remember_token"); c.MaxAge >= 0 {
		t.Errorf("the remember cookie stays: %s", c)
	}
	v.Follow(p).Says("You are logged out.", "You are not logged in")
	v.CloseBrowser()
	v.KnownAs("")
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
}

func TestLogOutNobody(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Follow(v.Post("/logout").LeadsTo("/")).Says("You are logged out.")
}

func TestProfileRequiresLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	p := v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	v.Follow(p).Is(http.StatusOK).Says("Please log in to access this page.", `name="next" value="/profile"`)
	p = v.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "next=/profile").LeadsTo("/profile")
	v.Follow(p).Is(http.StatusOK).Says("Ada Lovelace", sitetest.AdaEmail, "Confirmed recently").SaysNot("Please log in")
}

// Somebody whose account is gone is nobody, whatever their cookies say.
func TestDeletedAccount(t *testing.T) {
	var clock sitetest.Clock
	s, v := sitetest.Open(t, clock.Runs)
	v.LogIn("remember=1")
	clock.Advance(time.Hour)
	if _, err := s.DB.ExecContext(t.Context(), `DELETE FROM users`); err != nil {
		t.Fatal(err)
	}
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	if v.Cookie("remember_token") != "" {
		t.Error("the remember cookie stays")
	}
	v.Post("/register", "email=other@example.com", "name=Other", "password=another account").LeadsTo("/")
	v.KnownAs("Other")
}

func TestConfirm(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn("remember=1")
	v.Get("/settings").Is(http.StatusOK)
	v.CloseBrowser()

	p := v.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
	v.Follow(p).Is(http.StatusOK).Says("Please give your password again to open this page.", sitetest.AdaEmail,
		`name="next" value="/settings"`)
	v.Post("/confirm", "password=difference engine", "next=/settings").Is(http.StatusUnprocessableEntity).
		Says("This is not your password.", `name="next" value="/settings"`)
	v.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")

	p = v.Post("/confirm", "password="+sitetest.AdaPassword, "next=/settings").LeadsTo("/settings")
	v.Follow(p).Is(http.StatusOK)
	v.Get("/profile").Says("Confirmed recently")
}

func TestConfirmRequiresLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/confirm").LeadsTo("/login?next=%2Fconfirm")
	v.Post("/confirm", "password="+sitetest.AdaPassword).LeadsTo("/login")
}
