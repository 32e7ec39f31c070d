package ginlogin_test

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestARememberCookieThatIsNoGoodIsRefusedAndDeleted(t *testing.T) {
	s := newSite(t, memStore(), nil)
	now := s.clock.Now().Unix()
	of := tokenOf("1", now, 1000)
	good := signed(of, "remember", "")
	for _, tc := range []struct{ name, value string }{
		{"signed with another key", signed(of, "foreign", "")},
		{"of another manager", signed(of, "remember", "staff")},
		{"without a signature", of.Encode()},
		{"that has expired", signed(tokenOf("1", now-1000, 1000), "remember", "")},
		{"of Flask-Login", "1|f2e3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := s.browser()
			b.put("remember_token", tc.value)
			rep := b.do("GET", "/whoami")
			wants(t, "answer", rep.body, "user ")
			wants(t, "loader calls", len(s.users.calls()), 0)
			wants(t, "deleted", isDeletion(b.setCookie(rep, "remember_token")), true)
			wants(t, "session cookie set", b.setCookie(rep, "session") != nil, false)
			wants(t, "cookie in the browser", b.cookie("remember_token"), "")
			wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
		})
	}
	b := s.browser()
	b.put("remember_token", good)
	wants(t, "the good one", b.get("/whoami"), "200 user 1")
}

func TestOnlyALoadDeletesARememberCookie(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.put("remember_token", "nonsense")
	for _, path := range []string{"/static", "/fresh", "/remembered", "/userid"} {
		wantsNoCookies(t, path, b.do("GET", path))
	}
	wants(t, "deleted by a guard", isDeletion(b.setCookie(b.do("GET", "/secret"), "remember_token")), true)
}

func TestARememberCookieEndsOnTheServer(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.rememberedBrowser("/login?id=1&remember=1h")
	s.clock.Advance(time.Hour - time.Second)
	stolen := b.cookie("remember_token")
	wants(t, "a second before its end", b.get("/whoami"), "200 user 1")

	s.clock.Advance(time.Second)
	late := s.browser()
	late.put("remember_token", stolen)
	wants(t, "at its end", late.get("/whoami"), "200 user ")
	wants(t, "the session restored before", b.get("/whoami"), "200 user 1")
}

func TestAClockThatJumpsBackEndsNoRememberCookie(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.rememberedBrowser("/login?id=1&remember=1h")
	s.clock.Advance(-48 * time.Hour)
	wants(t, "restored", b.get("/whoami"), "200 user 1")
	wants(t, "cookie kept", b.cookie("remember_token") != "", true)
	wants(t, "session", b.get("/whoami"), "200 user 1")
}

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

func TestTheCookieIsDeletedWithTheAttributesItWasSetWith(t *testing.T) { // D10
	for _, tc := range []struct {
		name   string
		cookie ginlogin.RememberCookie
	}{
		{"by default", ginlogin.New[*account](nil).Remember},
		{"with all of its own", ginlogin.RememberCookie{Name: "me", Duration: time.Hour, Domain: "example.com", Path: "/members", Secure: true, SameSite: http.SameSiteNoneMode}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, memStore(), func(s *site) { s.lm.Remember = tc.cookie })
			want := tc.cookie
			if want.Name == "" {
				want.Name = "remember_token"
			}
			b := s.browser()
			set := b.setCookie(b.do("POST", "/login?id=1&remember=1"), want.Name)
			if set == nil {
				t.Fatal("the cookie is not set")
			}
			wants(t, "Domain", set.Domain, want.Domain)
			wants(t, "Path", set.Path, want.Path)
			wants(t, "Secure", set.Secure, want.Secure)
			wants(t, "HttpOnly", set.HttpOnly, want.HTTPOnly)
			wants(t, "SameSite", set.SameSite, want.SameSite)
			wants(t, "Max-Age", set.MaxAge, int(want.Duration.Seconds()))
			wants(t, "Expires", set.Expires.Unix(), s.clock.Now().Add(want.Duration).Unix())

			for name, rep := range map[string]reply{
				"at Logout":          s.browser().do("POST", "/logout", "Cookie", want.Name+"="+set.Value),
				"when it is no good": s.browser().do("GET", "/whoami", "Cookie", want.Name+"=nonsense"),
				"at another login":   s.browser().do("POST", "/login?id=2", "Cookie", want.Name+"="+set.Value),
			} {
				deleted := b.setCookie(rep, want.Name)
				if !isDeletion(deleted) {
					t.Errorf("%s: the cookie is not deleted: %v", name, deleted)
					continue
				}
				wantsSameAttributes(t, set, deleted)
				wants(t, name+": Expires", deleted.Expires.Before(time.Now().AddDate(-10, 0, 0)), true)
			}
		})
	}
}

