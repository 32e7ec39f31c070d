package ginlogin_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
