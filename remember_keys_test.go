package ginlogin_test

import (
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// rotated returns a site with a key put before that of another site, at the same
// time of day.
func rotated(t *testing.T, was *site, change func(*site)) *site {
	t.Helper()
	return newSite(t, cookieStore(), func(s *site) {
		s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("remember")}
		s.clock.now = was.clock.Now()
		if change != nil {
			change(s)
		}
	})
}

func TestAKeyCanBeRotated(t *testing.T) {
	before := newSite(t, cookieStore(), nil)
	old := before.rememberedBrowser("/login?id=1&remember=10h").cookie("remember_token")
	was := before.says(old, "remember")

	s := rotated(t, before, nil)
	s.clock.Advance(4 * time.Hour)
	b := s.browser()
	b.put("remember_token", old)
	rep := b.do("GET", "/whoami")
	wants(t, "the old cookie", rep.body, "user 1")
	set := b.setCookie(rep, "remember_token")
	if set == nil {
		t.Fatal("the cookie is not signed again")
	}
	wants(t, "what it says", s.says(set.Value, "newest"), was)
	wants(t, "how long the browser keeps it", set.MaxAge, int((6 * time.Hour).Seconds()))

	b.put("session", "")
	rep = b.do("GET", "/whoami")
	wants(t, "the new cookie", rep.body, "user 1")
	wants(t, "is signed once more", b.setCookie(rep, "remember_token") != nil, false)

	s.clock.Advance(6*time.Hour - time.Second)
	b.put("session", "")
	wants(t, "a second before the old end", b.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Second)
	b.put("session", "")
	wants(t, "at the old end", b.get("/whoami"), "200 user ")
}

func TestACookieThatIsNotUsedIsNotSignedAgain(t *testing.T) {
	before := newSite(t, cookieStore(), nil)
	old := before.rememberedBrowser("/login?id=1&remember=1")
	s := rotated(t, before, nil)
	b := s.browser()
	b.post("/login?id=1")
	b.put("remember_token", old.cookie("remember_token"))
	for _, path := range []string{"/whoami", "/static", "/remembered"} {
		wants(t, path+" sets the cookie", b.setCookie(b.do("GET", path), "remember_token") != nil, false)
	}
}

func TestACookieIsNotSignedAgainDuringAnOutage(t *testing.T) {
	before := newSite(t, cookieStore(), nil)
	old := before.rememberedBrowser("/login?id=1&remember=1")
	s := rotated(t, before, nil)
	b := s.browser()
	b.put("remember_token", old.cookie("remember_token"))
	s.users.fail(errStoreDown)
	wantsNoCookies(t, "outage", b.do("GET", "/whoami"))
	s.users.fail(nil)
	wants(t, "afterwards", b.setCookie(b.do("GET", "/whoami"), "remember_token") != nil, true)
}

func TestAKeyThatWasRemovedEndsItsCookies(t *testing.T) {
	before := newSite(t, cookieStore(), nil)
	old := before.rememberedBrowser("/login?id=1&remember=1")
	s := rotated(t, before, func(s *site) { s.lm.SecretKeys = s.lm.SecretKeys[:1] })
	b := s.browser()
	b.put("remember_token", old.cookie("remember_token"))
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "cookie", b.cookie("remember_token"), "")
}

func TestTheSecretOfTheSessionMaySignTheRememberCookie(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("session")} })
	b := s.rememberedBrowser("/login?id=1&remember=1")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestRememberingNeedsAKey(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) { s.lm.SecretKeys = nil })
	b := s.browser()
	rep := b.do("POST", "/login?id=1&remember=1")
	wants(t, "error", rep.body, ginlogin.ErrNoSecretKey.Error())
	wantsNoCookies(t, "refused", rep)
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "events", s.told(), "user_accessed")

	wants(t, "a login without remember", b.post("/login?id=1"), "200 /")
	b.put("remember_token", "left from a time with keys")
	wants(t, "user", b.get("/whoami"), "200 user 1")
	wants(t, "remembered", b.get("/remembered"), "200 false")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 user ")
}
