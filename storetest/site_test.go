package storetest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func init() {
	gin.SetMode(gin.ReleaseMode)
	// gin-contrib logs a line for every cookie that does not decode.
	slog.SetDefault(slog.New(slog.DiscardHandler))
}

type account struct {
	ginlogin.UserMixin
	id string
}

func (a *account) GetID() string { return a.id }

func find(_ context.Context, id string) (*account, error) {
	switch id {
	case "1", "2":
		return &account{id: id}, nil
	}
	return nil, ginlogin.ErrUserNotFound
}

// A site runs on one store, on a real server.
type site struct {
	*httptest.Server
	*backend
	t *testing.T
	k kind

	arrived, proceed chan struct{} // of the step "wait"
}

// setup is what a test may change before its site is built.
type setup struct {
	store   sessions.Store
	options sessions.Options
	logins  ginlogin.LoginStore
}

// newSite starts a site on a store of its own.
func newSite(t *testing.T, k kind, change ...func(*setup)) *site {
	t.Helper()
	s := &site{backend: k.open(t), t: t, k: k, arrived: make(chan struct{}), proceed: make(chan struct{})}
	with := &setup{store: s.store, options: ginlogin.SessionOptions()}
	if k.racy && raceDetector {
		with.store = &locked{Store: s.store}
	}
	for _, c := range change {
		c(with)
	}
	with.store.Options(with.options)

	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key("remember")}
	lm.LoginView = "/login"
	lm.Logins = with.logins
	middleware := k.middleware
	if middleware == nil {
		middleware = sessions.Sessions
	}
	engine := gin.New()
	if err := engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	engine.Use(middleware("session", with.store), lm.Middleware())
	engine.GET("/guarded", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	engine.POST("/", s.perform)
	s.Server = httptest.NewTLSServer(engine)
	t.Cleanup(s.Close)
	return s
}

// perform takes the steps that the query names, in one request, and answers
// what they have to say, or with the first error.
func (s *site) perform(c *gin.Context) {
	var said []string
	for _, step := range c.QueryArray("step") {
		text, err := s.step(c, step)
		if err != nil {
			c.String(http.StatusInternalServerError, "error: "+err.Error())
			return
		}
		if text != "" {
			said = append(said, text)
		}
	}
	c.String(http.StatusOK, strings.Join(said, ", "))
}

func (s *site) step(c *gin.Context, step string) (string, error) {
	verb, object, _ := strings.Cut(step, " ")
	session := sessions.Default(c)
	switch verb {
	case "login":
		return "", ginlogin.Login(c, &account{id: object})
	case "login-stale":
		return "", ginlogin.Login(c, &account{id: object}, ginlogin.NotFresh())
	case "login-remember":
		return "", ginlogin.Login(c, &account{id: object}, ginlogin.Remember())
	case "confirm":
		return "", ginlogin.ConfirmLogin(c)
	case "logout":
		return "", ginlogin.Logout(c)
	case "clear":
		return "", ginlogin.Logout(c, ginlogin.ClearSession())
	case "who":
		u, err := ginlogin.LoadUser(c)
		return "user " + u.GetID(), err
	case "fresh":
		return fmt.Sprintf("fresh %v", ginlogin.LoginFresh(c)), nil
	case "flash":
		return "", ginlogin.AddFlash(c, "message", object)
	case "flashes":
		flashes, err := ginlogin.Flashes(c)
		return fmt.Sprint(flashes), err
	case "set": // what the app keeps in the session, and saves
		name, value, _ := strings.Cut(object, "=")
		session.Set(name, value)
		return "", session.Save()
	case "get":
		return fmt.Sprint(object, "=", session.Get(object)), nil
	case "lifetime":
		options := ginlogin.SessionOptions()
		var err error
		options.MaxAge, err = strconv.Atoi(object)
		session.Options(options)
		return "", err
	case "cut":
		s.cut()
		return "", nil
	case "wait":
		s.arrived <- struct{}{}
		<-s.proceed
		return "", nil
	}
	return "", fmt.Errorf("there is no step %q", step)
}

// wantsSessions fails the test unless the store holds so many sessions that are
// alive, and those that were ended, if the store keeps an empty one of them.
func (s *site) wantsSessions(alive, ended int) {
	s.t.Helper()
	if s.count == nil {
		return
	}
	if s.k.rotation == newIDOldEmptied {
		alive += ended
	}
	wants(s.t, "sessions in the store", s.count(), alive)
}

// A browser is a visitor with cookies.
type browser struct {
	http.Client
	s *site
}

func (s *site) browser() *browser {
	s.t.Helper()
	client := *s.Client()
	client.Jar = must(cookiejar.New(nil))(s.t)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{Client: client, s: s}
}

// copyOf returns a browser that has that session cookie.
func (s *site) copyOf(session string) *browser {
	s.t.Helper()
	b := s.browser()
	b.put("session", session)
	return b
}

// does takes steps in one request and returns what they said.
func (b *browser) does(steps ...string) string {
	b.s.t.Helper()
	_, body := b.request(http.MethodPost, "/?"+url.Values{"step": steps}.Encode())
	return body
}

// fails takes steps in one request, which must fail and set no cookie. It
// returns the error.
func (b *browser) fails(steps ...string) string {
	b.s.t.Helper()
	res, body := b.request(http.MethodPost, "/?"+url.Values{"step": steps}.Encode())
	if !strings.HasPrefix(body, "error: ") {
		b.s.t.Errorf("%q: got %q, want an error", steps, body)
	}
	if set := res.Header["Set-Cookie"]; set != nil {
		b.s.t.Errorf("%q: got cookies with the error: %q", steps, set)
	}
	return body
}

// guarded asks for the guarded page and returns the status.
func (b *browser) guarded() int {
	b.s.t.Helper()
	res, _ := b.request(http.MethodGet, "/guarded")
	return res.StatusCode
}

// request fails the test if the answer sets two cookies of one name.
func (b *browser) request(method, path string) (*http.Response, string) {
	b.s.t.Helper()
	req := must(http.NewRequest(method, b.s.URL+path, nil))(b.s.t)
	req.Header.Set("User-Agent", "test browser")
	res, err := b.Do(req)
	if err != nil {
		b.s.t.Error(err)
		return &http.Response{}, ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Error(err)
	}
	seen := map[string]bool{}
	for _, c := range res.Cookies() {
		if seen[c.Name] {
			b.s.t.Errorf("%s: two cookies of one name: %q", path, res.Header["Set-Cookie"])
		}
		seen[c.Name] = true
	}
	return res, string(body)
}

func (b *browser) site() *url.URL { return must(url.Parse(b.s.URL))(b.s.t) }

// session returns the session cookie.
func (b *browser) session() string { return b.cookie("session") }

func (b *browser) cookie(name string) string {
	b.s.t.Helper()
	for _, c := range b.Jar.Cookies(b.site()) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// put puts a cookie into the browser; "" removes it.
func (b *browser) put(name, value string) {
	b.s.t.Helper()
	c := &http.Cookie{Name: name, Value: value, Path: "/", Secure: true}
	if value == "" {
		c.MaxAge = -1
	}
	b.Jar.SetCookies(b.site(), []*http.Cookie{c})
}

// wants fails the test unless got is want.
func wants[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
