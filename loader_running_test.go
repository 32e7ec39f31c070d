package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// within fails the test unless f returns soon.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: it does not return", what)
	}
}

func TestWhileARequestLoaderRunsTheUserIsAnonymous(t *testing.T) {
	var answers string
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) {
			u, err := ginlogin.LoadUser(c)
			_, below := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
			_, found := ginlogin.UserAs[*account](c)
			answers = fmt.Sprint(u.IsAnonymous(), err, ginlogin.CurrentUser(c).IsAnonymous(), below, found)
			return s.users.get("2"), nil
		}
	})
	within(t, "the request", func() {
		b := s.browser()
		wants(t, "user", b.get("/whoami"), "200 user 2")
		wants(t, "answers to the loader", answers, "true <nil> true false false")
		wants(t, "events", s.told(), "user_accessed=2 user_loaded_from_request=2")

		b.post("/login?id=1")
		s.users.drop("1")
		answers = ""
		wants(t, "behind a vanished login", b.get("/whoami"), "200 user 2")
		wants(t, "answers to the loader", answers, "true <nil> true false false")
	})
}

// ginContext is the key under which a test keeps the *gin.Context in the
// request's context, as some apps do.
type ginContext struct{}

func TestWhileAUserLoaderRunsTheUserIsAnonymous(t *testing.T) {
	for name, ask := range map[string]func(c *gin.Context) ginlogin.User{
		"for CurrentUser": func(c *gin.Context) ginlogin.User { return ginlogin.CurrentUser(c) },
		"for Context": func(c *gin.Context) ginlogin.User {
			u, _ := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
			return u
		},
		"for CurrentUser of a request that has the context with the user": func(c *gin.Context) ginlogin.User {
			c.Request = c.Request.WithContext(ginlogin.Context(c))
			return ginlogin.CurrentUser(c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var answers string
			s := newSite(t, memStore(), func(s *site) {
				s.engine.Use(func(c *gin.Context) {
					c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginContext{}, c))
				})
				loadWith(s, func(ctx context.Context, id string) (*account, error) {
					_, below := ginlogin.UserAs[ginlogin.User](ctx)
					u, err := ginlogin.LoadUser(ctx.Value(ginContext{}).(*gin.Context))
					answers = fmt.Sprint(below, u.IsAnonymous(), err)
					return s.users.find(ctx, id)
				})
			})
			s.shows("/ask", func(c *gin.Context) any { return ask(c).GetID() })
			b := s.browser()
			b.post("/login?id=1")
			// Without the server, which could not be closed if the request hung.
			within(t, "the request", func() { wants(t, "user", b.direct("/ask").Body.String(), "1") })
			wants(t, "answers to the loader", answers, "false true <nil>")
			wants(t, "asked", strings.Join(s.users.calls(), " "), "1")
		})
	}
}

func TestWhileTheActingUserIsLoadedTheUserIsAnonymous(t *testing.T) {
	var answers []string
	s := newSite(t, memStore(), func(s *site) {
		s.engine.Use(func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginContext{}, c))
		})
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			u, err := ginlogin.LoadUser(ctx.Value(ginContext{}).(*gin.Context))
			answers = append(answers, fmt.Sprint(id, u.IsAnonymous(), err))
			return s.users.find(ctx, id)
		})
	})
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	s.engine.POST("/stop", func(c *gin.Context) { answer200(c, ginlogin.StopImpersonating(c)) })
	b := s.browser()
	b.post("/login?id=1")
	b.post("/act")
	answers = nil
	wants(t, "stop", b.post("/stop"), "200 ok")
	wants(t, "answers to the loader", strings.Join(answers, " "), "1true <nil> 1true <nil>")
}

func TestAfterALoaderThatPanicsTheRequestHasAnOutage(t *testing.T) {
	var panics atomic.Bool
	s := newSite(t, memStore(), func(s *site) {
		s.engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, v any) { c.String(http.StatusInternalServerError, "%v", v) }))
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			if panics.Load() {
				panic("driver bug")
			}
			return s.users.find(ctx, id)
		})
		s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) {
			if panics.Load() {
				panic("header bug")
			}
			return nil, nil
		}
	})
	recovers := func(c *gin.Context) { c.Set("panic", panicText(func() { ginlogin.CurrentUser(c) })) }
	s.engine.GET("/guarded", recovers, ginlogin.LoginRequired(), func(*gin.Context) { t.Error("the guard lets the request pass") })
	s.engine.GET("/asks", recovers, func(c *gin.Context) {
		u, err := ginlogin.LoadUser(c)
		c.String(http.StatusOK, "%s, then %q, %v", c.GetString("panic"), u.GetID(), err)
	})
	b := s.browser()
	b.post("/login?id=1")
	panics.Store(true)
	within(t, "the requests", func() {
		rep := b.do("GET", "/whoami")
		wants(t, "a user loader", rep.body, "driver bug")
		wantsNoCookies(t, "a user loader", rep)
		wants(t, "a request loader", s.browser().get("/whoami"), "500 header bug")
		wants(t, "later in the request", b.get("/asks"), `200 driver bug, then "", ginlogin: a function of the app panicked while it helped to find the user`)
		wants(t, "a guard", b.get("/guarded"), "503 ")
		panics.Store(false)
		wants(t, "the next request", b.get("/whoami"), "200 user 1")
	})
}

func TestALoaderGetsTheRequestsContext(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.engine.Use(func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginContext{}, "trace"))
		})
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			wants(t, "value", fmt.Sprint(ctx.Value(ginContext{})), "trace")
			return s.users.find(ctx, id)
		})
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}
