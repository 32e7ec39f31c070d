package ginlogin_test

import (
	"strings"
	"testing"
	"time"
)

func TestOneStoreCallServesARequest(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	store.told()
	b.get("/secret")
	wants(t, "calls of the first guarded page, which notes that the login is used", store.told(), "find swap")
	b.get("/secret")
	wants(t, "calls of a guarded page", store.told(), "find")
	b.get("/static")
	wants(t, "calls of a page that does not ask", store.told(), "")
	s.clock.Advance(time.Minute)
	b.get("/secret")
	wants(t, "calls after a minute", store.told(), "find swap")
	b.get("/secret")
	wants(t, "calls right after", store.told(), "find")
}

func TestLoginAndLogoutKeepTheStoreTidy(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	first := store.only(t)
	b.post("/login?id=1")
	second := store.only(t)
	if first.ID == second.ID {
		t.Error("a second login has the ID of the first")
	}
	b.post("/login?id=2&remember=1")
	wants(t, "the row of another user's login", store.only(t).User, "2")
	// A login without remember leaves the same user's remember cookie good.
	b.post("/login?id=2")
	wants(t, "rows of a login and of a cookie", store.count(), 2)
	b.put("session", "")
	wants(t, "the cookie", b.get("/whoami"), "200 user 2")
	b.post("/logout")
	b.copyOf()
	wants(t, "rows after a logout", store.count(), 1)
	s.users.fail(nil)
	b.post("/login?id=3")
	wants(t, "rows after a refused login", store.count(), 1)
}

func TestARowLastsAsLongAsItsRememberCookie(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.browser().post("/login?id=1&remember=1440h")
	row := store.only(t)
	wants(t, "lifetime", row.Expires.Sub(row.Created), 60*24*time.Hour)
}

func TestARefreshedRememberCookieKeepsItsRowAlive(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.Remember.RefreshEachRequest = true })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(20 * 24 * time.Hour)
	wants(t, "in the session", b.get("/whoami"), "200 user 1")
	wants(t, "row", store.only(t).Expires.Sub(time.Unix(s.clock.Now().Unix(), 0)), 365*24*time.Hour)
}

func TestALoginThatATokensUserUsesIsNotedAsUsed(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) {
		logins := s.lm.Logins
		loadWith[*account](s, nil)
		s.lm.Logins, s.lm.IdleTimeout = logins, time.Hour
		byToken(s)
	})
	b := s.browser()
	b.post("/login?id=1")
	for range 3 {
		s.clock.Advance(30 * time.Minute)
		wants(t, "in use", b.get("/vault", "Token", "1"), "200 vault")
	}
	wants(t, "used", store.only(t).Used, true)
}

// Two requests log in; the browser keeps the cookies of the answer that came last.
func TestADoubleClickOnLogInLeavesNoDevice(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b, lost := s.browser(), s.browser()
	lost.post("/login?id=1")
	b.post("/login?id=1")
	wants(t, "devices at once", strings.Count(b.get("/devices"), "test browser"), 2)
	s.clock.Advance(time.Minute)
	wants(t, "a minute later", b.get("/devices"), "200 test browser (this) <nil>")
	rows, err := s.lm.LoginsOf(t.Context(), "1")
	noError(t, err)
	wants(t, "for an administrator", len(rows), 1)
	b.post("/logout")
	wants(t, "the row, until it is deleted as one that was never used", store.only(t).Used, false)
	rows, err = s.lm.LoginsOf(t.Context(), "1")
	noError(t, err)
	wants(t, "devices after the logout", len(rows), 0)
}
