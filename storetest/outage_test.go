package storetest

import (
	"errors"
	"testing"

	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// eachServer runs a test over the stores that can be down.
func eachServer(t *testing.T, test func(t *testing.T, k kind)) {
	t.Helper()
	eachStore(t, func(t *testing.T, k kind) {
		if k.outage == never {
			return // it cannot be down
		}
		test(t, k)
	})
}

func TestAnOutageIsNotALogout(t *testing.T) {
	eachServer(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1", "set cart=book")
		before := b.session()
		s.cut()
		if k.outage == told {
			site.Wants(t, "the guard", b.guarded(), 503)
			b.fails("who")
			b.fails("logout")
			b.fails("confirm")
			b.fails("flashes")
		} else {
			site.Wants(t, "the guard", b.guarded(), 302)
			site.Wants(t, "the user", b.does("who"), "user ")
			b.fails("confirm")
			site.Wants(t, "flashes", b.does("flashes"), "[]")
		}
		b.fails("login 1")
		b.fails("login 2")
		b.fails("login-remember 2")
		b.fails("flash Hello")
		s.browser().fails("login 1")
		site.Wants(t, "the cookie", b.session(), before)
		s.mend()
		site.Wants(t, "afterwards", b.does("who", "fresh", "get cart", "flashes"), "user 1, fresh true, cart=book, []")
		s.wantsSessions(1, 0)
	})
}

func TestAnOutageLeavesTheRememberCookie(t *testing.T) {
	eachServer(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1", "set cart=book")
		before := b.session()
		s.cut()
		if k.outage == told {
			b.fails("who")
			b.fails("logout")
		} else {
			// The login comes from the remember cookie; it cannot be saved.
			site.Wants(t, "the user", b.does("who", "fresh"), "user 1, fresh false")
		}
		site.Wants(t, "the cookie", b.session(), before)
		s.mend()
		site.Wants(t, "afterwards", b.does("who", "fresh", "get cart"), "user 1, fresh true, cart=book")
		b.Put("session", "")
		site.Wants(t, "the remember cookie", b.does("who", "fresh"), "user 1, fresh false")
	})
}

func TestAnOutageOnSaveChangesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		guest := s.browser()
		guest.does("set cart=book")
		guest.fails("who", "cut", "login 1")
		s.mend()
		site.Wants(t, "the guest", guest.does("who", "get cart"), "user , cart=book")

		user := s.browser()
		user.does("login-remember 1", "set cart=book")
		for _, change := range []string{"login 1", "login 2", "confirm", "logout", "clear", "flash Hello"} {
			if change == "clear" && k.outage == swallowed {
				continue // see TestALogoutDuringASwallowedOutage
			}
			user.fails("who", "cut", change)
			s.mend()
			site.Wants(t, change, user.does("who", "fresh", "get cart", "flashes"), "user 1, fresh true, cart=book, []")
		}
		s.wantsSessions(2, 0)
		s.browser().fails("cut", "login 1")
		s.mend()
	})
}

// A store that swallows its outages does so at a logout, too. That is no fact to
// be proud of, but one to know.
func TestALogoutDuringASwallowedOutage(t *testing.T) {
	eachServer(t, func(t *testing.T, k kind) {
		if k.outage != swallowed {
			return // it swallows none
		}
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		s.cut()
		site.Wants(t, "finds nobody to log out", b.does("logout"), "")
		s.mend()
		site.Wants(t, "afterwards", b.does("who"), "user 1")

		copied := b.session()
		site.Wants(t, "if it begins after the load, takes the cookie only", b.does("who", "cut", "logout"), "user 1")
		s.mend()
		site.Wants(t, "afterwards", b.does("who"), "user ")
		site.Wants(t, "a copied cookie", s.copyOf(copied).does("who"), "user 1")
	})
}

// The new session is saved, the old one cannot be deleted.
func TestARotationThatStopsHalfwayIsNoLogin(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		stuck := true
		s := newSite(t, k, func(with *setup) {
			with.store = &tapped{Store: with.store, onSave: func(session *gsessions.Session) error {
				if stuck && session.Options.MaxAge < 0 {
					return errors.New("it cannot be deleted")
				}
				return nil
			}}
		})
		b := s.browser()
		b.does("set cart=book")
		b.fails("login-remember 1")
		site.Wants(t, "afterwards", b.does("who", "get cart"), "user , cart=book")
		stuck = false
		site.Wants(t, "login", b.does("login 1"), "")
		site.Wants(t, "later", b.does("who", "get cart"), "user 1, cart=book")
	})
}
