package ginlogin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

const (
	loginMessage   = "Please log in to access this page."
	refreshMessage = "Please reauthenticate to access this page."
	acceptHTML     = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

const day = 24 * time.Hour

// errStoreDown is what a store says that is down.
var errStoreDown = errors.New("connection refused")

// siteBehind is newSite with another middleware in the place of
// sessions.Sessions. The manager's middleware is added where mount says, or else
// to all routes.
func siteBehind(t *testing.T, session gin.HandlerFunc, change func(*site), mount func(*site)) *site {
	t.Helper()
	s := &site{t: t, users: newAccounts(), clock: &testClock{now: time.Now()}, engine: gin.New(), log: &strings.Builder{}}
	s.lm = ginlogin.New(s.users.find)
	s.lm.SecretKeys = [][]byte{keyOf("remember")}
	s.lm.LoginView = "/login"
	s.lm.Now = s.clock.Now
	if change != nil {
		change(s)
	}
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	s.engine.Use(session)
	if mount != nil {
		mount(s)
	} else {
		s.engine.Use(s.lm.Middleware())
		s.routes(s.engine)
	}
	s.Server = httptest.NewTLSServer(s.engine)
	t.Cleanup(s.Close)
	return s
}

// alone returns a browser on a server that has nothing of the site of the tests;
// a panic is answered as text.
func alone(t *testing.T, setup func(*gin.Engine)) *browser {
	t.Helper()
	engine := gin.New()
	engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, err any) {
		c.String(http.StatusInternalServerError, "panic: %v", err)
	}))
	setup(engine)
	server := httptest.NewTLSServer(engine)
	t.Cleanup(server.Close)
	return (&site{t: t, Server: server}).browser()
}

// useSessions is the sessions middleware of a site that the harness does not make.
func useSessions() gin.HandlerFunc { return sessions.Sessions("session", cookieStore()) }

// shows adds a page that shows what show returns.
func (s *site) shows(path string, show func(c *gin.Context) any) {
	s.engine.Any(path, func(c *gin.Context) { c.String(http.StatusOK, "%v", show(c)) })
}

// inside is a handler behind a guard; that it ran is one of the site's events.
func (s *site) inside(c *gin.Context) {
	s.mu.Lock()
	s.events = append(s.events, "handler")
	s.mu.Unlock()
	c.String(http.StatusOK, "inside")
}

// guarded puts a page behind guards, for all methods.
func (s *site) guarded(path string, guards ...gin.HandlerFunc) {
	s.engine.Any(path, append(guards, s.inside)...)
}

// failures returns c.Errors since the last time.
func (s *site) failures() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	failures := strings.Join(s.errors, "; ")
	s.errors = nil
	return failures
}

// reported returns the c.Errors of all requests since the last time.
func (s *site) reported() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.errors
	s.errors = nil
	return told
}

// serve answers a request without a network in between.
func (s *site) serve(req *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	return w.Result()
}

// behindProxy makes the site believe X-Forwarded-For, so that a test can come
// from any address.
func (s *site) behindProxy() {
	s.t.Helper()
	if err := s.engine.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
		s.t.Fatal(err)
	}
}

// from returns the headers of a request from that address.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

// exchange sends a request that do cannot make.
func exchange(b *browser, method, path, body string, change func(*http.Request)) reply {
	b.s.t.Helper()
	req, err := http.NewRequest(method, b.s.URL+path, strings.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set("User-Agent", b.agent)
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	change(req)
	res, err := b.Do(req)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return reply{res, string(got)}
}

// copyOf returns a browser with copies of the cookies of those names.
func (b *browser) copyOf(names ...string) *browser {
	other := b.s.browser()
	for _, name := range names {
		other.put(name, b.cookie(name))
	}
	return other
}

// restore visits with the remember cookie only, and returns the answer.
func (b *browser) restore() string {
	b.put("session", "")
	return b.get("/whoami")
}

// crossSite sends what a form on another site makes the browser send: without our
// cookies, because they are SameSite=Lax, and keeping those of the answer, because
// the browser goes where it posts.
func (b *browser) crossSite(path string) reply {
	b.s.t.Helper()
	rep := b.s.browser().do("POST", path, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Accept", acceptHTML)
	u, _ := url.Parse(b.s.URL)
	b.Jar.SetCookies(u, rep.Cookies())
	return rep
}

// rememberedBrowser returns a browser with a remember cookie from that login and
// nothing else.
func (s *site) rememberedBrowser(path string) *browser {
	s.t.Helper()
	b := s.browser()
	if got := b.post(path); got != "200 /" {
		s.t.Fatalf("POST %s: %s", path, got)
	}
	b.put("session", "")
	s.users.calls()
	s.told()
	return b
}

func answerOK(c *gin.Context) { c.String(http.StatusOK, "ok") }

// answerOf says what a guard has answered, leaving out what is not there.
func answerOf(rep reply) string {
	parts := []string{fmt.Sprint(rep.StatusCode)}
	for _, name := range []string{"Location", "HX-Redirect", "WWW-Authenticate"} {
		for _, value := range rep.Header.Values(name) {
			parts = append(parts, name+": "+value)
		}
	}
	if rep.StatusCode != http.StatusFound && rep.body != "" { // 302 has a link for people in it
		parts = append(parts, rep.body)
	}
	return strings.Join(parts, " | ")
}

const (
	jsonLogin   = `401 | WWW-Authenticate: Session | {"error":"login required"}`
	stepUp      = ` error="insufficient_user_authentication", error_description="fresh login required"`
	jsonRefresh = `401 | WWW-Authenticate: Session` + stepUp + ` | {"error":"fresh login required"}`
)

// gorillaOf returns the session of the request as gorilla knows it.
func gorillaOf(c *gin.Context) *gsessions.Session {
	return sessions.Default(c).(interface{ Session() *gsessions.Session }).Session()
}

// wantsText fails the test unless text contains every part.
func wantsText(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: got %q, want it to contain %q", what, text, part)
		}
	}
}

