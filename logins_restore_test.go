package ginlogin_test

import (
	"net/http"
	"testing"
	"time"
)

func TestARememberCookieWithoutItsRowIsNoLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	row := store.only(t)
	delete(store.rows, row.ID)
	b.put("session", "")
	rep := b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user ")
	wants(t, "cookies that are set", len(rep.Cookies()), 0)
	wants(t, "the next login", b.post("/login?id=1"), "200 /")
	wants(t, "replaces the cookie", b.cookie("remember_token"), "")
}

func TestALoginStoreRestoredFromABackupEndsNoLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	backup := store.only(t)
	for range 3 {
		s.clock.Advance(time.Hour)
		b.restore()
	}
	store.rows[backup.ID] = backup
	wants(t, "user", b.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "later", b.restore(), "200 user 1")
}

func TestASessionEndsOnceItsLoginWasRestoredElsewhere(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	victim.copyOf("remember_token").get("/whoami")
	wants(t, "at once, by the remember cookie", victim.get("/whoami"), "200 user 1")
	wants(t, "a page for fresh logins", victim.do("GET", "/vault").StatusCode, http.StatusFound)
}

func TestASessionWithoutARememberCookieEndsWithTheRestoreElsewhere(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	copied := b.copyOf("session")
	s.clock.Advance(time.Hour)
	b.restore()
	wants(t, "restored", b.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the copy from before", copied.get("/whoami"), "200 user ")
	wants(t, "the restored session", b.get("/whoami"), "200 user 1")
}

func TestARestoredSessionGoesOnByItself(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 2 {
		s.clock.Advance(time.Hour)
		b.restore()
		generation := store.only(t).Generation
		wants(t, "confirm", b.post("/confirm"), "200 ok")
		s.clock.Advance(time.Hour)
		wants(t, "later", b.get("/vault"), "200 vault")
		wants(t, "remember cookies made since", store.only(t).Generation-generation, 0)
	}
}

// Each host restores the login, which ends the session of the other host.
func TestTwoHostsThatShareARememberCookieMakeEachOtherStale(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	www := s.browser()
	www.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	app := www.copyOf("remember_token")
	for range 3 {
		wants(t, "app", app.get("/whoami"), "200 user 1")
		www.put("remember_token", app.cookie("remember_token"))
		s.clock.Advance(time.Hour)
		wants(t, "www", www.get("/whoami"), "200 user 1")
		wants(t, "www is fresh", www.get("/fresh"), "200 false")
		app.put("remember_token", www.cookie("remember_token"))
		s.clock.Advance(time.Hour)
	}
}
