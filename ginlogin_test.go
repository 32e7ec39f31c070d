package ginlogin_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func init() { gin.SetMode(gin.ReleaseMode) }

// account is the user type of the tests.
type account struct {
	ginlogin.UserMixin
	ID, Name string
	Inactive bool
}

func (a *account) GetID() string  { return a.ID }
func (a *account) IsActive() bool { return !a.Inactive }

// accounts is the table of users. It counts what is asked of it.
type accounts struct {
	mu    sync.Mutex
	rows  map[string]*account
	asked []string
	err   error
}

func newAccounts() *accounts {
	return &accounts{rows: map[string]*account{
		"1": {ID: "1", Name: "Ada"},
		"2": {ID: "2", Name: "Grace"},
		"3": {ID: "3", Name: "Mallory", Inactive: true},
	}}
}

func (a *accounts) find(_ context.Context, id string) (*account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, id)
	return a.rows[id], a.err
}

// calls returns the IDs asked for since the last time.
func (a *accounts) calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.asked
	a.asked = nil
	return asked
}

func (a *accounts) fail(err error) { a.mu.Lock(); a.err = err; a.mu.Unlock() }
func (a *accounts) drop(id string) { a.mu.Lock(); delete(a.rows, id); a.mu.Unlock() }
func (a *accounts) get(id string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rows[id]
}

const eventCount = ginlogin.DeviceMissing + 1

// named is a user of whom only the ID is known.
type named struct {
	ginlogin.UserMixin
	id string
}

func (n named) GetID() string { return n.id }

// confirm confirms the login of the user who is logged in.
func confirm(c *gin.Context) error {
	id, _ := ginlogin.UserID(c)
	return ginlogin.ConfirmLogin(c, named{id: id})
}

// others ends the other logins of the current user.
func others(c *gin.Context) error {
	u, err := ginlogin.LoadUser(c)
	if err != nil {
		return err
	}
	return ginlogin.LogoutOthers(c, u)
}

func passes(test func(c *gin.Context, u ginlogin.User) bool, opts ...ginlogin.GuardOption) gin.HandlerFunc {
	return ginlogin.RequestPasses(func(c *gin.Context, u ginlogin.User) (bool, error) { return test(c, u), nil }, opts...)
}

// testClock is a clock that moves when told.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (tc *testClock) Now() time.Time {
	tc.mu.Lock()
	defer tc.mu.Unlock()
	return tc.now
}

func (tc *testClock) Advance(d time.Duration) {
	tc.mu.Lock()
	defer tc.mu.Unlock()
	tc.now = tc.now.Add(d)
}

func keyOf(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

// site is a small site that runs on a real server.
type site struct {
	*httptest.Server
	t      *testing.T
	lm     *ginlogin.LoginManager
	users  *accounts
	clock  *testClock
	engine *gin.Engine
	events []string
	errors []string // c.Errors of all requests
	log    *strings.Builder
	mu     sync.Mutex
}

func cookieStore() sessions.Store {
	store := cookie.NewStore(keyOf("session"))
	store.Options(ginlogin.SessionOptions())
	return store
}

func memStore() sessions.Store {
	store := memstore.NewStore(keyOf("session"))
	store.Options(ginlogin.SessionOptions())
	return store
}

// newSite starts a site. change sets it up before its middleware is built.
func newSite(t *testing.T, store sessions.Store, change func(*site)) *site {
	t.Helper()
	s := &site{t: t, users: newAccounts(), clock: &testClock{now: time.Now()}, engine: gin.New(), log: &strings.Builder{}}
	loadWith(s, s.users.find)
	if change != nil {
		change(s)
	}
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	s.engine.Use(func(c *gin.Context) {
		c.Next()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.errors = append(s.errors, c.Errors.Errors()...)
	}, sessions.Sessions("session", store), s.lm.Middleware())
	s.routes(s.engine)
	s.Server = httptest.NewTLSServer(s.engine)
	t.Cleanup(s.Close)
	return s
}

// loadWith makes the site's manager, which finds users with load. It replaces the one
// before and its settings.
func loadWith[U ginlogin.User](s *site, load func(ctx context.Context, id string) (U, error)) {
	s.lm = ginlogin.New(load)
	s.lm.SecretKeys = [][]byte{keyOf("remember")}
	s.lm.LoginView, s.lm.RefreshView = "/login", "/reauthenticate"
	s.lm.Now = s.clock.Now
	s.lm.Logger = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
	for e := range eventCount {
		s.lm.On(e, func(_ *gin.Context, u ginlogin.User) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, strings.TrimSuffix(fmt.Sprintf("%v=%s", e, u.GetID()), "="))
		})
	}
}

