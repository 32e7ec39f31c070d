package links_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

const chosen = "difference engine"

// open serves a site on which Ada has verified her address.
func open(t *testing.T, s *sitetest.Site) (*sitetest.Site, *sitetest.Visitor) {
	t.Helper()
	s, v := sitetest.Serve(t, s)
	sitetest.Verified(t, s)
	return s, v
}

func each(t *testing.T, test func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor)) {
	t.Helper()
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		s, v := open(t, newSite(t))
		test(t, s, v)
	})
}

func TestStoryOfAReset(t *testing.T) {
	each(t, func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
		laptop, thief := v.Another(), v.Another()
		laptop.LogIn("remember=1")
		link := s.ResetLink(t, v)
		v.Get(link).Is(http.StatusOK).Says(sitetest.AdaEmail, "Choose a new password")
		v.Press(link, "new_password=short").Is(http.StatusUnprocessableEntity).Says("8 characters")
		v.Press(link, "new_password="+chosen).LeadsTo("/login")
		told := s.Mail(t, sitetest.AdaEmail)
		if told.Subject != "Your password has been changed" {
			t.Errorf("the owner is told %+v", told)
		}

		// All devices are out, remembered or not, and the link and the old password are worth nothing.
		laptop.KnownAs("")
		thief.Get(link).Is(http.StatusGone)
		thief.Press(link, "new_password=thieves engine").Is(http.StatusGone)
		thief.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusUnauthorized)
		thief.Guess(sitetest.AdaEmail, "thieves engine").Is(http.StatusUnauthorized)
		v.KnownAs("") // a reset logs nobody in
		v.Guess(sitetest.AdaEmail, chosen).LeadsTo("/")
		v.KnownAs("Ada Lovelace")
	})
}

func TestStoryOfALoginByLink(t *testing.T) {
	each(t, func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
		thief := v.Another()
		link := s.LoginLink(t, v, "next=/tokens")
		thief.Get(link).Is(http.StatusGone).SaysNot(sitetest.AdaEmail)
		thief.Press(link).Is(http.StatusGone)
		thief.KnownAs("")
		v.Get(link).Is(http.StatusOK).Says(sitetest.AdaEmail, `value="/tokens"`)
		v.KnownAs("") // opening a link does nothing
		v.Press(link, "remember=1", "next=/tokens").LeadsTo("/tokens")
		v.Get("/profile").Is(http.StatusOK).Says("a link in an e-mail")
		v.CloseBrowser()
		v.KnownAs("Ada Lovelace")
		again := v.Another()
		again.Press(link).Is(http.StatusGone)
	})
}

func TestStoryOfAnotherAddress(t *testing.T) {
	const next = "countess@example.com"
	each(t, func(t *testing.T, s *sitetest.Site, v *sitetest.Visitor) {
		thief, phone := v.Another(), v.Another()
		v.LogIn()
		v.Post("/settings/email", "email= Countess@Example.com ").LeadsTo("/settings/email")
		v.Get("/settings/email").Is(http.StatusOK).Says(next, "Waiting", sitetest.AdaEmail)
		sent := bySubject(s.Mails(t))
		if warned := sent["Your e-mail address is to be changed"]; warned.To != sitetest.AdaEmail || len(sent) != 2 {
			t.Errorf("sent %+v, want a warning to the old address", sent)
		}
		link := sitetest.LinkIn(t, sent["Confirm your e-mail address"])
		thief.Guess(next, sitetest.AdaPassword).Is(http.StatusUnauthorized) // it does not count yet

		// The link alone opens nothing.
		thief.Get(link).LeadsTo("/login?next=" + url.QueryEscape(link))
		thief.Press(link).LeadsTo("/login")
		v.Get(link).Is(http.StatusOK).Says(next)
		v.Get("/settings/email").Says("Waiting")
		v.Press(link).LeadsTo("/")
		if told := s.Mail(t, sitetest.AdaEmail); told.Subject != "Your e-mail address has been changed" {
			t.Errorf("the old address is told %+v", told)
		}
		v.Get("/settings/email").Says(next, "Confirmed").SaysNot("Waiting", sitetest.AdaEmail)
		v.Press(link).Is(http.StatusGone)
		phone.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusUnauthorized)
		phone.Guess(next, sitetest.AdaPassword).LeadsTo("/")
	})
}

func TestStoryOfARegistration(t *testing.T) {
	s, v := sitetest.Open(t)
	v.Post("/register", "email=grace@example.com", "name=Grace Hopper", "password="+chosen).LeadsTo("/")
	mail := s.Mail(t, "grace@example.com")
	link := sitetest.LinkIn(t, mail)
	v.Get("/settings/email").Says("Not confirmed")
	// On a phone that is not logged in, the login leads to the page with the button.
	phone := v.Another()
	login := phone.Get(link).Header.Get("Location")
	_, next, _ := strings.Cut(login, "?next=")
	next, _ = url.QueryUnescape(next)
	phone.Get(login).Is(http.StatusOK)
	phone.Post("/login", "email=grace@example.com", "password="+chosen, "next="+next).LeadsTo(link)
	phone.Get(link).Is(http.StatusOK).Says("Confirm the address")
	v.Post("/settings/email/again").LeadsTo("/settings/email")
	again := sitetest.LinkIn(t, s.Mail(t, "grace@example.com"))
	if n := race(v, func(v *sitetest.Visitor) *sitetest.Page { return v.Press(link) }); n != 1 {
		t.Errorf("%d verifications with one link", n)
	}
	v.Get("/settings/email").Says("Confirmed").SaysNot("Not confirmed")
	v.Press(again).Is(http.StatusGone)
	v.Post("/settings/email/again").LeadsTo("/settings/email")
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("sent %+v for an address that is confirmed", sent)
	}
}

// A link ends when it is said to end.
func TestLinksExpire(t *testing.T) {
	var clock sitetest.Clock
	s := sitetest.New(t)
	clock.Runs(s)
	s, v := open(t, s)
	reset, login := s.ResetLink(t, v), s.LoginLink(t, v)
	v.Get(login).Is(http.StatusOK)
	clock.Advance(16 * time.Minute)
	v.Get(login).Is(http.StatusGone)
	v.Press(login).Is(http.StatusGone)
	v.Get(reset).Is(http.StatusOK)
	clock.Advance(45 * time.Minute)
	v.Get(reset).Is(http.StatusGone)
	v.Press(reset, "new_password="+chosen).Is(http.StatusGone)

	v.LogIn()
	v.Post("/settings/email", "email=countess@example.com").LeadsTo("/settings/email")
	verify := sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])
	clock.Advance(47 * time.Hour)
	v.LogIn() // again: the login has been idle
	v.Get(verify).Is(http.StatusOK)
	clock.Advance(time.Hour + time.Minute)
	v.Get(verify).Is(http.StatusGone)
	v.Press(verify).Is(http.StatusGone)
}