func TestALoginCanBeRememberedForItsOwnTime(t *testing.T) {
	for _, tc := range []struct {
		remember string
		seconds  int64
		refused  string
	}{
		{"90m", 5400, ""},
		{"0s", int64((365 * day).Seconds()), ""},
		{"default", int64((365 * day).Seconds()), ""},
		{"999ms", 0, "ginlogin: RememberFor: the lifetime is 999ms: use a second or more"},
		{"-1h", 0, "ginlogin: RememberFor: the lifetime is -1h0m0s: use a second or more"},
	} {
		t.Run(tc.remember, func(t *testing.T) {
			s := newSite(t, memStore(), nil)
			b := s.browser()
			rep := b.do("POST", "/login?id=1&remember="+tc.remember)
			set := b.setCookie(rep, "remember_token")
			if tc.refused != "" {
				wants(t, "error", rep.body, tc.refused)
				wantsNoCookies(t, "refused", rep)
				wants(t, "user", b.get("/whoami"), "200 user ")
				return
			}
			if set == nil {
				t.Fatalf("not remembered: %s", rep.body)
			}
			wants(t, "the browser's time", set.MaxAge, int(min(tc.seconds, math.MaxInt32)))
			says := s.says(set.Value, "remember")
			want := tokenOf("1", s.clock.Now().Unix(), tc.seconds)
			want.LoginID = says.LoginID
			wants(t, "what it says", says, want)
			b.put("session", "")
			wants(t, "user", b.get("/whoami"), "200 user 1")
		})
	}
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

func TestARestoredLoginIsNotFreshAndKeepsItsTimes(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	loginAt := s.clock.Now().Unix()
	b := s.rememberedBrowser("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	rep := b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user 1")
	wants(t, "session cookie set", b.setCookie(rep, "session") != nil, true)
	wants(t, "remember cookie set", b.setCookie(rep, "remember_token") != nil, false)
	wants(t, "events", s.told(), "user_accessed=1 user_loaded_from_cookie=1")
	wants(t, "fresh", b.get("/fresh"), "200 false")
	wants(t, "remembered", b.get("/remembered"), "200 true")
	rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key=_login"), "200 "))
	wants(t, "time of login", rec.LoginAt, loginAt)
	wants(t, "time of authentication", rec.AuthAt, loginAt)
	wants(t, "time of activity", rec.BegunAt, s.clock.Now().Unix())
	s.told()
	wants(t, "the next request", b.get("/whoami"), "200 user 1")
	wants(t, "events", s.told(), "user_accessed=1")
	wantsNoCookies(t, "the next request", b.do("GET", "/whoami"))
}

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

func TestWhoIsRememberedAfterASecondLogin(t *testing.T) { // D7
	for _, tc := range []struct {
		name      string
		change    func(*site)
		second    string // the login after one of user 1 with remember
		remaining string // whose cookie is left
	}{
		{"of another user without remember: no user", nil, "/login?id=2", ""},
		{"of another user with remember: that user", nil, "/login?id=2&remember=1", "2"},
		{"of the same user without remember: the user still", nil, "/login?id=1", "1"},
		{"of the same user with remember: the user", nil, "/login?id=1&remember=1", "1"},
		{"of another user when it is refreshed: no user", refreshing, "/login?id=2", ""},
		{"of the same user when it is refreshed: the user still", refreshing, "/login?id=1", "1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, withSession := range []bool{true, false} {
				s := newSite(t, cookieStore(), tc.change)
				b := s.browser()
				b.post("/login?id=1&remember=1h")
				if !withSession {
					b.put("session", "")
				}
				s.clock.Advance(time.Minute)
				rep := b.do("POST", tc.second)
				wants(t, "login", rep.body, "/")
				b.setCookie(rep, "remember_token")
				left := b.cookie("remember_token")
				if tc.remaining == "" {
					wants(t, "cookie left", left, "")
					wants(t, "remembered", b.get("/remembered"), "200 false")
					continue
				}
				wants(t, "whose cookie is left", s.says(left, "remember").UserID, tc.remaining)
				wants(t, "remembered", b.get("/remembered"), "200 true")
			}
		})
	}
}

func TestTheLastOfTwoLoginsInARequestIsRemembered(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.shows("/both", func(c *gin.Context) any {
		err := errors.Join(ginlogin.Login(c, s.users.get("1"), ginlogin.Remember(true)), ginlogin.Login(c, s.users.get("2")))
		wants(t, "remembered in the request", ginlogin.LoginRemembered(c), false)
		return err
	})
	b := s.browser()
	rep := b.do("POST", "/both")
	wants(t, "answer", rep.body, "<nil>")
	wants(t, "cookie of the first user set", b.setCookie(rep, "remember_token") != nil, false)
	wants(t, "user", b.get("/whoami"), "200 user 2")
}

