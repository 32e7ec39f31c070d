package storetest

import (
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestALoginStays(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		site.Wants(t, "guard before", b.guarded(), 302)
		b.Put("session", "") // the guard's flash
		site.Wants(t, "login", b.does("login 1", "who", "fresh"), "user 1, fresh true")
		for range 3 {
			site.Wants(t, "later", b.does("who", "fresh"), "user 1, fresh true")
		}
		site.Wants(t, "guard", b.guarded(), 200)
		site.Wants(t, "another browser", s.browser().does("who"), "user ")
	})
}

func TestALoginMakesOneSession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		site.Wants(t, "login", s.browser().does("login 1"), "")
		s.wantsSessions(1, 0)
	})
}

func TestTheAppMaySaveAfterLogin(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		for _, before := range []string{"get cart", "set cart=book"} {
			s := newSite(t, k)
			b := s.browser()
			b.does(before)
			old := b.session()
			site.Wants(t, "login", b.does("login 1", "set note=hello", "set note=hello again"), "")
			site.Wants(t, "later", b.does("who", "get note"), "user 1, note=hello again")
			if old == "" {
				s.wantsSessions(1, 0)
				continue
			}
			s.wantsSessions(1, 1)
			site.Wants(t, "the old cookie", s.copyOf(old).does("who", "get note"), "user , note=<nil>")
		}
	})
}

func TestTheAppMaySaveBeforeLogin(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		site.Wants(t, "login", b.does("set note=hello", "login 1", "flash Welcome"), "")
		site.Wants(t, "later", b.does("who", "get note", "flashes"), "user 1, note=hello, [{message Welcome}]")
		s.wantsSessions(1, 1)
	})
}

func TestASessionSavedTwiceInItsFirstRequestIsOne(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		for _, steps := range [][]string{
			{"flash one", "flash two"}, {"flash one", "set a=1", "flash two"}, {"set a=1", "flash one", "flash two"},
		} {
			s := newSite(t, k)
			b := s.browser()
			site.Wants(t, "in one request", b.does(steps...), "")
			s.wantsSessions(1, 0)
			site.Wants(t, "flashes", b.does("flashes"), "[{message one} {message two}]")
		}
	})
}

func TestLoginAsAnotherUserClearsTheSession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		site.Wants(t, "first", b.does("login 1", "set cart=book"), "")
		first := b.session()
		site.Wants(t, "again", b.does("login 1", "get cart"), "cart=book")
		site.Wants(t, "second", b.does("login 2", "get cart"), "cart=<nil>")
		site.Wants(t, "later", b.does("who", "get cart"), "user 2, cart=<nil>")
		s.wantsSessions(1, 2)
		if k.rotation != inCookie {
			site.Wants(t, "the first cookie", s.copyOf(first).does("who", "get cart"), "user , cart=<nil>")
		}
	})
}

func TestASessionThatIsTooLargeChangesNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		if k.name == "memstore" {
			return // nothing is too large for it
		}
		s := newSite(t, k)
		b := s.browser()
		large := "flash " + strings.Repeat("x", 5000)
		b.does("set cart=book")
		b.does("login 1", large)
		site.Wants(t, "the login stands", b.does("who", "get cart", "flashes"), "user 1, cart=book, []")
		s.wantsSessions(1, 1)
		b.fails(large)
		site.Wants(t, "later", b.does("who", "get cart", "flashes"), "user 1, cart=book, []")
		s.wantsSessions(1, 1)
	})
}
