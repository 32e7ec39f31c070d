package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestVaryCookieIsSetOnceAndOnlyWhenTheUserWasAskedFor(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/vary", func(c *gin.Context) {
		c.Header("Vary", "Accept-Encoding")
		ginlogin.CurrentUser(c)
		ginlogin.LoginFresh(c)
		_, _ = ginlogin.Flashes(c)
		c.String(http.StatusOK, "page")
	})
	b := s.browser()
	wants(t, "of who never asks", fmt.Sprint(b.do("GET", "/static").Header["Vary"]), "[]")
	for _, path := range []string{"/whoami", "/home", "/secret", "/fresh", "/remembered", "/userid", "/flashes"} {
		wants(t, "of "+path, fmt.Sprint(b.do("GET", path).Header["Vary"]), "[Cookie]")
	}
	wants(t, "of what sets the session's cookie", fmt.Sprint(b.do("POST", "/flash?message=hello").Header["Vary"]), "[Cookie]")
	b.post("/login?id=1")
	wants(t, "of who never asks, logged in", fmt.Sprint(b.do("GET", "/static").Header["Vary"]), "[]")
	wants(t, "beside what the app varies by", fmt.Sprintf("%q", b.do("GET", "/vary").Header["Vary"]), `["Accept-Encoding" "Cookie"]`)
}

func TestCacheControlIsSetWhenAUserWasFoundOrACookieIsSet(t *testing.T) {
	for _, setting := range []string{"private, no-store", "no-cache", ""} {
		t.Run("CacheControl "+setting, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.CacheControl = setting })
			s.engine.GET("/own", func(c *gin.Context) {
				c.Header("Cache-Control", "max-age=5")
				ginlogin.CurrentUser(c)
				answer200(c, ginlogin.AddFlash(c, "info", "hello"))
			})
			s.engine.GET("/own-later", func(c *gin.Context) {
				ginlogin.CurrentUser(c)
				c.Header("Cache-Control", "max-age=5")
			})
			b := s.browser()
			cacheControl := func(method, path string) string {
				t.Helper()
				return fmt.Sprintf("%q", b.do(method, path).Header["Cache-Control"])
			}
			const none, own = `[]`, `["max-age=5"]`
			private := none
			if setting != "" {
				private = fmt.Sprintf("%q", []string{setting})
			}
			wants(t, "who never asks", cacheControl("GET", "/static"), none)
			wants(t, "a stranger", cacheControl("GET", "/whoami"), none)
			wants(t, "a stranger in a template", cacheControl("GET", "/home"), none)
			wants(t, "a refusal that flashes", cacheControl("GET", "/secret"), private)
			wants(t, "login", cacheControl("POST", "/login?id=1&remember=1"), private)
			wants(t, "a user", cacheControl("GET", "/whoami"), private)
			wants(t, "a user in a template", cacheControl("GET", "/home"), private)
			wants(t, "who never asks, logged in", cacheControl("GET", "/static"), none)
			wants(t, "the app's own", cacheControl("GET", "/own"), own)
			wants(t, "the app's own, set later", cacheControl("GET", "/own-later"), own)
			b.put("session", none)
			wants(t, "a restored user", cacheControl("GET", "/whoami"), private)
			wants(t, "logout", cacheControl("POST", "/logout"), private)
			b.put("remember_token", "forged")
			wants(t, "a remember cookie that is deleted", cacheControl("GET", "/whoami"), private)
		})
	}
}

func TestAfterTheHeadersNoneIsTouched(t *testing.T) {
	var before, after string
	s := newSite(t, cookieStore(), nil)
	s.engine.GET("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "page")
		before = fmt.Sprint(c.Writer.Header())
		ginlogin.CurrentUser(c)
		after = fmt.Sprint(c.Writer.Header())
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 2 {
		rep := b.do("GET", "/late")
		wants(t, "headers", after, before)
		wants(t, "Vary", rep.Header.Get("Vary"), "")
		wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "")
		wants(t, "cookies set", len(rep.Cookies()), 0)
		b.put("session", "") // and now with a login that would be restored
	}
}