func TestOfTwoRememberCookiesTheNewestGoodOneCounts(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	now := s.clock.Now().Unix()
	newest := "remember_token=" + signed(tokenOf("1", now, 1000), "remember", "")
	older := "remember_token=" + signed(tokenOf("2", now-10, 1000), "remember", "")
	for _, tc := range []struct{ name, cookies, want string }{
		{"nonsense planted before it", "remember_token=nonsense; " + newest, "user 1"},
		{"an older one before it", older + "; " + newest, "user 1"},
		{"an older one behind it", newest + "; " + older, "user 1"},
		{"nonsense all over", "remember_token=x; remember_token=y", "user "},
	} {
		b := s.browser()
		rep := b.do("GET", "/whoami", "Cookie", tc.cookies)
		wants(t, tc.name, rep.body, tc.want)
		wants(t, tc.name+": deleted", isDeletion(b.setCookie(rep, "remember_token")), tc.want == "user ")
	}
}

// A neighbour on the same domain has planted a cookie of an account of its own.
func TestALoginDeletesANewerRememberCookieOfAnotherUserBesideTheUsersOwn(t *testing.T) {
	stored, _ := newStoredSite(t, nil)
	for name, s := range map[string]*site{"alone": newSite(t, cookieStore(), nil), "with rows": stored} {
		t.Run(name, func(t *testing.T) {
			own, planted := s.browser(), s.browser()
			own.post("/login?id=1&remember=1")
			s.clock.Advance(time.Hour)
			planted.post("/login?id=2&remember=1")
			both := "remember_token=" + own.cookie("remember_token") + "; remember_token=" + planted.cookie("remember_token")
			b := s.browser()
			rep := b.do("POST", "/login?id=1", "Cookie", both)
			wants(t, "login", rep.StatusCode, http.StatusOK)
			gone := b.setCookie(rep, "remember_token")
			wants(t, "the cookies are deleted", gone != nil && gone.MaxAge < 0, true)
		})
	}
}

func TestAPlantedCookieOfAnotherUserDoesNotHideTheUsersOwn(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	now := s.clock.Now().Unix()
	of := func(id string) string {
		return "remember_token=" + signed(tokenOf(id, now, 1000), "remember", "")
	}
	known := s.browser()
	known.post("/login?id=1")
	session := "session=" + known.cookie("session")
	for _, cookies := range []string{of("1") + "; " + of("2"), of("2") + "; " + of("1")} {
		wants(t, "remembered", s.browser().get("/remembered", "Cookie", session+"; "+cookies), "200 true")
	}
	wants(t, "remembered by another's cookie alone", s.browser().get("/remembered", "Cookie", session+"; "+of("2")), "200 false")
}

func TestAPlainUserIDIsNoRememberCookie(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for _, value := range []string{"1", "1|", "MQ", "r1.1.2.3.4.0...MQ", strconv.Itoa(math.MaxInt)} {
		b := s.browser()
		b.put("remember_token", value)
		wants(t, value, b.get("/whoami"), "200 user ")
	}
}

func TestACookieThatYieldsNoUserCountsAsAbsent(t *testing.T) { // D5
	now := time.Now().Unix()
	for name, tc := range map[string]struct {
		cookie string
		change func(*site)
	}{
		"because it is nonsense":          {cookie: "nonsense"},
		"because it has ended":            {cookie: signed(tokenOf("1", now-5000, 1000), "remember", "")},
		"because its user is gone":        {cookie: signed(tokenOf("gone", now-5000, 100000), "remember", "")},
		"because there is no user loader": {cookie: signed(tokenOf("1", now, 100000), "remember", ""), change: func(s *site) { loadWith[*account](s, nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				if tc.change != nil {
					tc.change(s)
				}
				byToken(s)
			})
			b := s.browser()
			b.put("remember_token", tc.cookie)
			rep := b.do("GET", "/whoami", "Token", "2")
			wants(t, "the user of the request", rep.body, "user 2")
			wants(t, "events", s.told(), "user_accessed=2 user_loaded_from_request=2")
			wants(t, "deleted", isDeletion(b.setCookie(rep, "remember_token")), true)
			wants(t, "session cookie set", b.setCookie(rep, "session") != nil, false)
			wants(t, "cookie in the browser", b.cookie("remember_token"), "")
		})
	}
}

func TestAUserWhoIsGoneLosesSessionAndCookie(t *testing.T) { // D6
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/data?key=cart&value=book")
	s.users.drop("1")
	rep := b.do("GET", "/whoami")
	wants(t, "right after the login, as by a replica that lags", rep.body, "user ")
	wantsNoCookies(t, "right after the login", rep)
	s.clock.Advance(time.Minute)
	s.users.calls()
	rep = b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user ")
	wants(t, "loader calls", strings.Join(s.users.calls(), " "), "1")
	wants(t, "remember cookie", b.cookie("remember_token"), "")
	wants(t, "record", b.get("/data?key=_login"), "200 <nil>")
	wants(t, "data", b.get("/data?key=cart"), "200 book")
	wantsNoCookies(t, "the next request", b.do("GET", "/whoami"))
	wants(t, "loader calls of the next request", len(s.users.calls()), 0)
}