// wantsNoCookies fails the test if the answer sets any cookie.
func wantsNoCookies(t *testing.T, what string, rep reply) {
	t.Helper()
	if lines := rep.Header["Set-Cookie"]; len(lines) > 0 {
		t.Errorf("%s: got Set-Cookie %q, want none", what, lines)
	}
}

// wantsSameAttributes fails the test unless two cookies differ in nothing but
// value and lifetime.
func wantsSameAttributes(t *testing.T, a, b *http.Cookie) {
	t.Helper()
	bare := func(c *http.Cookie) http.Cookie {
		bare := *c
		bare.Value, bare.MaxAge, bare.Expires, bare.RawExpires, bare.Raw, bare.Unparsed = "", 0, time.Time{}, "", "", nil
		return bare
	}
	if x, y := bare(a), bare(b); !reflect.DeepEqual(x, y) {
		t.Errorf("the cookies differ in their attributes: %v and %v", &x, &y)
	}
}

// isDeletion reports whether a Set-Cookie deletes the cookie.
func isDeletion(set *http.Cookie) bool { return set != nil && set.MaxAge < 0 && set.Value == "" }

// panicText returns what f panics with, as text, "" if it does not.
func panicText(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

// member is a user type as it is written in a hurry, with UserMixin and GetID
// alone; each of the others overrides one method.
type (
	member          struct{ ginlogin.UserMixin }
	inactiveMember  struct{ member }
	unprovenMember  struct{ member }
	anonymousMember struct{ member }
)

func (member) GetID() string { return "9" }

func (member) Name() string { return "Eve" }

func (inactiveMember) IsActive() bool { return false }

func (unprovenMember) IsAuthenticated() bool { return false }

func (anonymousMember) IsAnonymous() bool { return true }

// insured is a user whose logins are bound to the password.
type insured struct {
	account
	password string
}

func (m *insured) SessionHash() string { return m.password }

// newMemberSite is a site of one member, whose password can be changed.
func newMemberSite(t *testing.T, change func(*site)) (*site, *insured) {
	t.Helper()
	one := &insured{account: account{ID: "m"}, password: "first"}
	s := newSite(t, cookieStore(), func(s *site) {
		lm := ginlogin.New(func(context.Context, string) (*insured, error) { copy := *one; return &copy, nil })
		lm.SecretKeys, lm.LoginView, lm.Now, lm.Logger = s.lm.SecretKeys, s.lm.LoginView, s.lm.Now, s.lm.Logger
		s.lm = lm
		if change != nil {
			change(s)
		}
	})
	s.engine.POST("/join", func(c *gin.Context) {
		copy := *one
		answer200(c, ginlogin.Login(c, &copy, ginlogin.Remember(true)))
	})
	s.engine.POST("/password", ginlogin.LoginRequired(), func(c *gin.Context) {
		one.password = c.Query("new")
		copy := *one
		answer200(c, ginlogin.LogoutOthers(c, &copy))
	})
	return s, one
}

// silence keeps quiet what gin-contrib logs of every bad cookie, and fails the
// test on a line of ours.
func silence(t *testing.T) {
	var mu sync.Mutex
	var lines bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(lockedWriter{&mu, &lines}, nil)))
	t.Cleanup(func() {
		slog.SetDefault(was)
		log.SetOutput(os.Stderr)
		log.SetFlags(log.LstdFlags)
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(lines.String()) {
			if strings.Contains(line, "ginlogin") {
				t.Errorf("logged: %s", line)
			}
		}
	})
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// noError fails the test on an error.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
