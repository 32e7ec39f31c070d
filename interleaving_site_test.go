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
// stays a session: only the login store can end it. Its user is "1", who may act as the
// customer "2".
type stagedSite struct {
	engine *gin.Engine
	store  *stagedStore
	now    time.Time
	alarms int // thefts that were noticed
}

// A stagedUser is a user as the table of users had it when it was read.
type stagedUser struct {
	ginlogin.UserMixin
	id, password string
}

func (m *stagedUser) GetID() string       { return m.id }
func (m *stagedUser) SessionHash() string { return m.password }

// stagedGrace is longer than the minute to which LastSeen is exact, so that a login can be
// touched within it.
const stagedGrace = 4 * time.Minute

func newStagedSite(maxLogins int, broken change) *stagedSite {
	s := &stagedSite{engine: gin.New(), store: &stagedStore{}, now: time.Now().Truncate(time.Second)}
	s.store.reset(nil)
	key := []byte("a key of thirty-two or more bytes")
	lm := ginlogin.New(s.store.user)
	lm.SecretKeys, lm.Logins, lm.Remember.Grace = [][]byte{key}, s.store, stagedGrace
	lm.MaxLogins = maxLogins
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

// provider is what an identity provider calls the device's login.
const provider = "https://id.example/42"

// routes are the operations of the suite: all that it calls of the API.
func (s *stagedSite) routes(lm *ginlogin.LoginManager) {
	s.engine.GET("/page", func(c *gin.Context) {
		actor := ""
		if u, ok := ginlogin.Impersonator[*stagedUser](c); ok {
			actor = u.id
		}
		c.String(http.StatusOK, "%s|%s|%s|%t", ginlogin.CurrentUser(c).GetID(), ginlogin.LoginID(c), actor, ginlogin.LoginFresh(c))
	})
	s.engine.GET("/code-page", ginlogin.FreshLoginRequired(ginlogin.Via("otp"), ginlogin.RefreshView("/code")), func(c *gin.Context) {
		c.String(http.StatusOK, "%s|%s||true", ginlogin.CurrentUser(c).GetID(), ginlogin.LoginID(c))
	})
	post := func(path string, operation func(c *gin.Context, u *stagedUser) error) {
		s.engine.POST(path, func(c *gin.Context) {
			u, err := s.store.user(c.Request.Context(), c.DefaultQuery("user", "1"))
			if err == nil {
				err = operation(c, u)
			}
			c.String(statusOf(err))
		})
	}
	s.loginRoutes(post)
	post("/others", func(c *gin.Context, u *stagedUser) error { return ginlogin.LogoutOthers(c, u) })
	post("/everywhere", func(c *gin.Context, _ *stagedUser) error { return ginlogin.LogoutEverywhere(c) })
	post("/act", func(c *gin.Context, u *stagedUser) error { return ginlogin.Impersonate(c, u) })
	post("/stop", func(c *gin.Context, _ *stagedUser) error { return ginlogin.StopImpersonating(c) })
	post("/end", func(c *gin.Context, _ *stagedUser) error { return ginlogin.EndLogin(c, c.Query("id")) })
	post("/end-of", func(c *gin.Context, u *stagedUser) error {
		return lm.EndLoginOf(c.Request.Context(), u.id, c.Query("id"))
	})
	post("/end-all", func(c *gin.Context, u *stagedUser) error { return lm.EndLogins(c.Request.Context(), u.id) })
	post("/end-external", func(c *gin.Context, _ *stagedUser) error { return lm.EndExternal(c.Request.Context(), provider) })
	post("/password", func(c *gin.Context, u *stagedUser) error {
		s.store.changePassword(c.Request.Context(), u.id)
		return nil
	})
}

// loginRoutes are those that make a login, or make it fresh.
func (s *stagedSite) loginRoutes(post func(path string, operation func(c *gin.Context, u *stagedUser) error)) {
	remembered, password := ginlogin.Remember(true), ginlogin.Via("pwd")
	post("/login", func(c *gin.Context, u *stagedUser) error {
		return ginlogin.Login(c, u, remembered, password, ginlogin.ExternalID(c.Query("external")))
	})
	post("/begin", func(c *gin.Context, u *stagedUser) error { return ginlogin.BeginLogin(c, u, remembered, password) })
	post("/finish", func(c *gin.Context, u *stagedUser) error { return ginlogin.FinishLogin(c, u, ginlogin.Via("otp")) })
	post("/logout", func(c *gin.Context, _ *stagedUser) error { return ginlogin.Logout(c) })
	post("/confirm", func(c *gin.Context, u *stagedUser) error { return ginlogin.ConfirmLogin(c, u, password) })
	post("/confirm-by-code", func(c *gin.Context, u *stagedUser) error { return ginlogin.ConfirmLogin(c, u, ginlogin.Via("otp")) })
}

// statusOf tells an operation that was refused from one that failed: a schedule of a
// working store must not make anything fail.
func statusOf(err error) (int, string) {
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.Is(err, ginlogin.ErrNotAuthenticated), errors.Is(err, ginlogin.ErrNotFresh),
		errors.Is(err, ginlogin.ErrLoginNotFound), errors.Is(err, ginlogin.ErrImpersonating):
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

// A shown is what a page says of who sees it; the zero shown is a stranger, or no page.
type shown struct {
	user, login, actor string
	fresh              bool
}

func (a answer) shown() shown {
	fields := strings.Split(a.body, "|")
	if a.status != http.StatusOK || len(fields) != 4 {
		return shown{}
	}
	return shown{fields[0], fields[1], fields[2], fields[3] == "true"}
}

func (s *stagedSite) serve(ctx context.Context, path string, cookies jar) answer {
	method := http.MethodPost
	if path, _, _ := strings.Cut(path, "?"); strings.HasSuffix(path, "page") {
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

// sees returns what these cookies see on a page some time after now. The store is
// afterwards as it was.
func (s *stagedSite) sees(path string, cookies jar, after time.Duration) shown {
	now, store := s.now, *s.store
	s.store.reset(store.rows)
	s.wait(after)
	_, a := s.do(path, cookies)
	s.now, *s.store = now, store
	return a.shown()
}
