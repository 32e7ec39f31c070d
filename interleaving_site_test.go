package ginlogin_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// A stagedSite is a site whose sessions live in cookies, so that a copy of a session
// stays a session: only the login store can end it. Its user is "1".
type stagedSite struct {
	engine *gin.Engine
	store  *stagedStore
	now    time.Time
	alarms int // thefts that were noticed
}

type stagedUser struct {
	ginlogin.UserMixin
	id string
}

func (m *stagedUser) GetID() string { return m.id }

// stagedGrace is longer than the minute to which LastSeen is exact, so that a login can be
// touched within it.
const stagedGrace = 4 * time.Minute

func newStagedSite(broken change) *stagedSite {
	s := &stagedSite{engine: gin.New(), store: &stagedStore{}, now: time.Now().Truncate(time.Second)}
	s.store.reset(nil)
	key := []byte("a key of thirty-two or more bytes")
	lm := ginlogin.New(func(_ context.Context, id string) (*stagedUser, error) { return &stagedUser{id: id}, nil })
	lm.SecretKeys, lm.Logins, lm.Remember.Grace = [][]byte{key}, s.store, stagedGrace
	lm.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	lm.Now = func() time.Time { return s.now }
	lm.On(ginlogin.RememberTokenStolen, func(*gin.Context, ginlogin.User) { s.alarms++ })
	if broken != nil {
		broken(lm, s.store)
	}
	s.engine.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	s.routes(lm)
	return s
}

// routes are the operations of the suite: all that it calls of the API.
func (s *stagedSite) routes(lm *ginlogin.LoginManager) {
	u := &stagedUser{id: "1"}
	s.engine.GET("/page", func(c *gin.Context) {
		c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()+" "+ginlogin.LoginID(c))
	})
	post := func(path string, operation func(c *gin.Context) error) {
		s.engine.POST(path, func(c *gin.Context) { c.String(statusOf(operation(c))) })
	}
	post("/login", func(c *gin.Context) error { return ginlogin.Login(c, u, ginlogin.Remember(true)) })
	post("/logout", func(c *gin.Context) error { return ginlogin.Logout(c) })
	post("/confirm", func(c *gin.Context) error { return ginlogin.ConfirmLogin(c, u) })
	post("/others", func(c *gin.Context) error { return ginlogin.LogoutOthers(c, u) })
	post("/end", func(c *gin.Context) error { return ginlogin.EndLogin(c, c.Query("id")) })
	post("/end-of", func(c *gin.Context) error { return lm.EndLoginOf(c.Request.Context(), u.id, c.Query("id")) })
	post("/end-all", func(c *gin.Context) error { return lm.EndLogins(c.Request.Context(), u.id) })
}

// statusOf tells an operation that was refused from one that failed: a schedule of a
// working store must not make anything fail.
func statusOf(err error) (int, string) {
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.Is(err, ginlogin.ErrNotAuthenticated), errors.Is(err, ginlogin.ErrNotFresh), errors.Is(err, ginlogin.ErrLoginNotFound):
		return http.StatusForbidden, err.Error()
	}
	return http.StatusInternalServerError, err.Error()
}

// A jar is the cookies of a browser, by name.
type jar map[string]string

const (
	sessionCookie  = "session"
	rememberCookie = "remember_token"
)

// only returns a copy with the cookies of those names.
func (j jar) only(names ...string) jar {
	part := jar{}
	for _, name := range names {
		if value, ok := j[name]; ok {
			part[name] = value
		}
	}
	return part
}

// with returns the jar after an answer has reached the browser.
func (j jar) with(set []*http.Cookie) jar {
	after := maps.Clone(j)
	for _, cookie := range set {
		if cookie.MaxAge < 0 {
			delete(after, cookie.Name)
		} else {
			after[cookie.Name] = cookie.Value
		}
	}
	return after
}

// An answer is what a request got.
type answer struct {
	status int
	body   string
	set    []*http.Cookie
}

// login returns the ID of the login that a page was shown to, or "".
func (a answer) login() string {
	if id, ok := strings.CutPrefix(a.body, "1 "); ok {
		return id
	}
	return ""
}

func (s *stagedSite) serve(ctx context.Context, path string, cookies jar) answer {
	method := http.MethodPost
	if path == "/page" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://example.org"+path, nil)
	if err != nil {
		panic(err)
	}
	req.RemoteAddr = "192.0.2.1:1234"
	for name, value := range cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	res := w.Result()
	return answer{res.StatusCode, w.Body.String(), res.Cookies()}
}

// do plays a request alone, and returns the cookies after it.
func (s *stagedSite) do(path string, cookies jar) (jar, answer) {
	a := s.serve(context.Background(), path, cookies)
	return cookies.with(a.set), a
}

func (s *stagedSite) wait(d time.Duration) { s.now = s.now.Add(d) }

// logsIn returns the ID of the login that these cookies open some time after now,
// or "". The store is afterwards as it was.
func (s *stagedSite) logsIn(cookies jar, after time.Duration) string {
	now, store := s.now, *s.store
	s.store.reset(store.rows)
	s.wait(after)
	_, a := s.do("/page", cookies)
	s.now, *s.store = now, store
	return a.login()
}
