package session

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// A site is a small app on a real server. Its pages answer with what their function returns.
type site struct {
	*httptest.Server
	t      *testing.T
	engine *gin.Engine
	name   string // of the session, as for Of
}

// newSite starts a site behind the middleware that puts a session into the context. It has pages for
// the session as the app uses it: /app/set and /app/get.
func newSite(t *testing.T, middleware gin.HandlerFunc) *site {
	t.Helper()
	s := &site{t: t, engine: gin.New()}
	s.engine.Use(middleware)
	s.Server = httptest.NewTLSServer(s.engine)
	t.Cleanup(s.Close)
	s.page("/app/set", func(c *gin.Context, _ *Session) any {
		return appSet(c, c.Query("key"), c.Query("value"))
	})
	s.page("/app/get", func(c *gin.Context, _ *Session) any { return sessions.Default(c).Get(c.Query("key")) })
	return s
}

// putsSession returns a middleware that puts a new session into the context of each request.
func putsSession(make func() sessions.Session) gin.HandlerFunc {
	return func(c *gin.Context) { c.Set(sessions.DefaultKey, make()) }
}

// appSet sets a value as the app does, and saves.
func appSet(c *gin.Context, key, value string) error {
	session := sessions.Default(c)
	session.Set(key, value)
	return session.Save()
}

func (s *site) page(path string, answer func(c *gin.Context, v *Session) any) {
	s.engine.GET(path, func(c *gin.Context) {
		v := Of(c, s.name)
		c.String(http.StatusOK, "%v", answer(c, &v))
	})
}

// gorillaOf returns the session of the request as gorilla knows it.
func gorillaOf(c *gin.Context) *gsessions.Session {
	return sessions.Default(c).(interface{ Session() *gsessions.Session }).Session()
}

// A browser keeps cookies between its requests.
type browser struct {
	*http.Client
	s *site
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client := *s.Client()
	client.Jar = jar
	return &browser{&client, s}
}

// do returns the response and its body.
func (b *browser) do(path string) (*http.Response, string) {
	b.s.t.Helper()
	res, err := b.Get(b.s.URL + path)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	set := 0
	for _, c := range res.Cookies() {
		if c.Name == "session" {
			set++
		}
	}
	if set > 1 {
		b.s.t.Errorf("%s: the session's cookie is set twice: %q", path, res.Header["Set-Cookie"])
	}
	return res, string(body)
}

// get returns the body.
func (b *browser) get(path string) string {
	b.s.t.Helper()
	_, body := b.do(path)
	return body
}

func (b *browser) url() *url.URL {
	u, err := url.Parse(b.s.URL)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return u
}

// cookie returns the value of the session's cookie, or "".
func (b *browser) cookie() string {
	for _, c := range b.Jar.Cookies(b.url()) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}

// put gives the browser a cookie for the session.
func (b *browser) put(value string) {
	b.Jar.SetCookies(b.url(), []*http.Cookie{{Name: "session", Value: value, Path: "/", Secure: true}})
}

// wants fails the test unless got is want.
func wants[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

// contains fails the test unless text contains every part.
func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: got %q, want it to contain %q", what, text, part)
		}
	}
}

// panicText returns what f panics with, as text, or "".
func panicText(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}
