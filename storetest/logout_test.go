package storetest

import "testing"

func TestLogoutDeletesAnEmptySession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		copied := b.session()
		wants(t, "logout", b.does("logout", "who"), "user ")
		wants(t, "the cookie", b.session(), "")
		wants(t, "later", b.does("who"), "user ")
		s.wantsSessions(0, 1)
		wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestLogoutKeepsOtherData(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1", "set cart=book")
		copied := b.session()
		wants(t, "logout", b.does("logout"), "")
		wants(t, "later", b.does("who", "get cart"), "user , cart=book")
		s.wantsSessions(1, 0)
		wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestClearSessionDropsEverything(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1", "set cart=book")
		copied := b.session()
		wants(t, "logout", b.does("clear"), "")
		wants(t, "the cookies", b.session()+b.cookie("remember_token"), "")
		wants(t, "later", b.does("who", "get cart"), "user , cart=<nil>")
		s.wantsSessions(0, 1)
		wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func TestLogoutOfNobodyLeavesTheSession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		wants(t, "logout", b.does("logout"), "")
		wants(t, "later", b.does("get cart"), "cart=book")
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
				wants(t, "in one request", b.does(logout, "flash Bye", "who"), "user ")
				s.wantsSessions(1, 1)
				wants(t, "the next page", b.does("who", "flashes"), "user , [{message Bye}]")
				wants(t, "the cookie", b.session(), "")
				s.wantsSessions(0, 2)
				wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
			})
		})
	}
}

func TestAFlashMayBeReadInTheRequestThatLoggedOut(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		wants(t, "in one request", b.does("logout", "flash Bye", "flashes"), "[{message Bye}]")
		wants(t, "the cookie", b.session(), "")
		wants(t, "later", b.does("who", "flashes"), "user , []")
		s.wantsSessions(0, 2)
	})
}

func TestTheAppMaySaveAfterLogout(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login 1")
		copied := b.session()
		wants(t, "in one request", b.does("clear", "set theme=dark"), "")
		wants(t, "later", b.does("who", "get theme"), "user , theme=dark")
		s.wantsSessions(1, 1)
		wants(t, "the copied cookie", s.copyOf(copied).does("who"), loggedInIf(k.rotation == inCookie))
	})
}

func loggedInIf(yes bool) string {
	if yes {
		return "user 1"
	}
	return "user "
}
