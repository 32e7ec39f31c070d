package storetest

import (
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestALostSessionIsAnEmptySession(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		user, guest := s.browser(), s.browser()
		user.does("login 1", "set cart=book")
		guest.does("set cart=pen")
		s.lose()
		site.Wants(t, "the user", user.does("who", "get cart"), "user , cart=<nil>")
		site.Wants(t, "the guard", user.guarded(), 302)
		site.Wants(t, "logout", user.does("logout"), "")
		site.Wants(t, "login", user.does("login 1"), "")
		site.Wants(t, "later", user.does("who"), "user 1")
		site.Wants(t, "the guest", guest.does("who", "set cart=ink"), "user ")
		site.Wants(t, "later", guest.does("get cart"), "cart=ink")
	})
}

func TestRememberedUsersComeBackByThemselves(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1")
		s.lose()
		site.Wants(t, "the guard", b.guarded(), 200)
		s.wantsSessions(1, 0)
		b.Put("remember_token", "")
		site.Wants(t, "in the session", b.does("who", "fresh"), "user 1, fresh false")
	})
}

// A session that begins under an ID which the store does not know would be open
// to whoever has kept the old cookie.
func TestALostIDIsNotTakenUpAgain(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		for _, steps := range [][]string{{"flash Hello", "set cart=pen"}, {"who", "set cart=pen"}, {"login 1", "set cart=pen"}} {
			s := newSite(t, k)
			b := s.browser()
			b.does("set cart=book")
			old := b.session()
			s.lose()
			b.does(steps...)
			site.Wants(t, "the browser", b.does("get cart"), "cart=pen")
			site.Wants(t, "the old cookie", s.copyOf(old).does("who", "get cart", "flashes"), "user , cart=<nil>, []")
		}
	})
}
