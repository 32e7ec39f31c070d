package openid_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// The provider in place of the password: it has to ask for its own again, and for the account that is linked.
func TestConfirm(t *testing.T) {
	e, clock := newElsewhere(t), &sitetest.Clock{}
	s, ada := linked(t, e, clock.Runs)
	e.Now = s.Now
	ada.come("grace").LeadsTo("/")
	clock.Advance(31 * time.Minute)
	ada.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
	ada.Get("/confirm?next=%2Fsettings").Says("Continue with Elsewhere instead", `href="/confirm/openid?next=%2fsettings"`)

	begin := func() *sitetest.Page { return ada.Get("/confirm/openid?next=/settings") }
	if q := ada.fields(begin()); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
		t.Errorf("the provider is asked for %v", q)
	}
	ada.Get(ada.answerTo(begin(), "alan")).LeadsTo("/confirm/openid/done")
	ada.Get("/confirm/openid/done").LeadsTo("/confirm?next=%2Fsettings")
	ada.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")

	e.with("auth_time", s.Now().Add(-20*time.Minute).Unix()) // it has not asked
	ada.Get(ada.answerTo(begin(), "grace")).Is(http.StatusBadRequest)
	e.with("auth_time", nil)
	ada.Follow(ada.Get(ada.answerTo(begin(), "grace"))).Says("does not tell when you logged in there")
	ada.Get("/confirm/openid/done").LeadsTo("/confirm")
	e.set(nil)

	ada.Get(ada.answerTo(begin(), "grace")).LeadsTo("/confirm/openid/done")
	attacker := ada.Another() // whose own browser, logged in as somebody else, has the address
	attacker.Post("/register", "email=m@example.com", "name=M", "password=a rainy day in May").LeadsTo("/")
	attacker.Get("/confirm/openid/done").LeadsTo("/confirm")
	ada.Get("/confirm/openid/done").LeadsTo("/settings")
	ada.Get("/settings").Is(http.StatusOK)
	clock.Advance(31 * time.Minute)
	ada.Get("/confirm/openid/done").LeadsTo("/confirm") // spent
	ada.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
}

// The answer for one purpose is no answer for another.
func TestPurposesAreKeptApart(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	ada.come("grace")
	ada.Get(ada.answerTo(ada.Get("/settings/openid/link"), "grace")).LeadsTo("/settings/openid/finish")
	ada.Get("/confirm/openid/done").LeadsTo("/confirm")
	ada.Get(ada.answerTo(ada.Get("/confirm/openid"), "grace")).LeadsTo("/confirm/openid/done")
	ada.Get("/settings/openid/finish").LeadsTo("/settings/openid")
	ada.Post("/logout")
	ada.Get("/login/openid/new").LeadsTo("/login")
}

// A login at a provider that asked for the password this morning is not fresh here.
func TestOldLoginAtTheProviderIsNotFresh(t *testing.T) {
	e := newElsewhere(t)
	s, ada := linked(t, e)
	e.with("auth_time", s.Now().Add(-31*time.Minute).Unix())
	ada.come("grace").LeadsTo("/")
	ada.KnownAs("Ada Lovelace")
	ada.Get("/settings").LeadsTo("/confirm?next=%2Fsettings")
	ada.Post("/logout")
	e.with("auth_time", s.Now().Add(-29*time.Minute).Unix())
	ada.come("grace").LeadsTo("/")
	ada.Get("/settings").Is(http.StatusOK)
}

// While the provider is down, the rest of the site is not; and it is asked again when it is back.
func TestProviderIsDown(t *testing.T) {
	e, clock := newElsewhere(t), &sitetest.Clock{}
	e.setDown(true)
	s, v := sitetest.Open(t, e.is, clock.Runs)
	e.Now = s.Now
	ada := e.browser(v)
	ada.Get("/login").Is(http.StatusOK).Says("Log in with Elsewhere")
	ada.Get("/login/openid").Is(http.StatusServiceUnavailable).Says("No answer from Elsewhere", "Log in with your password")
	ada.LogIn()
	ada.Get("/settings").Is(http.StatusOK)
	ada.Get("/settings/openid").Is(http.StatusOK)
	ada.Get("/settings/openid/link").Is(http.StatusServiceUnavailable)
	ada.Post("/login/openid/logout", "logout_token=x").Is(http.StatusServiceUnavailable)
	e.setDown(false)
	ada.Get("/settings/openid/link").Is(http.StatusServiceUnavailable) // it is not asked at every click
	clock.Advance(6 * time.Second)
	ada.link("grace").LeadsTo("/settings/openid")
	ada.Post("/logout")

	address := ada.answer("grace")
	e.setDown(true) // between the answer and the exchange of the code
	ada.Get(address).Is(http.StatusServiceUnavailable).Says("No answer from Elsewhere")
	ada.KnownAs("")
	e.setDown(false)
	ada.come("grace").LeadsTo("/")
}

// The client says who it is in the way that the provider wants.
func TestClientInTheBody(t *testing.T) {
	e := newElsewhere(t)
	e.inBody = true
	_, ada := open(t, e)
	ada.come("grace").LeadsTo("/login/openid/new")
}

// While the database is down nobody is told that the login is bad.
func TestDatabaseIsDown(t *testing.T) {
	e := newElsewhere(t)
	s, ada := linked(t, e)
	address := ada.answer("grace")
	if err := errors.Join(s.DB.Close()); err != nil {
		t.Fatal(err)
	}
	ada.Get(address).Is(http.StatusServiceUnavailable).Says("Back in a moment")
	ada.Get("/login/openid").Is(http.StatusServiceUnavailable)
	ada.Get("/login/openid/new").Is(http.StatusServiceUnavailable)
}
