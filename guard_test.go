package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

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

func TestHtmxIsRedirectedByItsOwnHeader(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/part", ginlogin.LoginRequired())
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	s.guarded("/away", ginlogin.LoginRequired(ginlogin.LoginView("https://sso.example/login")))
	own := s.URL

	challenge := ` | WWW-Authenticate: Session | {"error":"login required"}`
	for _, row := range []struct {
		name, method, path, want string
		header                   []string
	}{
		{"next is the page the visitor sees", "GET", "/part", "401 | HX-Redirect: /login?next=%2Fpage%3Ftab%3D2" + challenge, []string{"HX-Current-URL", own + "/page?tab=2#top"}},
		{"the same goes for what is posted", "POST", "/part", "401 | HX-Redirect: /login?next=%2Fpage%3Ftab%3D2" + challenge, []string{"HX-Current-URL", own + "/page?tab=2"}},
		{"a page of a foreign host is no next", "GET", "/part", "401 | HX-Redirect: /login" + challenge, []string{"HX-Current-URL", "https://evil.example/page"}},
		{"an external view gets the whole URL of the page", "GET", "/away", "401 | HX-Redirect: https://sso.example/login?next=" + url.QueryEscape(own+"/page") + challenge, []string{"HX-Current-URL", own + "/page"}},
		{"NoRedirect goes before htmx", "GET", "/api", jsonLogin, []string{"HX-Current-URL", own + "/page"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := s.browser().do(row.method, row.path, append(row.header, "HX-Request", "true")...)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "events", s.told(), "user_accessed user_unauthorized")
		})
	}
	t.Run("the message is flashed as for a browser", func(t *testing.T) {
		b := s.browser()
		b.do("GET", "/part", "HX-Request", "true")
		wants(t, "flashes", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
	})
}

func TestAGuardTakesItsOwnOptions(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for path, guard := range map[string]gin.HandlerFunc{
		"/plain":          ginlogin.LoginRequired(),
		"/own-view":       ginlogin.LoginRequired(ginlogin.LoginView("/admin/login")),
		"/no-view":        ginlogin.LoginRequired(ginlogin.LoginView("")),
		"/no-redirect":    ginlogin.LoginRequired(ginlogin.NoRedirect()),
		"/both":           ginlogin.LoginRequired(ginlogin.LoginView("/admin/login"), ginlogin.NoRedirect()),
		"/last-wins":      ginlogin.LoginRequired(ginlogin.LoginView("/first"), ginlogin.LoginView("/last")),
		"/vip":            ginlogin.FreshLoginRequired(),
		"/fresh-own-view": ginlogin.FreshLoginRequired(ginlogin.RefreshView("/admin/again"), ginlogin.LoginView("/admin/login")),
		"/fresh-no-view":  ginlogin.FreshLoginRequired(ginlogin.RefreshView(""), ginlogin.LoginView("")),
		"/fresh-api":      ginlogin.FreshLoginRequired(ginlogin.NoRedirect()),
	} {
		s.guarded(path, guard)
	}
	stale := s.browser()
	stale.post("/login?id=1&fresh=0")

	for _, row := range []struct{ name, path, anonymous, stale string }{
		{"no options take the manager's views", "/vip", "302 | Location: /login?next=%2Fvip", "302 | Location: /reauthenticate?next=%2Fvip"},
		{"LoginView sends to that view", "/own-view", "302 | Location: /admin/login?next=%2Fown-view", "200 | inside"},
		{"an empty LoginView answers 401 without a body", "/no-view", "401 | WWW-Authenticate: Session", "200 | inside"},
		{"NoRedirect answers 401 with a JSON body", "/no-redirect", jsonLogin, "200 | inside"},
		{"NoRedirect outweighs a view", "/both", jsonLogin, "200 | inside"},
		{"the last option of a kind counts", "/last-wins", "302 | Location: /last?next=%2Flast-wins", "200 | inside"},
		{"RefreshView is for the stale, LoginView for the anonymous", "/fresh-own-view", "302 | Location: /admin/login?next=%2Ffresh-own-view", "302 | Location: /admin/again?next=%2Ffresh-own-view"},
		{"an empty RefreshView answers 401 without a body", "/fresh-no-view", "401 | WWW-Authenticate: Session", "401 | WWW-Authenticate: Session" + stepUp},
		{"NoRedirect tells the stale from the anonymous", "/fresh-api", jsonLogin, jsonRefresh},
		{"no option of one guard is seen by another", "/plain", "302 | Location: /login?next=%2Fplain", "200 | inside"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wants(t, "anonymous", answerOf(s.browser().do("GET", row.path)), row.anonymous)
			wants(t, "stale", answerOf(stale.do("GET", row.path)), row.stale)
		})
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

func TestWithoutViewsGuardsAnswer401(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.LoginView, s.lm.RefreshView = "", "" })
	b := s.browser()
	wants(t, "a browser", answerOf(b.do("GET", "/secret", "Accept", acceptHTML)), "401 | WWW-Authenticate: Session")
	wants(t, "a script", answerOf(b.do("GET", "/secret", "Accept", "application/json")), jsonLogin)
	wants(t, "htmx", answerOf(b.do("GET", "/secret", "HX-Request", "true")), jsonLogin)
	b.post("/login?id=1&fresh=0")
	wants(t, "a stale browser", answerOf(b.do("GET", "/vault", "Accept", acceptHTML)), "401 | WWW-Authenticate: Session"+stepUp)
	wants(t, "a stale script", answerOf(b.do("GET", "/vault", "Accept", "application/json")), jsonRefresh)
}

