package cookiestore

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func init() { gin.SetMode(gin.TestMode) }

var (
	testKey  = bytes.Repeat([]byte{1}, 32)
	otherKey = bytes.Repeat([]byte{2}, 32)
)

// middlewares are the two ways to use a store: what is asserted of one is asserted of the other.
var middlewares = map[string]func(name string, s *Store) gin.HandlerFunc{
	"sessions.Sessions":    func(name string, s *Store) gin.HandlerFunc { return sessions.Sessions(name, s) },
	"cookiestore.Sessions": Sessions,
}

func eachMiddleware(t *testing.T, test func(t *testing.T, use func(name string, s *Store) gin.HandlerFunc)) {
	for name, use := range middlewares {
		t.Run(name, func(t *testing.T) { test(t, use) })
	}
}

// A site is a TLS server and one browser that visits it.
type site struct {
	t      *testing.T
	engine *gin.Engine
	server *httptest.Server
	client *http.Client
}

func newSite(t *testing.T, use ...gin.HandlerFunc) *site {
	engine := gin.New()
	engine.Use(use...)
	s := &site{t: t, engine: engine, server: httptest.NewTLSServer(engine)}
	t.Cleanup(s.server.Close)
	s.client = s.server.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.newBrowser()
	return s
}

func (s *site) newBrowser() {
	s.client.Jar, _ = cookiejar.New(nil)
}

// on registers a page that works with the session and answers with the text that work returns.
func (s *site) on(path string, work func(c *gin.Context, session sessions.Session) string) {
	s.engine.GET(path, func(c *gin.Context) {
		c.String(http.StatusOK, "%s", work(c, sessions.Default(c)))
	})
}

// get visits a page, sending cookies beside those of the browser.
func (s *site) get(path string, cookies ...*http.Cookie) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(body)
}

func (s *site) wants(path, want string, cookies ...*http.Cookie) *http.Response {
	s.t.Helper()
	res, body := s.get(path, cookies...)
	if body != want {
		s.t.Errorf("GET %s: got %q, want %q", path, body, want)
	}
	return res
}

// saved turns the outcome of Save into a page.
func saved(err error) string {
	if err != nil {
		return err.Error()
	}
	return "saved"
}

// withLogin registers /login, which stores a name, and /name, which tells it.
func (s *site) withLogin() *site {
	s.on("/login", func(_ *gin.Context, session sessions.Session) string {
		session.Set("name", "ada")
		return saved(session.Save())
	})
	s.on("/name", func(_ *gin.Context, session sessions.Session) string {
		name, _ := session.Get("name").(string)
		return name
	})
	return s
}

// A clock that is set by hand.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func withClock(s *Store) *clock {
	c := &clock{time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)}
	s.now = c.now
	return c
}

// issue seals values as the store would for a visitor, and returns the cookie.
func issue(t testing.TB, s *Store, name string, values map[any]any) *http.Cookie {
	t.Helper()
	line, err := s.sealLine(name, values, s.options.Load())
	if err != nil {
		t.Fatal(err)
	}
	c, err := http.ParseSetCookie(line)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// opens reads the values of a cookie, nil if it is refused.
func opens(s *Store, name, value string) map[any]any {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", name+"="+value)
	values, _ := s.read(r, name).decode()
	return values
}

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		if !strings.Contains(text, want) || !strings.HasPrefix(text, "cookiestore: ") {
			t.Errorf("panic %q, want one with %q", text, want)
		}
	}()
	f()
}
