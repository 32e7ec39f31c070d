package site_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// The profile says how one came in, and what ends when.
func TestProfileTellsOfTheLogin(t *testing.T) {
	var clock sitetest.Clock
	_, v := sitetest.Open(t, clock.Runs)
	forgotten := v.Another()
	forgotten.LogIn()
	forgotten.Get("/profile").Says("<dd>your password</dd>", "<dd>in 2 hours, if you do nothing; in 30 days in any case")
	v.LogIn("remember=1")
	v.Get("/profile").Is(http.StatusOK).Says("<dd>your password; remembered on this device", "<dd>in 30 days in any case",
		"in 30 minutes, before you change the settings")
	clock.Advance(20 * time.Minute)
	v.Get("/profile").Says("in 10 minutes, before you change")
	clock.Advance(20 * time.Minute)
	v.Get("/profile").Says("Not confirmed recently", "in 29 days in any case").SaysNot("before you change the settings</dd>")
	clock.Advance(10 * 24 * time.Hour)
	v.Get("/profile").Says("<dd>your password", "in 19 days in any case") // it came back by its remember cookie
}

// A page of errors leaves nobody without a way on, nor makes them a stranger.
func TestErrorPagesKeepTheNavigation(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	v.Get("/nowhere").Is(http.StatusNotFound).Says(`href="/devices"`, ">Log out</button>").SaysNot(`href="/register"`)
	v.Get("/admin").Is(http.StatusForbidden).Says(`href="/devices"`)
	v.Post("/profile").Is(http.StatusMethodNotAllowed).Says(`href="/devices"`)
	v.Send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden).Says(`href="/devices"`)
	stranger := v.Another()
	stranger.Send(http.MethodPost, "/login", "email=%zz", nil).Is(http.StatusBadRequest).Says(`href="/register"`).SaysNot(`href="/devices"`)
}

// The page of devices lists what there is, and there is an end to it.
func TestThereIsAnEndToDevices(t *testing.T) {
	s, v := sitetest.Open(t)
	for i := range 60 {
		s.AddLogin(t, "1", i)
	}
	v.LogIn()
	if n := len(v.Devices()); n != 50 {
		t.Errorf("%d devices, want 50", n)
	}
	v.Get("/devices").Says("This device")
}

func TestTheDemoAccountIsOnTheLoginPageWhileItExists(t *testing.T) {
	s, v := sitetest.Open(t)
	const shown = "To look around, log in as"
	v.Get("/login").SaysNot(shown)
	if _, err := s.Demo.Member(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.Get("/login").Says(shown, "demo@example.com", "look-around-a-little")
	s.Exec(t, `UPDATE users SET active = FALSE WHERE email = 'demo@example.com'`)
	v.Get("/login").SaysNot(shown)
	s.Exec(t, `UPDATE users SET active = TRUE WHERE email = 'demo@example.com'`)
	demo := v.Another()
	demo.Post("/login", "email=demo@example.com", "password=look-around-a-little").LeadsTo("/")
	demo.Post("/settings/password", "current_password=look-around-a-little", "new_password=difference engine").LeadsTo("/settings")
	v.Get("/login").SaysNot(shown)
	if _, err := s.Demo.Member(t.Context()); err != nil { // another start
		t.Fatal(err)
	}
	v.Get("/login").SaysNot(shown)
	s.Exec(t, `DELETE FROM users WHERE email = 'demo@example.com'`)
	v.Get("/login").Is(http.StatusOK).SaysNot(shown)
}

// The first field that has to be mended has the focus.
func TestTheFocusIsOnTheFirstMistake(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Post("/register", "email=g@example.com", "name=", "password=x").Says(`value="" autofocus`)
	v.LogIn()
	v.Post("/settings/password", "current_password=wrong", "new_password=difference engine").
		Says(`autocomplete="current-password" required autofocus aria-invalid="true"`)
}
