package storetest

import "testing"

func TestALostSessionIsAnEmptySession(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		user, guest := s.browser(), s.browser()
		user.does("login 1", "set cart=book")
		guest.does("set cart=pen")
		s.lose()
		wants(t, "the user", user.does("who", "get cart"), "user , cart=<nil>")
		wants(t, "the guard", user.guarded(), 302)
		wants(t, "logout", user.does("logout"), "")
		wants(t, "login", user.does("login 1"), "")
		wants(t, "later", user.does("who"), "user 1")
		wants(t, "the guest", guest.does("who", "set cart=ink"), "user ")
		wants(t, "later", guest.does("get cart"), "cart=ink")
	})
}

func TestRememberedUsersComeBackByThemselves(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1")
		s.lose()
		wants(t, "the guard", b.guarded(), 200)
		s.wantsSessions(1, 0)
		b.put("remember_token", "")
		wants(t, "in the session", b.does("who", "fresh"), "user 1, fresh false")
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
			wants(t, "the browser", b.does("get cart"), "cart=pen")
			wants(t, "the old cookie", s.copyOf(old).does("who", "get cart", "flashes"), "user , cart=<nil>, []")
		}
	})
}
