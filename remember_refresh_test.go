package ginlogin_test

import (
	"testing"
	"time"
)

func refreshing(s *site) { s.lm.Remember.RefreshEachRequest = true }

func TestEachRequestRefreshesTheCookieWithTheSetting(t *testing.T) {
	s := newSite(t, cookieStore(), refreshing)
	b := s.browser()
	b.post("/login?id=1&remember=10h")
	want := s.says(b.cookie("remember_token"), "remember")

	for _, path := range []string{"/static", "/whoami", "/home", "/fresh"} {
		s.clock.Advance(time.Hour)
		s.users.calls()
		rep := b.do("GET", path)
		set := b.setCookie(rep, "remember_token")
		if set == nil {
			t.Fatalf("%s: the cookie is not refreshed", path)
		}
		want.IssuedAt = s.clock.Now().Unix()
		wants(t, path+": what it says", s.says(set.Value, "remember"), want)
		wants(t, path+": how long the browser keeps it", set.MaxAge, 36000)
		wants(t, path+": Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
		wants(t, path+": Vary", rep.Header.Get("Vary"), "Cookie")
		if path == "/static" {
			wants(t, "a static page: loader calls", len(s.users.calls()), 0)
		}
	}

	s.clock.Advance(9 * time.Hour)
	b.put("session", "")
	rep := b.do("GET", "/static")
	wants(t, "without a session", b.setCookie(rep, "remember_token") != nil, true)
	wants(t, "a static page restores a session", b.setCookie(rep, "session") != nil, false)
	s.clock.Advance(9 * time.Hour)
	wants(t, "beyond the first end", b.get("/whoami"), "200 user 1")
	wants(t, "a restored login is fresh", b.get("/fresh"), "200 false")
}

func TestOnlyAGoodCookieOfTheCurrentUserIsRefreshed(t *testing.T) { // D8
	s := newSite(t, cookieStore(), refreshing)
	now := s.clock.Now().Unix()
	of := func(id string) string { return signed(tokenOf(id, now, 1000), "remember", "") }
	for _, tc := range []struct {
		name, loggedIn, cookie string
	}{
		{"no cookie and no login", "", ""},
		{"no cookie and a user logged in", "1", ""},
		{"another user's cookie", "1", of("2")},
		{"a cookie of nonsense", "1", "nonsense"},
		{"a cookie of nonsense and no login", "", "nonsense"},
		{"an expired cookie", "1", signed(tokenOf("1", now-1000, 1000), "remember", "")},
		{"a cookie of a foreign key", "1", signed(tokenOf("1", now, 1000), "foreign", "")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := s.browser()
			if tc.loggedIn != "" {
				b.post("/login?id=" + tc.loggedIn)
			}
			b.put("remember_token", tc.cookie)
			wantsNoCookies(t, "a static page", b.do("GET", "/static"))
			if tc.loggedIn != "" {
				wants(t, "user", b.get("/whoami"), "200 user "+tc.loggedIn)
				wants(t, "remembered", b.get("/remembered"), "200 false")
			}
		})
	}
	wants(t, "Vary of a static page without cookies", s.browser().do("GET", "/static").Header.Get("Vary"), "")
}

func TestARefreshSignsWithTheNewestKey(t *testing.T) {
	before := newSite(t, cookieStore(), nil)
	old := before.rememberedBrowser("/login?id=1&remember=10h").cookie("remember_token")
	s := rotated(t, before, refreshing)
	s.clock.Advance(time.Hour)
	b := s.browser()
	b.put("remember_token", old)
	rep := b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user 1")
	set := b.setCookie(rep, "remember_token")
	if set == nil {
		t.Fatal("the cookie is not refreshed")
	}
	want := before.says(old, "remember")
	want.IssuedAt = s.clock.Now().Unix()
	wants(t, "what it says", s.says(set.Value, "newest"), want)
	wants(t, "how long the browser keeps it", set.MaxAge, 36000)
}

func TestNothingIsRefreshedDuringAnOutageOfTheStore(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, refreshing)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	rack.readsFail(errStoreDown)
	wantsNoCookies(t, "outage", b.do("GET", "/static"))
}

func TestALogoutDeletesACookieThatWouldBeRefreshed(t *testing.T) {
	s := newSite(t, cookieStore(), refreshing)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	rep := b.do("POST", "/logout")
	wants(t, "deleted", isDeletion(b.setCookie(rep, "remember_token")), true)
	wants(t, "user", b.get("/whoami"), "200 user ")
}

func TestTheCookieOfAMissingUserIsNotRefreshed(t *testing.T) {
	s := newSite(t, cookieStore(), refreshing)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	s.users.drop("1")
	rep := b.do("GET", "/whoami")
	wants(t, "deleted", isDeletion(b.setCookie(rep, "remember_token")), true)
	wants(t, "session cookie", b.cookie("session"), "")
}
