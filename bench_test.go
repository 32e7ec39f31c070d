package ginlogin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A benchmarked app answers /static, which never asks, and /secret, which is
// guarded.
func benchmarkedApp(middlewares ...gin.HandlerFunc) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(middlewares...)
	r.GET("/static", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	return r
}

func benchmarkedManager() *ginlogin.LoginManager {
	ada := &account{ID: "1", Name: "Ada"}
	lm := ginlogin.New(func(context.Context, string) (*account, error) { return ada, nil })
	lm.SecretKeys = [][]byte{keyOf("remember")}
	return lm
}

func guardedApp() *gin.Engine {
	r := benchmarkedApp(sessions.Sessions("session", cookieStore()), benchmarkedManager().Middleware())
	r.GET("/secret", ginlogin.LoginRequired(), func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.POST("/login", func(c *gin.Context) { _ = ginlogin.Login(c, &account{ID: "1"}) })
	return r
}

func loginCookies(r http.Handler) []*http.Cookie {
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, httptest.NewRequest("POST", "/login", nil))
	return recorder.Result().Cookies()
}

// nowhere is a response that costs nothing.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

// serveOnce returns a function that serves the same request each time. The
// session package replaces the request's context, so it is put back.
func serveOnce(r http.Handler, path string, cookies ...*http.Cookie) func() {
	req := httptest.NewRequest("GET", path, nil)
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	fresh := *req
	w := nowhere{http.Header{}}
	return func() {
		*req = fresh
		clear(w.header)
		r.ServeHTTP(w, req)
	}
}

func benchmarkServe(b *testing.B, r http.Handler, path string, cookies ...*http.Cookie) {
	serve := serveOnce(r, path, cookies...)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

// What ginlogin costs above sessions.Sessions alone: compare the cases.
func BenchmarkRequest(b *testing.B) {
	sessionsAlone, r := benchmarkedApp(sessions.Sessions("session", cookieStore())), guardedApp()
	b.Run("sessions alone", func(b *testing.B) { benchmarkServe(b, sessionsAlone, "/static") })
	b.Run("untouched", func(b *testing.B) { benchmarkServe(b, r, "/static") })
	b.Run("untouched, logged in", func(b *testing.B) { benchmarkServe(b, r, "/static", loginCookies(r)...) })
	b.Run("anonymous", func(b *testing.B) { benchmarkServe(b, r, "/secret") })
	b.Run("authenticated", func(b *testing.B) { benchmarkServe(b, r, "/secret", loginCookies(r)...) })

	// What reading the session alone costs is the floor of the last case.
	reading := benchmarkedApp(sessions.Sessions("session", cookieStore()))
	reading.GET("/secret", func(c *gin.Context) {
		if sessions.Default(c).Get(sessionKey) == nil {
			b.Error("no session")
		}
	})
	b.Run("session read", func(b *testing.B) { benchmarkServe(b, reading, "/secret", loginCookies(r)...) })
}

func TestAnUntouchedRequestAllocatesOneObjectMore(t *testing.T) {
	alone := serveOnce(benchmarkedApp(sessions.Sessions("session", cookieStore())), "/static")
	with := serveOnce(guardedApp(), "/static")
	var more float64
	for range 10 { // the race detector empties pools at random
		if more = testing.AllocsPerRun(1000, with) - testing.AllocsPerRun(1000, alone); more <= 1 {
			return
		}
	}
	t.Errorf("%v objects more than without ginlogin", more)
}