func TestThe401OfAManagerWithARequestLoaderNamesBearer(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) {
			return s.users.get(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")), nil
		})
	})
	b := s.browser()
	want := []string{"Bearer"}
	for _, token := range []string{"", "Bearer wrong", "Basic QTpC"} {
		rep := b.do("GET", "/secret", "Accept", "application/json", "Authorization", token)
		wants(t, "status", rep.StatusCode, 401)
		wants(t, "WWW-Authenticate", fmt.Sprint(rep.Header.Values("WWW-Authenticate")), fmt.Sprint(want))
	}
	wants(t, "with a token", b.get("/secret", "Authorization", "Bearer 1"), "200 secret")
	wants(t, "a token is no fresh login", answerOf(b.do("GET", "/vault", "Authorization", "Bearer 1", "Accept", "application/json")),
		"401 | WWW-Authenticate: Bearer"+stepUp+` | {"error":"fresh login required"}`)
	wants(t, "an inactive user's token", b.do("GET", "/secret", "Authorization", "Bearer 3").StatusCode, http.StatusUnauthorized)
}

func TestAMiddlewareCanRenderThePageOfARefusal(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	lm.Logger = slog.New(slog.DiscardHandler)
	b := alone(t, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			c.Next()
			if !c.Writer.Written() && c.Writer.Status() >= 400 {
				c.String(c.Writer.Status(), "page of %d", c.Writer.Status())
			}
		}, useSessions(), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		r.GET("/401", ginlogin.LoginRequired())
		r.GET("/403", passes(func(*gin.Context, ginlogin.User) bool { return false }))
	})
	wants(t, "no view", b.get("/401"), "401 page of 401")
	b.post("/login")
	wants(t, "failed test", b.get("/403"), "403 page of 403")
	users.fail(errors.New("database down"))
	wants(t, "outage", b.get("/403"), "503 page of 503")
}

func TestAnonymousRequiredSendsUsersAway(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	wants(t, "anonymous GET", b.get("/welcome"), "200 inside")
	wants(t, "anonymous POST", b.post("/welcome"), "200 inside")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	s.told()
	wants(t, "a user's GET", answerOf(b.do("GET", "/welcome")), "302 | Location: /home")
	wants(t, "a user's HEAD", answerOf(b.do("HEAD", "/welcome")), "302 | Location: /home")
	wants(t, "a user's POST", answerOf(b.do("POST", "/welcome")), "303 | Location: /home")
	wants(t, "the handler never ran", s.told(), "user_accessed=1 user_accessed=1 user_accessed=1")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")

	s.guarded("/api/register", ginlogin.AnonymousRequired("/home", ginlogin.NoRedirect()))
	wants(t, "a user's program", answerOf(b.do("GET", "/api/register")), `403 | {"error":"already logged in"}`)

	inactive := s.browser()
	inactive.post("/login?id=3&force=1")
	wants(t, "an inactive user, who has to log in here", inactive.get("/welcome"), "200 inside")
}

func TestAnonymousRequiredNeverAnswers503(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, _ error) { c.String(http.StatusServiceUnavailable, "down") }
	})
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()

	s.users.fail(errors.New("database down"))
	wants(t, "loader down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
	s.users.fail(nil)
	store.failLoads(errors.New("store down"))
	wants(t, "store down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: reading the session: store down")
	store.failLoads(nil)
	wants(t, "all is well again", b.do("GET", "/welcome").StatusCode, http.StatusFound)
}