// TestASharedCacheHasNothingToKeep looks at every kind of answer as a shared cache
// does (RFC 9111), and as one does that knows nothing of Vary.
func TestASharedCacheHasNothingToKeep(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) {
			if c.GetHeader("X-API-Key") == "" {
				return nil, nil
			}
			return s.users.get("2"), nil
		}
	})
	s.engine.GET("/not-modified", func(c *gin.Context) {
		c.Header("ETag", `"`+ginlogin.CurrentUser(c).GetID()+`"`)
		c.Status(http.StatusNotModified)
	})
	s.engine.GET("/file", ginlogin.LoginRequired(), func(c *gin.Context) {
		http.ServeContent(c.Writer, c.Request, "a.txt", time.Unix(1e9, 0), strings.NewReader("the user's file"))
	})
	s.engine.GET("/forbidden", passes(func(*gin.Context, ginlogin.User) bool { return false }), answerOK)
	s.engine.GET("/alone", ginlogin.AnonymousRequired("/"), answerOK)
	s.engine.GET("/gone", func(c *gin.Context) { ginlogin.CurrentUser(c); c.Status(http.StatusGone) })
	s.engine.GET("/moved", func(c *gin.Context) { ginlogin.CurrentUser(c); c.Redirect(http.StatusMovedPermanently, "/static") })
	s.engine.GET("/service", func(c *gin.Context) {
		c.String(http.StatusOK, userBelow(ginlogin.Context(c)))
	})

	const stranger, user, restored, stale, api = "stranger", "user", "restored", "stale", "api"
	visitor := func(who string) (*browser, []string) {
		b := s.browser()
		switch who {
		case user:
			b.post("/login?id=1")
		case restored:
			b.post("/login?id=1&remember=1")
			b.put("session", "")
		case stale:
			b.post("/login?id=1&fresh=0")
		case api:
			return b, []string{"X-API-Key", "k"}
		}
		return b, nil
	}
	for _, row := range []struct {
		who, method, path string
		header            []string
		status            int
	}{
		{stranger, "GET", "/whoami", nil, 200},
		{stranger, "GET", "/home", nil, 200},
		{stranger, "GET", "/alone", nil, 200},
		{stranger, "GET", "/moved", nil, 301},
		{stranger, "GET", "/gone", nil, 410},
		{stranger, "GET", "/not-modified", nil, 304},
		{stranger, "GET", "/secret", nil, 302},
		{stranger, "HEAD", "/secret", nil, 302},
		{stranger, "POST", "/secret", nil, 303},
		{stranger, "GET", "/secret", []string{"Accept", "application/json"}, 401},
		{stranger, "GET", "/secret", []string{"HX-Request", "true"}, 401},
		{stranger, "POST", "/logout", nil, 200},
		{user, "POST", "/login?id=1", nil, 200},
		{user, "GET", "/whoami", nil, 200},
		{user, "HEAD", "/secret", nil, 200},
		{user, "GET", "/home", nil, 200},
		{user, "GET", "/service", nil, 200},
		{user, "GET", "/alone", nil, 302},
		{user, "GET", "/moved", nil, 301},
		{user, "GET", "/gone", nil, 410},
		{user, "GET", "/not-modified", nil, 304},
		{user, "GET", "/file", nil, 200},
		{user, "GET", "/file", []string{"Range", "bytes=0-3"}, 206},
		{user, "GET", "/file", []string{"If-Modified-Since", "Sun, 09 Sep 2001 01:46:40 GMT"}, 304},
		{user, "GET", "/forbidden", nil, 403},
		{user, "POST", "/confirm", nil, 200},
		{user, "POST", "/logout", nil, 200},
		{stale, "GET", "/vault", nil, 302},
		{stale, "GET", "/vault", []string{"Accept", "application/json"}, 401},
		{restored, "GET", "/whoami", nil, 200},
		{restored, "GET", "/not-modified", nil, 304},
		{restored, "GET", "/vault", nil, 302},
		{api, "GET", "/whoami", nil, 200},
		{api, "GET", "/secret", nil, 200},
		{api, "GET", "/home", nil, 200},
	} {
		t.Run(fmt.Sprint(row.who, " ", row.method, " ", row.path, " ", row.header), func(t *testing.T) {
			b, header := visitor(row.who)
			rep := b.do(row.method, row.path, append(header, row.header...)...)
			wants(t, "status", rep.StatusCode, row.status)
			control := rep.Header.Get("Cache-Control")
			isPrivate := strings.Contains(control, "private") && strings.Contains(control, "no-store")
			if row.path != "/logout" || row.who != stranger { // which did not ask
				wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			}
			if row.who != stranger || len(rep.Cookies()) > 0 {
				wants(t, "private: "+control, isPrivate, true)
			}
		})
	}
	s.users.fail(errors.New("down"))
	b, _ := visitor(stranger)
	other := s.browser()
	s.users.fail(nil)
	other.post("/login?id=1")
	s.users.fail(errors.New("down"))
	rep := other.do("GET", "/secret")
	wants(t, "an outage", rep.StatusCode, 503)
	wants(t, "Vary of an outage", rep.Header.Get("Vary"), "Cookie")
	wants(t, "a stranger in an outage", b.do("GET", "/secret").StatusCode, 302)
}
