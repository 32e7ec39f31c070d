package openid_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Ada links an account, comes in with it, and unlinks it. An attacker has the same address at the same provider, and
// all that can be had of Ada's login on the way.
func TestStory(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		e, s := newElsewhere(t), newSite(t)
		e.is(s)
		_, v := sitetest.Serve(t, s)
		ada, attacker := e.browser(v), e.browser(v)
		ada.LogIn()
		ada.Follow(ada.link("grace").LeadsTo("/settings/openid")).Says("is linked", "Grace Hopper, grace@example.com")
		ada.Post("/logout").LeadsTo("/")

		address := ada.answer("grace")
		attacker.Get(address).Is(http.StatusBadRequest).Says("was not started in this browser")
		attacker.Get("/login/openid") // now there is a cookie, of the attacker's own
		attacker.Get(address).Is(http.StatusBadRequest)
		attacker.KnownAs("")
		ada.Get(address).LeadsTo("/")
		ada.KnownAs("Ada Lovelace")
		ada.Get("/profile").Says("an account on another site")
		ada.Get(address).Is(http.StatusBadRequest) // the state is spent
		ada.Another().Get(address).Is(http.StatusBadRequest)

		// The attacker is a Grace, too, with the same address and another subject.
		attacker.come("grace").LeadsTo("/login/openid/new")
		attacker.KnownAs("")
		attacker.Get("/login/openid/new").Says("grace@example.com", "No account here is linked")
		attacker.Post("/login/openid/new", "email="+sitetest.AdaEmail, "name=Ada", "proof="+attacker.proof("/login/openid/new")).
			Is(http.StatusUnprocessableEntity).Says("There is an account with this e-mail address already")
		attacker.KnownAs("")

		ada.Get("/settings/openid").Says("just now")
		ada.Follow(ada.Post("/settings/openid/unlink", "issuer="+e.Issuer).LeadsTo("/settings/openid")).Says("unlinked", "no account yet")
		ada.Post("/logout").LeadsTo("/")
		ada.come("grace").LeadsTo("/login/openid/new")
		ada.KnownAs("")
	})
}

// Somebody new joins without a password, logs in again, and cannot lock the door behind them.
func TestStoryOfAMemberWithoutAPassword(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		e, s := newElsewhere(t), newSite(t)
		e.is(s)
		_, v := sitetest.Serve(t, s)
		grace := e.browser(v)
		p := grace.Get("/login/openid?next=/devices")
		grace.Get(grace.answerTo(p, "grace")).LeadsTo("/login/openid/new")
		proof := grace.proof("/login/openid/new")
		grace.Post("/login/openid/new", "email=x", "name=", "proof="+proof).Is(http.StatusUnprocessableEntity).Says("Enter your name")
		grace.Post("/login/openid/new", "email=grace@example.com", "name=Grace Hopper", "proof="+proof).LeadsTo("/devices")
		grace.KnownAs("Grace Hopper")
		grace.Post("/login/openid/new", "email=again@example.com", "name=Again", "proof="+proof).LeadsTo("/") // for guests
		grace.Post("/logout").LeadsTo("/")

		for _, plain := range []string{"", "x", sitetest.AdaPassword} { // there is none to be guessed
			grace.Post("/login", "email=grace@example.com", "password="+plain).Is(http.StatusUnauthorized)
		}
		grace.come("grace").LeadsTo("/")
		grace.KnownAs("Grace Hopper")
		unlink := func() *sitetest.Page {
			return grace.Follow(grace.Post("/settings/openid/unlink", "issuer="+e.Issuer).LeadsTo("/settings/openid"))
		}
		unlink().Says("Choose a password first", "only way in")

		grace.Post("/settings/openid/password", "new_password=short").Is(http.StatusUnprocessableEntity).Says("8 characters")
		grace.Follow(grace.Post("/settings/openid/password", "new_password=a bug in the relay").LeadsTo("/settings/openid")).
			Says("You have a password now").SaysNot("Paused", "only way in")
		grace.Post("/settings/openid/password", "new_password=another bug here").LeadsTo("/settings") // that takes the old one
		unlink().Says("unlinked")
		grace.Post("/logout").LeadsTo("/")
		grace.Post("/login", "email=grace@example.com", "password=a bug in the relay").LeadsTo("/")
	})
}

func TestDemo(t *testing.T) {
	_, v := sitetest.Open(t) // as it comes
	v.Get("/login").Says("Log in with the demo provider")
	grace := &browser{v, v}
	page := v.Follow(v.Get("/login/openid")).Is(http.StatusOK).Says("This is a demo", "Continue as Grace Hopper")
	if !strings.HasPrefix(page.Name, "GET /demo-provider/authorize?") {
		t.Error(page.Name)
	}
	back := func(p *sitetest.Page) string {
		fields := grace.fields(p)
		fields.Set("person", "grace")
		return v.Send(http.MethodPost, "/demo-provider/authorize", fields.Encode(), nil).Header.Get("Location")
	}
	v.Get(back(v.Get("/login/openid"))).LeadsTo("/login/openid/new")
	v.Post("/login/openid/new", "email=grace@example.com", "name=Grace", "proof="+grace.proof("/login/openid/new")).LeadsTo("/")
	v.KnownAs("Grace")
	v.Get("/demo-provider/").Says("You are logged in here as Grace Hopper")
	v.Post("/demo-provider/logout").Says("and on the site")
	v.KnownAs("")
}

// Without a provider there is nothing of it.
func TestNoProvider(t *testing.T) {
	_, v := sitetest.Open(t, func(s *sitetest.Site) { s.Config.OpenID.Demo = false })
	v.Get("/login").SaysNot("provider")
	v.LogIn()
	for _, path := range []string{"/login/openid", "/login/openid/callback", "/demo-provider/", "/settings/openid", "/confirm/openid"} {
		v.Get(path).Is(http.StatusNotFound)
	}
	v.Get("/settings").SaysNot("Linked accounts")
	v.Get("/confirm").Is(http.StatusOK)
}

// With a real one there is no demo.
func TestNoDemoBesideAProvider(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.LogIn()
	ada.Get("/demo-provider/").Is(http.StatusNotFound)
	ada.Get("/settings/openid").SaysNot("demo")
}