func TestUnauthorizedAndNeedsRefreshAnswerAsTheGuardsDo(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	refusing := func(refuse func(*gin.Context, ...ginlogin.GuardOption), opts ...ginlogin.GuardOption) gin.HandlerFunc {
		return func(c *gin.Context) { refuse(c, opts...) }
	}
	s.guarded("/login-please", refusing(ginlogin.Unauthorized))
	s.guarded("/login-there", refusing(ginlogin.Unauthorized, ginlogin.LoginView("/admin/login")))
	s.guarded("/login-api", refusing(ginlogin.Unauthorized, ginlogin.NoRedirect()))
	s.guarded("/password-please", refusing(ginlogin.NeedsRefresh))
	s.guarded("/password-there", refusing(ginlogin.NeedsRefresh, ginlogin.RefreshView("/admin/again")))
	s.guarded("/password-api", refusing(ginlogin.NeedsRefresh, ginlogin.NoRedirect()))

	for _, row := range []struct{ path, answer, events, flashes string }{
		{"/login-please", "302 | Location: /login?next=%2Flogin-please", "user_unauthorized", "200 [{message " + loginMessage + "}] <nil>"},
		{"/login-there", "302 | Location: /admin/login?next=%2Flogin-there", "user_unauthorized", "200 [{message " + loginMessage + "}] <nil>"},
		{"/login-api", jsonLogin, "user_unauthorized", "200 [] <nil>"},
		{"/password-please", "302 | Location: /reauthenticate?next=%2Fpassword-please", "user_needs_refresh", "200 [{message " + refreshMessage + "}] <nil>"},
		{"/password-there", "302 | Location: /admin/again?next=%2Fpassword-there", "user_needs_refresh", "200 [{message " + refreshMessage + "}] <nil>"},
		{"/password-api", jsonRefresh, "user_needs_refresh", "200 [] <nil>"},
	} {
		t.Run(row.path[1:], func(t *testing.T) {
			b := s.browser()
			rep := b.do("GET", row.path)
			wants(t, "answer", answerOf(rep), row.answer)
			wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			wants(t, "the handler never ran, and no user was loaded", s.told(), row.events)
			wants(t, "flashes", b.get("/flashes"), row.flashes)
		})
	}
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "a user who may not do this either", answerOf(b.do("GET", "/login-please")), "302 | Location: /login?next=%2Flogin-please")
}

func TestACustomHandlerAnswersInsteadAndTheChainIsAborted(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.UnauthorizedHandler = func(c *gin.Context) { c.String(http.StatusTeapot, "who are you? ") } // forgets to abort
		s.lm.NeedsRefreshHandler = func(c *gin.Context) { c.String(http.StatusConflict, "is it you? ") }
	})
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	s.guarded("/called", func(c *gin.Context) { ginlogin.Unauthorized(c) })
	s.guarded("/called-too", func(c *gin.Context) { ginlogin.NeedsRefresh(c) })
	b := s.browser()

	wants(t, "unauthorized", b.get("/page"), "418 who are you? ")
	wants(t, "events", s.told(), "user_accessed user_unauthorized")
	wants(t, "a script", b.get("/page", "Accept", "application/json"), "418 who are you? ")
	wants(t, "called", b.get("/called"), "418 who are you? ")
	wants(t, "called, too", b.get("/called-too"), "409 is it you? ")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")
	b.post("/login?id=1&fresh=0")
	s.told()
	wants(t, "needs refresh", b.get("/vip"), "409 is it you? ")
	wants(t, "events", s.told(), "user_accessed=1 user_needs_refresh=1")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")
}

func TestACustomHandlerThatAnswersNothingStillAborts(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.UnauthorizedHandler = func(*gin.Context) {}
		s.lm.NeedsRefreshHandler = func(*gin.Context) {}
		s.lm.ErrorHandler = func(*gin.Context, error) {}
	})
	s.guarded("/page", ginlogin.FreshLoginRequired())
	b := s.browser()
	wants(t, "anonymous", b.get("/page"), "200 ")
	b.post("/login?id=1&fresh=0")
	wants(t, "stale", b.get("/page"), "200 ")
	s.users.fail(errors.New("database down"))
	wants(t, "outage", b.get("/page"), "200 ")
	wants(t, "the handler never ran", strings.Contains(s.told(), "handler"), false)
}

