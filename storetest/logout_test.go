package storetest

import (
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestLogoutDeletesAnEmptySession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		copied := b.session()
		site.Wants(t, "logout", b.does("logout", "who"), "user ")
		site.Wants(t, "the cookie", b.session(), "")
		site.Wants(t, "later", b.does("who"), "user ")
		s.wantsSessions(0, 1)
		site.Wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestLogoutKeepsOtherData(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1", "set cart=book")
		copied := b.session()
		site.Wants(t, "logout", b.does("logout"), "")
		site.Wants(t, "later", b.does("who", "get cart"), "user , cart=book")
		s.wantsSessions(1, 0)
		site.Wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestClearSessionDropsEverything(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1", "set cart=book")
		copied := b.session()
		site.Wants(t, "logout", b.does("clear"), "")
		site.Wants(t, "the cookies", b.session()+b.Cookie("remember_token"), "")
		site.Wants(t, "later", b.does("who", "get cart"), "user , cart=<nil>")
		s.wantsSessions(0, 1)
		site.Wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestLogoutOfNobodyLeavesTheSession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		site.Wants(t, "logout", b.does("logout"), "")
		site.Wants(t, "later", b.does("get cart"), "cart=book")
	})
}

func TestAFlashAfterLogoutIsShown(t *testing.T) {
	for _, logout := range []string{"logout", "clear"} {
		t.Run(logout, func(t *testing.T) {
			eachStore(t, func(t *testing.T, k kind) {
				s := newSite(t, k)
				b := s.browser()
				b.does("login 1")
				copied := b.session()
				site.Wants(t, "in one request", b.does(logout, "flash Bye", "who"), "user ")
				s.wantsSessions(1, 1)
				site.Wants(t, "the next page", b.does("who", "flashes"), "user , [{message Bye}]")
				site.Wants(t, "the cookie", b.session(), "")
				s.wantsSessions(0, 2)
				site.Wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
			})
		})
	}
}

func TestAFlashMayBeReadInTheRequestThatLoggedOut(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		site.Wants(t, "in one request", b.does("logout", "flash Bye", "flashes"), "[{message Bye}]")
		site.Wants(t, "the cookie", b.session(), "")
		site.Wants(t, "later", b.does("who", "flashes"), "user , []")
		s.wantsSessions(0, 2)
	})
}

func TestTheAppMaySaveAfterLogout(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		copied := b.session()
		site.Wants(t, "in one request", b.does("clear", "set theme=dark"), "")
		site.Wants(t, "later", b.does("who", "get theme"), "user , theme=dark")
		s.wantsSessions(1, 1)
		site.Wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func loggedInIf(yes bool) string {
	if yes {
		return "user 1"
	}
	return "user "
}
