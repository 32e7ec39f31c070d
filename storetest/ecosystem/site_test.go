package ecosystem

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
)

func init() {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
}

type account struct {
	ginlogin.UserMixin
	id string
}

func (a *account) GetID() string { return a.id }

func find(_ context.Context, id string) (*account, error) { return &account{id: id}, nil }

const remember = "remember_token"

func key(purpose string) []byte { return []byte(purpose + strings.Repeat(".", 32)) }

// A site is an engine with ginlogin in it, on a real server.
type site struct {
	*httptest.Server
	t *testing.T
	// path is where the site begins; "" is all of the server.
	path string
}

// known is what an app has in front of everything that asks who it is. Its store
// of logins replaces the remember cookie at each use, without a period of grace, so
// that one that does not reach the browser is missed.
func known(change ...func(*ginlogin.LoginManager)) []gin.HandlerFunc {
	store := cookie.NewStore(key("session"))
	store.Options(ginlogin.SessionOptions())
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key("remember")}
	lm.LoginView = "/login"
	lm.Logins = loginmem.New()
	lm.Remember.Grace = 0
	for _, c := range change {
		c(lm)
	}
	return []gin.HandlerFunc{sessions.Sessions("session", store), lm.Middleware()}
}

// pages are those that a browser's story leads through.
func pages(r gin.IRouter) {
	r.POST("/login", logIn)
	r.POST("/logout", func(c *gin.Context) { answer(c, ginlogin.Logout(c)) })
	r.Any("/guarded", ginlogin.LoginRequired(), greet)
}

func logIn(c *gin.Context) {
	answer(c, ginlogin.Login(c, &account{id: c.Query("id")}, ginlogin.Remember()))
}

func greet(c *gin.Context) { c.String(http.StatusOK, "Hi "+ginlogin.CurrentUser(c).GetID()) }

func answer(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusInternalServerError, err.Error())
		return
	}
	c.String(http.StatusOK, "done")
}

// newEngine returns an engine as it goes live, with these middlewares.
func newEngine(middlewares ...gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	_ = engine.SetTrustedProxies(nil)
	engine.Use(middlewares...)
	return engine
}

// serve serves a site on HTTPS.
func serve(t *testing.T, handler http.Handler) *site {
	t.Helper()
	s := &site{Server: httptest.NewUnstartedServer(handler), t: t}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// behind returns a site whose pages stand behind the middlewares, in that order,
// with ginlogin's last.
func behind(t *testing.T, middlewares ...gin.HandlerFunc) *site {
	t.Helper()
	engine := newEngine(append(middlewares, known()...)...)
	pages(engine)
	return serve(t, engine)
}

// A browser is a visitor with cookies.
type browser struct {
	http.Client
	s *site
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &browser{Client: *s.Client(), s: s}
	b.Jar = jar
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// loggedIn returns a browser that has just logged in.
func (s *site) loggedIn(id string) *browser {
	s.t.Helper()
	b := s.browser()
	if res := b.do("POST", "/login?id="+id); res.body != "done" {
		s.t.Fatalf("login of %s: %d %q", id, res.StatusCode, res.body)
	}
	return b
}

type response struct {
	*http.Response
	body string
}

// header returns all lines of that name.
func (r response) header(name string) string { return strings.Join(r.Header[name], ", ") }

// do fails the test if the answer sets a cookie twice.
func (b *browser) do(method, path string, header ...string) response {
	b.s.t.Helper()
	res := b.open(method, path, header...)
	if res.Response == nil {
		return response{Response: &http.Response{Header: http.Header{}}}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Errorf("%s %s: %v", method, path, err)
	}
	res.body = string(body)
	return res
}

// open leaves the body to be read.
func (b *browser) open(method, path string, header ...string) response {
	b.s.t.Helper()
	req, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.URL+b.s.path+path, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test browser")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.Do(req)
	if err != nil {
		b.s.t.Errorf("%s %s: %v", method, path, err)
		return response{}
	}
	seen := map[string]bool{}
	for _, c := range res.Cookies() {
		if seen[c.Name] {
			b.s.t.Errorf("%s %s sets a cookie twice: %q", method, path, res.Header["Set-Cookie"])
		}
		seen[c.Name] = true
	}
	return response{Response: res}
}

func (b *browser) root() *url.URL {
	u, err := url.Parse(b.s.URL + b.s.path + "/")
	if err != nil {
		b.s.t.Fatal(err)
	}
	return u
}

func (b *browser) cookie(name string) string {
	for _, c := range b.Jar.Cookies(b.root()) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// forget drops a cookie of the site.
func (b *browser) forget(name string) {
	b.Jar.SetCookies(b.root(), []*http.Cookie{{Name: name, Path: cookiePath(b.s.path), Secure: true, MaxAge: -1}})
}

func cookiePath(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// setsCookies returns the names of the cookies that are set, in their order.
func (r response) setsCookies() string {
	var names []string
	for _, c := range r.Cookies() {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// varies reports whether Vary names that header.
func (r response) varies(name string) bool {
	for field := range strings.SplitSeq(r.header("Vary"), ",") {
		if strings.EqualFold(strings.TrimSpace(field), name) {
			return true
		}
	}
	return false
}

// wants fails the test unless got is want.
func wants[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
