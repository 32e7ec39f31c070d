package ginlogin_test

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

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