func TestAnOutageOfTheLoaderIs503AndNoLogout(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	s.guarded("/ada", passes(func(*gin.Context, ginlogin.User) bool { return true }))
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()
	s.users.fail(errors.New("database down"))
	s.told()

	for _, row := range []struct{ name, path, accept, want string }{
		{"LoginRequired gives a browser no body", "/page", acceptHTML, "503"},
		{"LoginRequired gives a script JSON", "/page", "application/json", `503 | {"error":"service unavailable"}`},
		{"NoRedirect gives everybody JSON", "/api", acceptHTML, `503 | {"error":"service unavailable"}`},
		{"FreshLoginRequired asks for no password", "/vip", acceptHTML, "503"},
		{"UserPasses asks for no login", "/ada", acceptHTML, "503"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := b.do("GET", row.path, "Accept", row.accept)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "cookies set", len(rep.Cookies()), 0)
			wants(t, "events", s.told(), "user_accessed")
			wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
		})
	}
	s.users.fail(nil)
	wants(t, "afterwards", b.get("/vip"), "200 inside")
}

func TestAnOutageOfTheStoreIs503AndNoLogout(t *testing.T) {
	store := &faultyStore{Store: memStore()}
	s := newSite(t, store, nil)
	s.guarded("/page", ginlogin.LoginRequired())
	b := s.browser()
	b.post("/login?id=1")
	s.users.calls()
	store.failLoads(errors.New("store down"))
	rep := b.do("GET", "/page")
	wants(t, "answer", answerOf(rep), "503")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "a visitor without cookies has to log in all the same", s.browser().do("GET", "/page").StatusCode, http.StatusFound)
	store.failLoads(nil)
	wants(t, "afterwards", b.get("/page"), "200 inside")
}

func TestErrorHandlerAnswersAnOutage(t *testing.T) {
	down := errors.New("database down")
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, err error) { // forgets to abort
			c.String(http.StatusBadGateway, "is it that? %v; ", errors.Is(err, down))
		}
	})
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(down)
	s.told()
	wants(t, "a browser", b.get("/page"), "502 is it that? true; ")
	wants(t, "a script", b.get("/api", "Accept", "application/json"), "502 is it that? true; ")
	wants(t, "the handler never ran", s.told(), "user_accessed user_accessed")
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

func TestARefusalAfterTheHeadersLeavesTheResponseWholeAndAborts(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	begun := func(c *gin.Context) {
		c.Status(http.StatusAccepted)
		_, _ = c.Writer.WriteString("begun")
	}
	never := passes(func(*gin.Context, ginlogin.User) bool { return false })
	s.guarded("/login-required", begun, ginlogin.LoginRequired())
	s.guarded("/fresh-required", begun, ginlogin.FreshLoginRequired())
	s.guarded("/passes", begun, never)
	s.guarded("/passes-api", begun, passes(func(*gin.Context, ginlogin.User) bool { return false }, ginlogin.NoRedirect()))
	s.guarded("/api", begun, ginlogin.LoginRequired(ginlogin.NoRedirect()))
	s.guarded("/anonymous", begun, ginlogin.AnonymousRequired("/home"))
	s.guarded("/unauthorized", begun, func(c *gin.Context) { ginlogin.Unauthorized(c) })
	s.guarded("/needs-refresh", begun, func(c *gin.Context) { ginlogin.NeedsRefresh(c) })
	stale := s.browser()
	stale.post("/login?id=1&fresh=0")
	s.told()

	for _, row := range []struct {
		name, path string
		user       bool
		outage     error
	}{
		{"LoginRequired of the anonymous", "/login-required", false, nil},
		{"LoginRequired with NoRedirect", "/api", false, nil},
		{"LoginRequired in an outage", "/login-required", true, errors.New("down")},
		{"LoginRequired with NoRedirect in an outage", "/api", true, errors.New("down")},
		{"FreshLoginRequired of the stale", "/fresh-required", true, nil},
		{"UserPasses of who fails", "/passes", true, nil},
		{"UserPasses with NoRedirect of who fails", "/passes-api", true, nil},
		{"AnonymousRequired of a user", "/anonymous", true, nil},
		{"Unauthorized", "/unauthorized", false, nil},
		{"NeedsRefresh", "/needs-refresh", true, nil},
	} {
		for _, accept := range []string{acceptHTML, "application/json"} {
			t.Run(row.name+", asked for "+accept[:9], func(t *testing.T) {
				b := s.browser()
				if row.user {
					b = stale
				}
				s.users.fail(row.outage)
				rep := b.do("GET", row.path, "Accept", accept)
				s.users.fail(nil)
				wants(t, "answer", answerOf(rep), "202 | begun")
				wants(t, "cookies", len(rep.Cookies()), 0)
				wants(t, "the handler ran", strings.Contains(s.told(), "handler"), false)
			})
		}
	}
}