func TestALifetimeDoesNotLingerForTheNextLogin(t *testing.T) { // D9
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1&remember=1h")
	b.post("/logout")
	set := b.setCookie(b.do("POST", "/login?id=1&remember=1"), "remember_token")
	wants(t, "lifetime after a logout", set.MaxAge, int((365 * day).Seconds()))
	b.post("/login?id=1&remember=1h")
	set = b.setCookie(b.do("POST", "/login?id=1&remember=1"), "remember_token")
	wants(t, "lifetime at the second login", set.MaxAge, int((365 * day).Seconds()))
}

func TestARememberCookieIsLeftAloneByOtherManagers(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Name = "staff" })
	b := s.browser()
	b.put("remember_token", "of another manager")
	wants(t, "login", b.post("/login?id=1&remember=1"), "200 /")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "the other cookie", b.cookie("remember_token"), "of another manager")
	wants(t, "own cookie", b.cookie("remember_token_staff"), "")
}

func TestAnOldRememberCookieIsSentAgain(t *testing.T) {
	for name, logins := range map[string]ginlogin.LoginStore{"without a login store": nil, "with one": newShelf()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.Remember.RenewAfter, s.lm.Logins = 10*day, logins })
			b := s.browser()
			b.post("/login?id=1&remember=720h")
			first := s.says(b.cookie("remember_token"), "remember")
			s.clock.Advance(10*day - time.Second)
			wants(t, "sent again before", b.setCookie(b.do("GET", "/whoami"), "remember_token") != nil, false)
			s.clock.Advance(time.Second)
			wants(t, "sent again without a load", b.setCookie(b.do("GET", "/static"), "remember_token") != nil, false)
			rep := b.do("GET", "/whoami")
			set := b.setCookie(rep, "remember_token")
			if set == nil {
				t.Fatal("the cookie is not sent again")
			}
			first.IssuedAt = s.clock.Now().Unix()
			wants(t, "what it says", s.says(set.Value, "remember"), first)
			wants(t, "how long the browser keeps it", set.MaxAge, int((30 * day).Seconds()))
			wants(t, "sent once more", b.setCookie(b.do("GET", "/whoami"), "remember_token") != nil, false)
			s.clock.Advance(25 * day)
			wants(t, "beyond the first end", b.restore(), "200 user 1")
		})
	}
}

func TestAnOldRememberCookieIsSentAgainWithAnyPageOfTheUsers(t *testing.T) {
	for name, logins := range map[string]func() ginlogin.LoginStore{
		"without a login store": func() ginlogin.LoginStore { return nil }, "with one": func() ginlogin.LoginStore { return newShelf() },
	} {
		for path, sent := range map[string]bool{
			"/home":   true, // a template that names the user, after the headers
			"/secret": true, "/service": true, "/as": true, "/whoami": true,
			"/static": false, "/userid": false, "/fresh": false, "/remembered": false,
		} {
			t.Run(name+", "+path, func(t *testing.T) {
				s := newSite(t, cookieStore(), func(s *site) { s.lm.Remember.RenewAfter, s.lm.Logins = 10*day, logins() })
				s.shows("/service", func(c *gin.Context) any { return ginlogin.Context(c) != nil })
				s.shows("/as", func(c *gin.Context) any { u, _ := ginlogin.UserAs[*account](c); return u != nil })
				b := s.browser()
				b.post("/login?id=1&remember=1")
				wants(t, "too early", b.setCookie(b.do("GET", path), "remember_token") != nil, false)
				s.clock.Advance(10 * day)
				wants(t, "sent", b.setCookie(b.do("GET", path), "remember_token") != nil, sent)
				wants(t, "sent twice", sent && b.setCookie(b.do("GET", path), "remember_token") != nil, false)
			})
		}
	}
}

func TestConfirmLoginAsTheFirstQuestionRenewsTheRememberCookie(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.POST("/confirm-first", func(c *gin.Context) { answer200(c, ginlogin.ConfirmLogin(c, s.users.get("1"))) })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 3 {
		s.clock.Advance(time.Hour)
		b.put("session", "")
		before := b.cookie("remember_token")
		wants(t, "confirm", b.post("/confirm-first"), "200 ok")
		wants(t, "the cookie is of the row's new generation", b.cookie("remember_token") != before, true)
		wants(t, "fresh", b.get("/fresh"), "200 true")
	}
	s.clock.Advance(time.Hour)
	wants(t, "restored", b.restore(), "200 user 1")
	wants(t, "events of a theft", strings.Contains(s.told(), "stolen"), false)
}
