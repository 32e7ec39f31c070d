package ginlogin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestWhatNoCallerGetsIsLogged(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		gone bool
		want []string
	}{
		{"an outage is an error", errors.New("database down"), false, []string{"level=ERROR", "database down", "method=GET", "path=/page"}},
		{"an outage is an error though the client has gone", errors.New("database down"), true, []string{"level=ERROR", "database down"}},
		{"that the client has gone is none", context.Canceled, true, []string{"level=DEBUG", "context canceled"}},
		{"a context that the client has not canceled is one", context.Canceled, false, []string{"level=ERROR", "context canceled"}},
		{"that the time is up is one", context.DeadlineExceeded, false, []string{"level=ERROR", "deadline exceeded"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.Logger = slog.New(slog.NewTextHandler(syncWriter{s}, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			s.engine.GET("/page", func(c *gin.Context) {
				if row.gone {
					ctx, cancel := context.WithCancel(c.Request.Context())
					cancel()
					c.Request = c.Request.WithContext(ctx)
				}
				c.String(http.StatusOK, "user %q", ginlogin.CurrentUser(c).GetID())
			})
			b := s.browser()
			b.post("/login?id=1")
			s.users.fail(row.err)
			wants(t, "page", b.get("/page?secret=1"), `200 user ""`)
			logged := s.logged()
			wantsText(t, "log", logged, row.want...)
			wants(t, "lines", strings.Count(logged, "\n"), 1)
			wants(t, "the query is not logged", strings.Contains(logged, "secret"), false)
			wants(t, "errors", s.failures(), "ginlogin: loading the user: "+row.err.Error())
		})
	}
}

func TestWithoutALoggerTheDefaultOneIsUsed(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logger = nil })
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewTextHandler(syncWriter{s}, nil)))
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(errors.New("database down"))
	b.get("/whoami")
	wantsText(t, "log", s.logged(), "level=ERROR", "database down")
}

// A user that the loader does not find is sent from the page to the login and back for
// ever.
func TestALoginWhoseUserIsNotFoundIsWarnedOfOnce(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/enter", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "ada@example.org"})) })
	for range 2 {
		b := s.browser()
		b.post("/enter")
		wants(t, "user", b.get("/whoami"), "200 user ")
	}
	logged := s.logged()
	wants(t, "warnings", strings.Count(logged, "\n"), 1)
	wantsText(t, "log", logged, "level=WARN", "the user loader does not find the user who has just logged in", "user=ada@example.org")

	s = newSite(t, cookieStore(), nil) // another one has not warned yet
	b := s.browser()
	b.post("/login?id=1")
	s.clock.Advance(time.Minute)
	s.users.drop("1")
	b.get("/whoami")
	wants(t, "of a user who is deleted later", s.logged(), "")
}

func TestASettingThatIsAssignedTooLateIsWarnedOfOnce(t *testing.T) {
	for field, assign := range map[string]func(lm *ginlogin.LoginManager){
		"LoginView":       func(lm *ginlogin.LoginManager) { lm.LoginView = "/other" },
		"Remember":        func(lm *ginlogin.LoginManager) { lm.Remember.Duration = time.Hour },
		"Remember ":       func(lm *ginlogin.LoginManager) { lm.Remember.Name = "other" },
		"TrustedOrigins":  func(lm *ginlogin.LoginManager) { lm.TrustedOrigins[0] = "https://other.example" },
		"TrustedOrigins ": func(lm *ginlogin.LoginManager) { lm.TrustedOrigins = append(lm.TrustedOrigins, "https://c.example") },
		"SecretKeys":      func(lm *ginlogin.LoginManager) { lm.SecretKeys[0] = keyOf("other") },
		"SecretKeys ":     func(lm *ginlogin.LoginManager) { lm.SecretKeys = append(lm.SecretKeys, keyOf("other")) },
		"Logins ":         func(lm *ginlogin.LoginManager) { lm.Logins = rowsByValue{newShelf(), nil} },
		"Logins":          func(lm *ginlogin.LoginManager) { lm.Logins = newShelf() },
		"Localize":        func(lm *ginlogin.LoginManager) { lm.Localize = func(*gin.Context, string) string { return "" } },
		"IdleTimeout":     func(lm *ginlogin.LoginManager) { lm.IdleTimeout = time.Hour },
		"Logger":          func(lm *ginlogin.LoginManager) { lm.Logger = slog.Default() },
	} {
		s := newSite(t, cookieStore(), func(s *site) {
			s.lm.SecretKeys = append(make([][]byte, 0, 9), keyOf("remember"))
			s.lm.TrustedOrigins = append(make([]string, 0, 9), "https://a.example")
		})
		assign(s.lm)
		for range 2 {
			s.browser().get("/whoami")
		}
		logged := s.logged()
		wants(t, field+": warnings", strings.Count(logged, "\n"), 1)
		wantsText(t, "log", logged, "level=WARN", "LoginManager."+strings.TrimSpace(field)+" was assigned after Middleware")
	}
}

