package ginlogin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
