package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestLoginRequiredAnswersEveryKindOfClientInItsOwnWay(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())

	for _, row := range []struct {
		name, method, path, want string
		header                   []string
	}{
		{"a browser is redirected to the login view with next", "GET", "/page", "302 | Location: /login?next=%2Fpage", []string{"Accept", acceptHTML}},
		{"a client without Accept is redirected too", "GET", "/page", "302 | Location: /login?next=%2Fpage", nil},
		{"HEAD is answered as GET is", "HEAD", "/page", "302 | Location: /login?next=%2Fpage", nil},
		{"POST is answered 303 without next", "POST", "/page", "303 | Location: /login", nil},
		{"OPTIONS is not exempt", "OPTIONS", "/page", jsonLogin, nil},
		{"a method of no link and no form is one of a program", "DELETE", "/page", jsonLogin, []string{"Accept", acceptHTML}},
		{"OPTIONS of a preflight is not exempt", "OPTIONS", "/page", "401 | WWW-Authenticate: Session | {\"error\":\"login required\"}",
			[]string{"Origin", "https://other.example", "Access-Control-Request-Method", "PUT", "Sec-Fetch-Mode", "cors"}},
		{"a client that wants JSON gets 401", "GET", "/page", jsonLogin, []string{"Accept", "application/json"}},
		{"a client that posts and wants JSON gets 401", "POST", "/page", jsonLogin, []string{"Accept", "application/json"}},
		{"a HEAD that wants JSON gets 401 without a body", "HEAD", "/page", "401 | WWW-Authenticate: Session", []string{"Accept", "application/json"}},
		{"fetch gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "cors", "Accept", "*/*"}},
		{"a navigation is redirected", "GET", "/page", "302 | Location: /login?next=%2Fpage", []string{"Sec-Fetch-Mode", "navigate", "Accept", acceptHTML}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := s.browser().do(row.method, row.path, row.header...)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "events", s.told(), "user_accessed user_unauthorized")
			wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			if rep.StatusCode == http.StatusUnauthorized {
				wants(t, "Content-Type", rep.Header.Get("Content-Type"), "application/json; charset=utf-8")
			}
		})
	}
}

func TestEveryMethodPassesTheGuardsOnceLoggedIn(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		for _, path := range []string{"/page", "/vip"} {
			wants(t, method, b.do(method, path).StatusCode, 200)
			wants(t, "events of "+method, s.told(), "user_accessed=1 handler")
		}
	}
}

func TestFreshLoginRequiredAsksOnlyTheStaleForThePassword(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.FreshLoginRequired())
	b := s.browser()

	for _, row := range []struct{ name, login, method, accept, want, events string }{
		{"the anonymous are sent to the login view", "", "GET", "", "302 | Location: /login?next=%2Fpage", "user_accessed user_unauthorized"},
		{"the stale are sent to the refresh view", "/login?id=1&fresh=0", "GET", "", "302 | Location: /reauthenticate?next=%2Fpage", "user_accessed=1 user_needs_refresh=1"},
		{"the stale who post get 303 without next", "/login?id=1&fresh=0", "POST", "", "303 | Location: /reauthenticate", "user_accessed=1 user_needs_refresh=1"},
		{"a stale script gets 401", "/login?id=1&fresh=0", "GET", "application/json", jsonRefresh, "user_accessed=1 user_needs_refresh=1"},
		{"the fresh pass", "/login?id=1", "GET", "", "200 | inside", "user_accessed=1 handler"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.login != "" {
				b.post(row.login)
			}
			s.told()
			wants(t, "answer", answerOf(b.do(row.method, "/page", "Accept", row.accept)), row.want)
			wants(t, "events", s.told(), row.events)
		})
	}
}

func TestAUserWhoMayNotPassIsRefusedEverywhere(t *testing.T) {
	for _, row := range []struct {
		name string
		user ginlogin.User
	}{
		{"who is not active", inactiveMember{}},
		{"who is not authenticated", unprovenMember{}},
		{"who is anonymous", anonymousMember{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				loadWith(s, func(context.Context, string) (ginlogin.User, error) { return row.user, nil })
			})
			s.engine.POST("/force", func(c *gin.Context) { answer200(c, ginlogin.Login(c, row.user, ginlogin.Force())) })
			s.guarded("/passes", passes(func(*gin.Context, ginlogin.User) bool { return true }))
			s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
			s.engine.GET("/as", func(c *gin.Context) {
				_, ok := ginlogin.UserAs[ginlogin.User](c)
				_, below := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
				c.String(http.StatusOK, "%v %v", ok, below)
			})
			b := s.browser()
			wants(t, "forced login", b.post("/force"), "200 ok")
			wants(t, "is logged in", b.get("/whoami"), "200 user 9")
			for _, path := range []string{"/secret", "/vault", "/passes"} {
				wants(t, path, answerOf(b.do("GET", path)), "302 | Location: /login?next=%2F"+path[1:])
				wants(t, path+" for a script", answerOf(b.do("GET", path, "Accept", "application/json")), jsonLogin)
			}
			wants(t, "UserAs, of the request and below HTTP", b.get("/as"), "200 false false")
			wants(t, "LoggedIn in a template", b.get("/home"), "200 [Log in] Home (Eve) fresh=true")
			wants(t, "AnonymousRequired", b.get("/welcome"), "200 inside")
		})
	}
}

func TestOnlyForceLogsInTheInactive(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	wants(t, "without Force", b.post("/login?id=3"), "400 "+ginlogin.ErrInactiveUser.Error())
	wants(t, "no user is logged in", b.get("/whoami"), "200 user ")
	wants(t, "with Force", b.post("/login?id=3&force=1"), "200 /")
	wants(t, "logged in", b.get("/whoami"), "200 user 3")
	wants(t, "guards refuse", b.do("GET", "/secret").StatusCode, http.StatusFound)
	s.users.get("3").Inactive = false
	wants(t, "once activated, guards pass", b.get("/secret"), "200 secret")
	s.users.get("3").Inactive = true
	wants(t, "once deactivated again, guards refuse", b.do("GET", "/secret").StatusCode, http.StatusFound)
}

func TestAGuardOfACopyOfTheContextLeavesTheResponseAlone(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/copy", func(c *gin.Context) {
		elsewhere := c.Copy()
		ginlogin.LoginRequired()(elsewhere)
		wants(t, "the copy is aborted", elsewhere.IsAborted(), true)
		wants(t, "headers", fmt.Sprint(c.Writer.Header()), "map[]")
	})
	wants(t, "answer", s.browser().get("/copy"), "200 ")
}

func TestAGuardLetsAUserPassWhoLoggedInInTheSameRequest(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	login := func(c *gin.Context) {
		if err := ginlogin.Login(c, s.users.get("1")); err != nil {
			t.Error(err)
		}
	}
	s.engine.GET("/enter", login, ginlogin.FreshLoginRequired(), answerOK)
	wants(t, "answer", s.browser().get("/enter"), "200 ok")
}

func TestAGuardBeforeItsOwnLoginPageIsReportedAndEndsNowhere(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.LoginView = "/sign in?from=guard" })
	s.engine.GET("/sign in", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "form") })
	b := s.browser()
	wants(t, "the page itself", b.do("GET", "/sign%20in?x=1").StatusCode, http.StatusUnauthorized)
	wantsText(t, "errors", s.failures(), "a guard stands before the login page it redirects to")
	wants(t, "other pages", b.do("GET", "/secret").StatusCode, http.StatusFound)
}
