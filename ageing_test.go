package ginlogin_test

import (
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

func TestAnIdleSessionEndsAndTheRememberCookieRestoresItStale(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = 30 * time.Minute })
	plain, remembered := s.browser(), s.browser()
	plain.post("/login?id=1")
	remembered.post("/login?id=1&remember=1")
	s.clock.Advance(30*time.Minute - time.Second)
	wants(t, "just before", plain.get("/whoami"), "200 user 1")
	s.clock.Advance(30*time.Minute - time.Second)
	wants(t, "in use", plain.get("/whoami"), "200 user 1")
	s.clock.Advance(30 * time.Minute)
	wants(t, "idle, freshness", remembered.get("/fresh"), "200 false")
	wants(t, "idle, remembered", remembered.get("/whoami"), "200 user 1")
	wants(t, "its freshness", remembered.get("/fresh"), "200 false")
	wants(t, "idle", plain.get("/whoami"), "200 user ")
	wants(t, "session cookie", plain.cookie("session"), "")
}

func TestABusySessionIsNotSentWithEveryResponse(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	b.post("/login?id=1")
	sent := 0
	for range 120 {
		s.clock.Advance(time.Second)
		sent += len(b.do("GET", "/whoami").Header["Set-Cookie"])
	}
	wants(t, "session cookies in two minutes", sent, 2)
}

func TestAnAbsoluteTimeoutEndsSessionAndRememberCookie(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.AbsoluteTimeout = 24 * time.Hour
		s.lm.Remember.RefreshEachRequest = true
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 23 {
		s.clock.Advance(time.Hour)
		wants(t, "within it", b.restore(), "200 user 1")
	}
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	s.clock.Advance(time.Hour)
	wants(t, "after it", b.get("/whoami"), "200 user ")
	wants(t, "session cookie", b.cookie("session"), "")
	wants(t, "remember cookie", b.cookie("remember_token"), "")
}

func TestAFreshLoginBecomesStaleWithTime(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.FreshFor = 10 * time.Minute })
	s.engine.GET("/strict", ginlogin.FreshLoginRequired(ginlogin.FreshFor(time.Minute)), answerOK)
	s.engine.GET("/lax", ginlogin.FreshLoginRequired(ginlogin.FreshFor(0)), answerOK)
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "at once", b.get("/strict"), "200 ok")
	s.clock.Advance(time.Minute)
	wants(t, "strict, after a minute", b.do("GET", "/strict").StatusCode, 302)
	wants(t, "after a minute", b.get("/vault"), "200 vault")
	s.clock.Advance(9 * time.Minute)
	wants(t, "after ten", b.do("GET", "/vault").StatusCode, 302)
	wants(t, "fresh", b.get("/fresh"), "200 false")
	wants(t, "without a limit", b.get("/lax"), "200 ok")
	wants(t, "logged in", b.get("/secret"), "200 secret")
	b.post("/confirm")
	wants(t, "confirmed", b.get("/strict"), "200 ok")
}

func TestAClockThatJumpsBackEndsNoLogin(t *testing.T) {
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.IdleTimeout, s.lm.AbsoluteTimeout, s.lm.FreshFor = time.Hour, 24*time.Hour, time.Hour
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(-48 * time.Hour)
	wants(t, "session", b.get("/vault"), "200 vault")
	wants(t, "remember cookie", b.restore(), "200 user 1")
}