type syncWriter struct{ s *site }

func (w syncWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.log.Write(b)
}

func answer200(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusBadRequest, err.Error())
		return
	}
	c.String(http.StatusOK, "ok")
}

func (s *site) routes(r gin.IRouter) {
	s.engine.SetHTMLTemplate(template.Must(template.New("home").Parse(
		`{{ define "nav" }}[{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ else }}Log in{{ end }}]{{ end }}` +
			`{{ template "nav" . }} {{ .title }} ({{ .CurrentUser.Name }}) fresh={{ .LoginFresh }}`)))
	r.GET("/static", func(c *gin.Context) { c.String(http.StatusOK, "static") })
	r.GET("/whoami", func(c *gin.Context) {
		u, err := ginlogin.LoadUser(c)
		if err != nil {
			c.String(http.StatusServiceUnavailable, "outage")
			return
		}
		c.String(http.StatusOK, "user "+u.GetID())
	})
	r.GET("/home", func(c *gin.Context) { c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, gin.H{"title": "Home"})) })
	r.Any("/secret", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "secret") })
	r.Any("/vault", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "vault") })
	r.POST("/login", func(c *gin.Context) {
		var opts []ginlogin.LoginOption
		if c.Query("remember") != "" {
			d, err := time.ParseDuration(c.Query("remember"))
			if err != nil {
				opts = append(opts, ginlogin.Remember(true))
			} else {
				opts = append(opts, ginlogin.RememberFor(d))
			}
		}
		if c.Query("fresh") == "0" {
			opts = append(opts, ginlogin.NotFresh())
		}
		if c.Query("force") == "1" {
			opts = append(opts, ginlogin.Force())
		}
		if err := ginlogin.Login(c, s.users.get(c.Query("id")), opts...); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.String(http.StatusOK, ginlogin.NextURL(c, "/"))
	})
	r.POST("/logout", func(c *gin.Context) {
		if c.Query("clear") != "" {
			answer200(c, ginlogin.Logout(c, ginlogin.ClearSession()))
			return
		}
		answer200(c, ginlogin.Logout(c))
	})
	r.POST("/confirm", func(c *gin.Context) { answer200(c, confirm(c)) })
	r.GET("/fresh", func(c *gin.Context) { c.String(http.StatusOK, "%v", ginlogin.LoginFresh(c)) })
	r.GET("/remembered", func(c *gin.Context) { c.String(http.StatusOK, "%v", ginlogin.LoginRemembered(c)) })
	r.GET("/userid", func(c *gin.Context) {
		id, ok := ginlogin.UserID(c)
		c.String(http.StatusOK, "%q %v", id, ok)
	})
	r.GET("/flashes", func(c *gin.Context) {
		flashes, err := ginlogin.Flashes(c)
		c.String(http.StatusOK, "%v %v", flashes, err)
	})
	r.POST("/flash", func(c *gin.Context) { answer200(c, ginlogin.AddFlash(c, c.Query("category"), c.Query("message"))) })
	r.GET("/data", func(c *gin.Context) { c.String(http.StatusOK, "%v", sessions.Default(c).Get(c.Query("key"))) })
	r.POST("/data", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set(c.Query("key"), c.Query("value"))
		answer200(c, session.Save())
	})
}

// told returns the events since the last time.
func (s *site) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := strings.Join(s.events, " ")
	s.events = nil
	return told
}

// logged returns what was logged since the last time.
func (s *site) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.log.String()
	s.log.Reset()
	return text
}

// wants fails the test unless got is want.
func wants[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestABrowserLogsInAndOut(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()

	wants(t, "anonymous", b.get("/home"), "200 [Log in] Home () fresh=false")
	wants(t, "loader calls", len(s.users.calls()), 0)
	rep := b.do("GET", "/secret")
	wants(t, "guarded", rep.StatusCode, http.StatusFound)
	wants(t, "sent to", rep.Header.Get("Location"), "/login?next=%2Fsecret")
	wants(t, "login", b.post("/login?id=1&next=/secret"), "200 /secret")
	s.told()
	wants(t, "home", b.get("/home"), "200 [Hi Ada] Home (Ada) fresh=true")
	wants(t, "loader calls", len(s.users.calls()), 1)
	wants(t, "events", s.told(), "user_accessed=1")
	wants(t, "guarded page", b.get("/secret"), "200 secret")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "events", s.told(), "user_accessed=1 user_accessed user_logged_out=1")
	wants(t, "after logout", b.get("/whoami"), "200 user ")
}