func TestGuardsThatMakeNoSensePanicWhenTheyAreMade(t *testing.T) {
	for _, row := range []struct {
		name  string
		make  func()
		parts []string
	}{
		{"AnonymousRequired to a relative path", func() { ginlogin.AnonymousRequired("home") }, []string{"AnonymousRequired", "begins with /"}},
		{"AnonymousRequired to nowhere", func() { ginlogin.AnonymousRequired("") }, []string{"AnonymousRequired"}},
		{"UserPasses without a test", func() { ginlogin.UserPasses[*account](nil) }, []string{"UserPasses"}},
		{"RequestPasses without a test", func() { ginlogin.RequestPasses[*account](nil) }, []string{"RequestPasses"}},
		{"Otherwise to nowhere", func() { ginlogin.Otherwise("") }, []string{"Otherwise", "empty"}},
		{"For without a manager", func() { ginlogin.For(nil) }, []string{"For"}},
		{"FreshFor less than no time", func() { ginlogin.FreshFor(-1) }, []string{"FreshFor"}},
		{"LoginView of a relative path", func() { ginlogin.LoginView("evil") }, []string{"LoginView", `"evil"`}},
		{"RefreshView of a relative path", func() { ginlogin.RefreshView("evil") }, []string{"RefreshView", `"evil"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantsText(t, "panic", panicText(row.make), append(row.parts, "ginlogin: ")...)
		})
	}
	for _, view := range []string{"", "/login", "https://sso.example/login"} {
		wants(t, "LoginView "+view, panicText(func() { ginlogin.LoginView(view); ginlogin.RefreshView(view) }), "")
	}
}

func TestAGuardRefusesTheOptionsThatItWouldIgnore(t *testing.T) {
	guards := map[string]func(...ginlogin.GuardOption){
		"LoginRequired":      func(o ...ginlogin.GuardOption) { ginlogin.LoginRequired(o...) },
		"FreshLoginRequired": func(o ...ginlogin.GuardOption) { ginlogin.FreshLoginRequired(o...) },
		"UserPasses":         func(o ...ginlogin.GuardOption) { ginlogin.UserPasses(isAda, o...) },
		"RequestPasses": func(o ...ginlogin.GuardOption) {
			passes(func(*gin.Context, ginlogin.User) bool { return true }, o...)
		},
		"AnonymousRequired": func(o ...ginlogin.GuardOption) { ginlogin.AnonymousRequired("/", o...) },
	}
	for _, row := range []struct {
		name    string
		option  ginlogin.GuardOption
		takenBy string
	}{
		{"LoginView", ginlogin.LoginView("/in"), "LoginRequired FreshLoginRequired UserPasses RequestPasses"},
		{"RefreshView", ginlogin.RefreshView("/again"), "FreshLoginRequired"},
		{"FreshFor", ginlogin.FreshFor(time.Minute), "FreshLoginRequired"},
		{"Otherwise", ginlogin.Otherwise("/plans"), "UserPasses RequestPasses"},
		{"NoRedirect", ginlogin.NoRedirect(), "LoginRequired FreshLoginRequired UserPasses RequestPasses AnonymousRequired"},
		{"For", ginlogin.For(ginlogin.New(newAccounts().find)), "LoginRequired FreshLoginRequired UserPasses RequestPasses AnonymousRequired"},
	} {
		for guard, make := range guards {
			got := panicText(func() { make(row.option) })
			if slices.Contains(strings.Fields(row.takenBy), guard) {
				wants(t, guard+" with "+row.name, got, "")
				continue
			}
			wantsText(t, guard+" with "+row.name, got, "ginlogin: "+guard+" would ignore the option "+row.name)
		}
	}
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

func TestAnonymousRequiredOnThePageItRedirectsToIsReportedAndLetsPass(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/welcome", ginlogin.AnonymousRequired("/welcome"))
	s.guarded("/reauthenticate", ginlogin.AnonymousRequired("/home")) // the RefreshView
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	for _, path := range []string{"/welcome", "/reauthenticate"} {
		wants(t, path, b.get(path+"?next=%2Fvault"), "200 inside")
		wantsText(t, "errors", s.failures(), "ginlogin: AnonymousRequired stands before "+path)
	}
}