func TestNoSettingIsWarnedOfThatWasAssignedInTime(t *testing.T) {
	for _, name := range []string{"", "staff"} {
		s := newSite(t, cookieStore(), func(s *site) { s.lm.Name = name })
		s.browser().get("/whoami")
		clear(s.lm.SecretKeys[0]) // a program may wipe what it has read
		s.browser().get("/whoami")
		wants(t, "log", s.logged(), "")
	}
}

func TestAnAddressThatAnyClientCanForgeIsWarnedOfOnce(t *testing.T) {
	all := []string{"0.0.0.0/0", "::/0"}
	for _, row := range []struct {
		name    string
		trusted []string
		engine  func(*gin.Engine)
		header  []string
		want    int
	}{
		{"a header that Gin believes from all", all, nil, []string{"X-Forwarded-For", "192.0.2.1"}, 1},
		{"another header that Gin believes from all", all, nil, []string{"X-Real-Ip", "192.0.2.1"}, 1},
		{"a header of several proxies", all, nil, []string{"X-Forwarded-For", "192.0.2.1, 198.51.100.4"}, 1},
		{"an address of IPv6", all, nil, []string{"X-Forwarded-For", "2001:db8::1"}, 1},
		{"a header that the app has chosen", all, func(e *gin.Engine) { e.RemoteIPHeaders = []string{"CF-Connecting-IP"} }, []string{"CF-Connecting-IP", "192.0.2.1"}, 1},
		{"a header of a platform, which is believed on purpose", nil, func(e *gin.Engine) { e.TrustedPlatform = gin.PlatformFlyIO }, []string{"Fly-Client-Ip", "192.0.2.1"}, 0},
		{"no header", all, nil, nil, 0},
		{"a header that is not read", all, nil, []string{"CF-Connecting-IP", "192.0.2.1"}, 0},
		{"a header without an address", all, nil, []string{"X-Forwarded-For", "unknown"}, 0},
		{"a header that Gin believes from the proxy", []string{"127.0.0.1"}, nil, []string{"X-Forwarded-For", "192.0.2.1"}, 0},
		{"a header that Gin believes from none", nil, nil, []string{"X-Forwarded-For", "192.0.2.1"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			noError(t, s.engine.SetTrustedProxies(row.trusted))
			if row.engine != nil {
				row.engine(s.engine)
			}
			for range 2 {
				s.browser().post("/login?id=1", row.header...)
			}
			wants(t, "warnings", strings.Count(s.logged(), "call SetTrustedProxies on the engine"), row.want)
		})
	}
}

// Callers ignore the error, and wonder why users stay logged out.
func TestALoginAfterTheHeadersIsWarnedOfOnce(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "begun")
		_ = ginlogin.Login(c, s.users.get("1"))
	})
	for range 2 {
		s.browser().post("/late")
	}
	logged := s.logged()
	wants(t, "warnings", strings.Count(logged, "\n"), 1)
	wantsText(t, "log", logged, "level=WARN", ginlogin.ErrHeadersWritten.Error(), "path=/late")
}

// Customer 1 would be employee 1.
func TestManagersOfOneNameWithTwoUserTypesAreWarnedOfOnce(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	customers := ginlogin.New(newAccounts().find)
	staff := ginlogin.New(func(_ context.Context, id string) (*insured, error) { return &insured{account: account{ID: id}}, nil })
	staff.SecretKeys = [][]byte{keyOf("k")}
	customers.Logger, staff.Logger = logger, logger
	b := alone(t, func(r *gin.Engine) {
		r.Use(useSessions())
		r.Group("/shop", customers.Middleware()).POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "1"})) })
		r.Group("/staff", staff.Middleware()).GET("/me", func(c *gin.Context) { ginlogin.CurrentUser(c) })
	})
	b.post("/shop/login")
	for range 2 {
		b.get("/staff/me")
	}
	wants(t, "warnings: "+log.String(), strings.Count(log.String(), "two managers with the same LoginManager.Name"), 1)
	wantsText(t, "log", log.String(), "*ginlogin_test.account", "*ginlogin_test.insured")
}

// Requests that tests hand to an engine come from no server, so that nothing tells
// which managers serve one site.
func TestManagersWithoutAServerAreNotWarnedOf(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	customers := ginlogin.New(newAccounts().find)
	staff := ginlogin.New(func(_ context.Context, id string) (*insured, error) { return &insured{account: account{ID: id}}, nil })
	staff.SecretKeys = [][]byte{keyOf("k")}
	for _, lm := range []*ginlogin.LoginManager{customers, staff} {
		lm.Logger = logger
		engine := gin.New()
		engine.Use(useSessions(), lm.Middleware())
		engine.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "1"})) })
		engine.GET("/me", func(c *gin.Context) { ginlogin.CurrentUser(c) })
		login := httptest.NewRecorder()
		engine.ServeHTTP(login, httptest.NewRequest("POST", "/login", nil))
		req := httptest.NewRequest("GET", "/me", nil)
		for _, cookie := range login.Result().Cookies() {
			req.AddCookie(cookie)
		}
		engine.ServeHTTP(httptest.NewRecorder(), req)
	}
	wants(t, "log", strings.Contains(log.String(), "two login managers"), false)
}
