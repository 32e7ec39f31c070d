package ginlogin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin/cookiestore"

	"github.com/ginlogin/ginlogin"
)

const (
	loginMessage   = "Please log in to access this page."
	refreshMessage = "Please reauthenticate to access this page."
	acceptHTML     = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

// A faultyStore is a session store that fails when told, and counts.
type faultyStore struct {
	sessions.Store
	mu              sync.Mutex
	newErr, saveErr error
	news, saves     int
	onSave          func()
}

func (f *faultyStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(r).Get(f, name)
}

func (f *faultyStore) New(r *http.Request, name string) (*gsessions.Session, error) {
	f.mu.Lock()
	f.news++
	err := f.newErr
	f.mu.Unlock()
	if err != nil {
		s := gsessions.NewSession(f, name)
		s.IsNew = true
		return s, err
	}
	return f.Store.New(r, name)
}

func (f *faultyStore) Save(r *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	f.mu.Lock()
	f.saves++
	err, onSave := f.saveErr, f.onSave
	f.mu.Unlock()
	if err != nil {
		return err
	}
	if onSave != nil {
		onSave()
	}
	return f.Store.Save(r, w, s)
}

func (f *faultyStore) failLoads(err error) { f.mu.Lock(); f.newErr = err; f.mu.Unlock() }
func (f *faultyStore) failSaves(err error) { f.mu.Lock(); f.saveErr = err; f.mu.Unlock() }

// counted returns how often a session was opened and saved since the last time.
func (f *faultyStore) counted() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	counted := fmt.Sprintf("opened %d, saved %d", f.news, f.saves)
	f.news, f.saves = 0, 0
	return counted
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

// mentions fails the test unless text has all of parts.
func mentions(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q does not mention %q", what, text, part)
		}
	}
}

// panicOf returns the text that do panics with.
func panicOf(do func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	do()
	return "no panic"
}

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
	jsonRefresh = `401 | WWW-Authenticate: Session | {"error":"fresh login required"}`
)

func TestLoginRequiredAnswersEveryKindOfClientInItsOwnWay(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())

	for _, row := range []struct {
		name, method, path, want string
		header                   []string
	}{
		{"a browser is redirected to the login view with next", "GET", "/page", "302 | Location: /login?next=%2Fpage", []string{"Accept", acceptHTML}},
		{"a client without Accept is redirected too", "GET", "/page", "302 | Location: /login?next=%2Fpage", nil},
		{"next keeps the query", "GET", "/page?a=1&b=2", "302 | Location: /login?next=%2Fpage%3Fa%3D1%26b%3D2", nil},
		{"HEAD is answered as GET is", "HEAD", "/page", "302 | Location: /login?next=%2Fpage", nil},
		{"POST is answered 303 without next", "POST", "/page", "303 | Location: /login", nil},
		{"PUT is answered 303 without next", "PUT", "/page", "303 | Location: /login", nil},
		{"PATCH is answered 303 without next", "PATCH", "/page", "303 | Location: /login", nil},
		{"DELETE is answered 303 without next", "DELETE", "/page", "303 | Location: /login", nil},
		{"OPTIONS is not exempt", "OPTIONS", "/page", "303 | Location: /login", nil},
		{"OPTIONS of a preflight is not exempt", "OPTIONS", "/page", "401 | WWW-Authenticate: Session | {\"error\":\"login required\"}",
			[]string{"Origin", "https://other.example", "Access-Control-Request-Method", "PUT", "Sec-Fetch-Mode", "cors"}},
		{"a client that wants JSON gets 401", "GET", "/page", jsonLogin, []string{"Accept", "application/json"}},
		{"a client that posts and wants JSON gets 401", "POST", "/page", jsonLogin, []string{"Accept", "application/json"}},
		{"a HEAD that wants JSON gets 401 without a body", "HEAD", "/page", "401 | WWW-Authenticate: Session", []string{"Accept", "application/json"}},
		{"fetch to another origin gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "cors", "Accept", "*/*"}},
		{"fetch to the same origin gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "same-origin", "Accept", "*/*"}},
		{"an image gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "no-cors", "Accept", "image/*,*/*;q=0.8"}},
		{"a websocket gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "websocket"}},
		{"a script that asks for HTML gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "cors", "Accept", "text/html"}},
		{"a navigation is redirected", "GET", "/page", "302 | Location: /login?next=%2Fpage", []string{"Sec-Fetch-Mode", "navigate", "Accept", acceptHTML}},
		{"a navigation that wants JSON gets 401", "GET", "/page", jsonLogin, []string{"Sec-Fetch-Mode", "navigate", "Accept", "application/json"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := s.browser().do(row.method, row.path, row.header...)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "events", s.told(), "user_accessed user_unauthorized")
			wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			if rep.StatusCode == http.StatusUnauthorized {
				wants(t, "Content-Type", rep.Header.Get("Content-Type"), "application/json; charset=utf-8")
			}
		})
	}
}

func TestEveryMethodPassesTheGuardsOnceLoggedIn(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		for _, path := range []string{"/page", "/vip"} {
			wants(t, method, b.do(method, path).StatusCode, 200)
			wants(t, "events of "+method, s.told(), "user_accessed=1 handler")
		}
	}
}

func TestHtmxIsRedirectedByItsOwnHeader(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/part", ginlogin.LoginRequired())
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	s.guarded("/away", ginlogin.LoginRequired(ginlogin.LoginView("https://sso.example/login")))
	own := s.URL

	challenge := ` | WWW-Authenticate: Session | {"error":"login required"}`
	for _, row := range []struct {
		name, method, path, want string
		header                   []string
	}{
		{"next is the page the visitor sees", "GET", "/part", "401 | HX-Redirect: /login?next=%2Fpage%3Ftab%3D2" + challenge, []string{"HX-Current-URL", own + "/page?tab=2#top"}},
		{"the same goes for what is posted", "POST", "/part", "401 | HX-Redirect: /login?next=%2Fpage%3Ftab%3D2" + challenge, []string{"HX-Current-URL", own + "/page?tab=2"}},
		{"a page without path is the root", "GET", "/part", "401 | HX-Redirect: /login?next=%2F" + challenge, []string{"HX-Current-URL", own}},
		{"a page of a foreign host is no next", "GET", "/part", "401 | HX-Redirect: /login" + challenge, []string{"HX-Current-URL", "https://evil.example/page"}},
		{"a page of no host is no next", "GET", "/part", "401 | HX-Redirect: /login" + challenge, []string{"HX-Current-URL", "/page"}},
		{"a page that cannot be parsed is no next", "GET", "/part", "401 | HX-Redirect: /login" + challenge, []string{"HX-Current-URL", own + "/%zz"}},
		{"without a page there is no next", "GET", "/part", "401 | HX-Redirect: /login" + challenge, nil},
		{"a boosted link is itself the page", "GET", "/part", "401 | HX-Redirect: /login?next=%2Fpart" + challenge, []string{"HX-Boosted", "true", "HX-Current-URL", own + "/page"}},
		{"a boosted form is no page", "POST", "/part", "401 | HX-Redirect: /login" + challenge, []string{"HX-Boosted", "true", "HX-Current-URL", own + "/page"}},
		{"fetch metadata of htmx changes nothing", "GET", "/part", "401 | HX-Redirect: /login" + challenge, []string{"Sec-Fetch-Mode", "cors", "Accept", "*/*"}},
		{"an external view gets the whole URL of the page", "GET", "/away", "401 | HX-Redirect: https://sso.example/login?next=" + url.QueryEscape(own+"/page") + challenge, []string{"HX-Current-URL", own + "/page"}},
		{"NoRedirect goes before htmx", "GET", "/api", jsonLogin, []string{"HX-Current-URL", own + "/page"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := s.browser().do(row.method, row.path, append(row.header, "HX-Request", "true")...)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "events", s.told(), "user_accessed user_unauthorized")
		})
	}
	t.Run("HX-Request other than true is not htmx", func(t *testing.T) {
		wants(t, "answer", answerOf(s.browser().do("GET", "/part", "HX-Request", "false", "HX-Current-URL", own+"/page")),
			"302 | Location: /login?next=%2Fpart")
	})
	t.Run("the message is flashed as for a browser", func(t *testing.T) {
		b := s.browser()
		b.do("GET", "/part", "HX-Request", "true")
		wants(t, "flashes", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
	})
}

func TestAGuardTakesItsOwnOptions(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for path, guard := range map[string]gin.HandlerFunc{
		"/plain":          ginlogin.LoginRequired(),
		"/own-view":       ginlogin.LoginRequired(ginlogin.LoginView("/admin/login")),
		"/no-view":        ginlogin.LoginRequired(ginlogin.LoginView("")),
		"/no-redirect":    ginlogin.LoginRequired(ginlogin.NoRedirect()),
		"/both":           ginlogin.LoginRequired(ginlogin.LoginView("/admin/login"), ginlogin.NoRedirect()),
		"/last-wins":      ginlogin.LoginRequired(ginlogin.LoginView("/first"), ginlogin.LoginView("/last")),
		"/unrelated":      ginlogin.LoginRequired(ginlogin.RefreshView("/admin/again")),
		"/vip":            ginlogin.FreshLoginRequired(),
		"/fresh-own-view": ginlogin.FreshLoginRequired(ginlogin.RefreshView("/admin/again"), ginlogin.LoginView("/admin/login")),
		"/fresh-no-view":  ginlogin.FreshLoginRequired(ginlogin.RefreshView(""), ginlogin.LoginView("")),
		"/fresh-api":      ginlogin.FreshLoginRequired(ginlogin.NoRedirect()),
	} {
		s.guarded(path, guard)
	}
	stale := s.browser()
	stale.post("/login?id=1&fresh=0")

	for _, row := range []struct{ name, path, anonymous, stale string }{
		{"no options take the manager's views", "/vip", "302 | Location: /login?next=%2Fvip", "302 | Location: /reauthenticate?next=%2Fvip"},
		{"LoginView sends to that view", "/own-view", "302 | Location: /admin/login?next=%2Fown-view", "200 | inside"},
		{"an empty LoginView answers 401 without a body", "/no-view", "401 | WWW-Authenticate: Session", "200 | inside"},
		{"NoRedirect answers 401 with a JSON body", "/no-redirect", jsonLogin, "200 | inside"},
		{"NoRedirect outweighs a view", "/both", jsonLogin, "200 | inside"},
		{"the last option of a kind counts", "/last-wins", "302 | Location: /last?next=%2Flast-wins", "200 | inside"},
		{"RefreshView means nothing to LoginRequired", "/unrelated", "302 | Location: /login?next=%2Funrelated", "200 | inside"},
		{"RefreshView is for the stale, LoginView for the anonymous", "/fresh-own-view", "302 | Location: /admin/login?next=%2Ffresh-own-view", "302 | Location: /admin/again?next=%2Ffresh-own-view"},
		{"an empty RefreshView answers 401 without a body", "/fresh-no-view", "401 | WWW-Authenticate: Session", "401 | WWW-Authenticate: Session"},
		{"NoRedirect tells the stale from the anonymous", "/fresh-api", jsonLogin, jsonRefresh},
		{"no option of one guard is seen by another", "/plain", "302 | Location: /login?next=%2Fplain", "200 | inside"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wants(t, "anonymous", answerOf(s.browser().do("GET", row.path)), row.anonymous)
			wants(t, "stale", answerOf(stale.do("GET", row.path)), row.stale)
		})
	}
}

func TestFreshLoginRequiredAsksOnlyTheStaleForThePassword(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.FreshLoginRequired())
	b := s.browser()

	for _, row := range []struct{ name, login, method, accept, want, events string }{
		{"the anonymous are sent to the login view", "", "GET", "", "302 | Location: /login?next=%2Fpage", "user_accessed user_unauthorized"},
		{"the stale are sent to the refresh view", "/login?id=1&fresh=0", "GET", "", "302 | Location: /reauthenticate?next=%2Fpage", "user_accessed=1 user_needs_refresh=1"},
		{"the stale who post get 303 without next", "/login?id=1&fresh=0", "POST", "", "303 | Location: /reauthenticate", "user_accessed=1 user_needs_refresh=1"},
		{"a stale script gets 401", "/login?id=1&fresh=0", "GET", "application/json", jsonRefresh, "user_accessed=1 user_needs_refresh=1"},
		{"the fresh pass", "/login?id=1", "GET", "", "200 | inside", "user_accessed=1 handler"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.login != "" {
				b.post(row.login)
			}
			s.told()
			wants(t, "answer", answerOf(b.do(row.method, "/page", "Accept", row.accept)), row.want)
			wants(t, "events", s.told(), row.events)
		})
	}
}

func TestWithoutViewsGuardsAnswer401(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.LoginView, s.lm.RefreshView = "", "" })
	b := s.browser()
	wants(t, "a browser", answerOf(b.do("GET", "/secret", "Accept", acceptHTML)), "401 | WWW-Authenticate: Session")
	wants(t, "a script", answerOf(b.do("GET", "/secret", "Accept", "application/json")), jsonLogin)
	wants(t, "htmx", answerOf(b.do("GET", "/secret", "HX-Request", "true")), "401 | WWW-Authenticate: Session")
	b.post("/login?id=1&fresh=0")
	wants(t, "a stale browser", answerOf(b.do("GET", "/vault", "Accept", acceptHTML)), "401 | WWW-Authenticate: Session")
	wants(t, "a stale script", answerOf(b.do("GET", "/vault", "Accept", "application/json")), jsonRefresh)
}

func TestThe401OfAManagerWithARequestLoaderNamesBearer(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) {
			return s.users.get(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")), nil
		})
	})
	b := s.browser()
	want := []string{"Bearer"}
	for _, token := range []string{"", "Bearer wrong", "Basic QTpC"} {
		rep := b.do("GET", "/secret", "Accept", "application/json", "Authorization", token)
		wants(t, "status", rep.StatusCode, 401)
		wants(t, "WWW-Authenticate", fmt.Sprint(rep.Header.Values("WWW-Authenticate")), fmt.Sprint(want))
	}
	wants(t, "with a token", b.get("/secret", "Authorization", "Bearer 1"), "200 secret")
	wants(t, "a token is no fresh login", answerOf(b.do("GET", "/vault", "Authorization", "Bearer 1", "Accept", "application/json")),
		`401 | WWW-Authenticate: Bearer | {"error":"fresh login required"}`)
	wants(t, "an inactive user's token", b.do("GET", "/secret", "Authorization", "Bearer 3").StatusCode, http.StatusFound)
}

func TestUserPassesLetsOnlyThoseIn(t *testing.T) {
	var asked []string
	s := newSite(t, cookieStore(), nil)
	isAda := func(c *gin.Context, u ginlogin.User) bool {
		asked = append(asked, u.GetID()+" "+c.Request.Method)
		return u.(*account).Name == "Ada"
	}
	s.guarded("/page", passes(isAda))
	s.guarded("/api", passes(isAda, ginlogin.NoRedirect()))
	s.guarded("/view", passes(isAda, ginlogin.LoginView("/admin/login")))

	for _, row := range []struct {
		name, login, path, accept, want string
		asked                           string
	}{
		{"who passes gets in", "/login?id=1", "/page", "", "200 | inside", "[1 GET]"},
		{"a stale login is enough", "/login?id=1&fresh=0", "/page", "", "200 | inside", "[1 GET]"},
		{"who fails gets 403 without a body", "/login?id=2", "/page", "", "403", "[2 GET]"},
		{"a script that fails gets 403 with a JSON body", "/login?id=2", "/page", "application/json", `403 | {"error":"forbidden"}`, "[2 GET]"},
		{"NoRedirect gives everybody who fails a JSON body", "/login?id=2", "/api", acceptHTML, `403 | {"error":"forbidden"}`, "[2 GET]"},
		{"the anonymous are not tested but sent to log in", "", "/page", "", "302 | Location: /login?next=%2Fpage", "[]"},
		{"anonymous scripts get 401", "", "/api", "", jsonLogin, "[]"},
		{"options are those of LoginRequired", "", "/view", "", "302 | Location: /admin/login?next=%2Fview", "[]"},
		{"the inactive are not tested but sent to log in", "/login?id=3&force=1", "/page", "", "302 | Location: /login?next=%2Fpage", "[]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.browser()
			if row.login != "" {
				wants(t, "login", b.do("POST", row.login).StatusCode, 200)
			}
			s.told()
			asked = nil
			wants(t, "answer", answerOf(b.do("GET", row.path, "Accept", row.accept)), row.want)
			wants(t, "tested", fmt.Sprint(asked), row.asked)
			wants(t, "the handler ran", strings.Contains(s.told(), "handler"), strings.HasPrefix(row.want, "200"))
		})
	}
}

func TestA403IsAnEventAndFlashesNothing(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", passes(func(*gin.Context, ginlogin.User) bool { return false }))
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	rep := b.do("GET", "/page", "HX-Request", "true")
	wants(t, "answer", answerOf(rep), "403")
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	wants(t, "events", s.told(), "user_accessed=1 user_forbidden=1")
	wants(t, "flashes", b.get("/flashes"), "200 [] <nil>")
}

func TestAMiddlewareCanRenderThePageOfARefusal(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	lm.Logger = slog.New(slog.DiscardHandler)
	b := alone(t, func(r *gin.Engine) {
		r.Use(func(c *gin.Context) {
			c.Next()
			if !c.Writer.Written() && c.Writer.Status() >= 400 {
				c.String(c.Writer.Status(), "page of %d", c.Writer.Status())
			}
		}, useSessions(), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		r.GET("/401", ginlogin.LoginRequired())
		r.GET("/403", passes(func(*gin.Context, ginlogin.User) bool { return false }))
	})
	wants(t, "no view", b.get("/401"), "401 page of 401")
	b.post("/login")
	wants(t, "failed test", b.get("/403"), "403 page of 403")
	users.fail(errors.New("database down"))
	wants(t, "outage", b.get("/403"), "503 page of 503")
}

func TestAnonymousRequiredSendsUsersAway(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	wants(t, "anonymous GET", b.get("/welcome"), "200 inside")
	wants(t, "anonymous POST", b.post("/welcome"), "200 inside")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	s.told()
	wants(t, "a user's GET", answerOf(b.do("GET", "/welcome")), "302 | Location: /home")
	wants(t, "a user's HEAD", answerOf(b.do("HEAD", "/welcome")), "302 | Location: /home")
	wants(t, "a user's POST", answerOf(b.do("POST", "/welcome")), "303 | Location: /home")
	wants(t, "the handler never ran", s.told(), "user_accessed=1 user_accessed=1 user_accessed=1")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")

	inactive := s.browser()
	inactive.post("/login?id=3&force=1")
	wants(t, "an inactive user, whom guards send here", inactive.get("/welcome"), "200 inside")
}

func TestAnonymousRequiredNeverAnswers503(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, _ error) { c.String(http.StatusServiceUnavailable, "down") }
	})
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()

	s.users.fail(errors.New("database down"))
	wants(t, "loader down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
	s.users.fail(nil)
	store.failLoads(errors.New("store down"))
	wants(t, "store down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: reading the session: store down")
	store.failLoads(nil)
	wants(t, "all is well again", b.do("GET", "/welcome").StatusCode, http.StatusFound)
}

func TestUnauthorizedAndNeedsRefreshAnswerAsTheGuardsDo(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	refusing := func(refuse func(*gin.Context, ...ginlogin.GuardOption), opts ...ginlogin.GuardOption) gin.HandlerFunc {
		return func(c *gin.Context) { refuse(c, opts...) }
	}
	s.guarded("/login-please", refusing(ginlogin.Unauthorized))
	s.guarded("/login-there", refusing(ginlogin.Unauthorized, ginlogin.LoginView("/admin/login")))
	s.guarded("/login-api", refusing(ginlogin.Unauthorized, ginlogin.NoRedirect()))
	s.guarded("/password-please", refusing(ginlogin.NeedsRefresh))
	s.guarded("/password-there", refusing(ginlogin.NeedsRefresh, ginlogin.RefreshView("/admin/again")))
	s.guarded("/password-api", refusing(ginlogin.NeedsRefresh, ginlogin.NoRedirect()))

	for _, row := range []struct{ path, answer, events, flashes string }{
		{"/login-please", "302 | Location: /login?next=%2Flogin-please", "user_unauthorized", "200 [{message " + loginMessage + "}] <nil>"},
		{"/login-there", "302 | Location: /admin/login?next=%2Flogin-there", "user_unauthorized", "200 [{message " + loginMessage + "}] <nil>"},
		{"/login-api", jsonLogin, "user_unauthorized", "200 [] <nil>"},
		{"/password-please", "302 | Location: /reauthenticate?next=%2Fpassword-please", "user_needs_refresh", "200 [{message " + refreshMessage + "}] <nil>"},
		{"/password-there", "302 | Location: /admin/again?next=%2Fpassword-there", "user_needs_refresh", "200 [{message " + refreshMessage + "}] <nil>"},
		{"/password-api", jsonRefresh, "user_needs_refresh", "200 [] <nil>"},
	} {
		t.Run(row.path[1:], func(t *testing.T) {
			b := s.browser()
			rep := b.do("GET", row.path)
			wants(t, "answer", answerOf(rep), row.answer)
			wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			wants(t, "the handler never ran, and nobody was loaded", s.told(), row.events)
			wants(t, "flashes", b.get("/flashes"), row.flashes)
		})
	}
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "a user who may not do this either", answerOf(b.do("GET", "/login-please")), "302 | Location: /login?next=%2Flogin-please")
}

func TestACustomHandlerAnswersInsteadAndTheChainIsAborted(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.UnauthorizedHandler = func(c *gin.Context) { c.String(http.StatusTeapot, "who are you? ") } // forgets to abort
		s.lm.NeedsRefreshHandler = func(c *gin.Context) { c.String(http.StatusConflict, "is it you? ") }
	})
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	s.guarded("/called", func(c *gin.Context) { ginlogin.Unauthorized(c) })
	s.guarded("/called-too", func(c *gin.Context) { ginlogin.NeedsRefresh(c) })
	b := s.browser()

	wants(t, "unauthorized", b.get("/page"), "418 who are you? ")
	wants(t, "events", s.told(), "user_accessed user_unauthorized")
	wants(t, "a script", b.get("/page", "Accept", "application/json"), "418 who are you? ")
	wants(t, "called", b.get("/called"), "418 who are you? ")
	wants(t, "called, too", b.get("/called-too"), "409 is it you? ")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")
	b.post("/login?id=1&fresh=0")
	s.told()
	wants(t, "needs refresh", b.get("/vip"), "409 is it you? ")
	wants(t, "events", s.told(), "user_accessed=1 user_needs_refresh=1")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")
}

func TestACustomHandlerThatAnswersNothingStillAborts(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.UnauthorizedHandler = func(*gin.Context) {}
		s.lm.NeedsRefreshHandler = func(*gin.Context) {}
		s.lm.ErrorHandler = func(*gin.Context, error) {}
	})
	s.guarded("/page", ginlogin.FreshLoginRequired())
	b := s.browser()
	wants(t, "anonymous", b.get("/page"), "200 ")
	b.post("/login?id=1&fresh=0")
	wants(t, "stale", b.get("/page"), "200 ")
	s.users.fail(errors.New("database down"))
	wants(t, "outage", b.get("/page"), "200 ")
	wants(t, "the handler never ran", strings.Contains(s.told(), "handler"), false)
}

func TestAnOutageOfTheLoaderIs503AndNoLogout(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	s.guarded("/ada", passes(func(*gin.Context, ginlogin.User) bool { return true }))
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()
	s.users.fail(errors.New("database down"))
	s.told()

	for _, row := range []struct{ name, path, accept, want string }{
		{"LoginRequired gives a browser no body", "/page", acceptHTML, "503"},
		{"LoginRequired gives a script JSON", "/page", "application/json", `503 | {"error":"service unavailable"}`},
		{"NoRedirect gives everybody JSON", "/api", acceptHTML, `503 | {"error":"service unavailable"}`},
		{"FreshLoginRequired asks for no password", "/vip", acceptHTML, "503"},
		{"UserPasses asks for no login", "/ada", acceptHTML, "503"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := b.do("GET", row.path, "Accept", row.accept)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "cookies set", len(rep.Cookies()), 0)
			wants(t, "events", s.told(), "user_accessed")
			wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
		})
	}
	s.users.fail(nil)
	wants(t, "afterwards", b.get("/vip"), "200 inside")
}

func TestAnOutageOfTheStoreIs503AndNoLogout(t *testing.T) {
	store := &faultyStore{Store: memStore()}
	s := newSite(t, store, nil)
	s.guarded("/page", ginlogin.LoginRequired())
	b := s.browser()
	b.post("/login?id=1")
	s.users.calls()
	store.failLoads(errors.New("store down"))
	rep := b.do("GET", "/page")
	wants(t, "answer", answerOf(rep), "503")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "who has no cookie is told to log in all the same", s.browser().do("GET", "/page").StatusCode, http.StatusFound)
	store.failLoads(nil)
	wants(t, "afterwards", b.get("/page"), "200 inside")
}

func TestErrorHandlerAnswersAnOutage(t *testing.T) {
	down := errors.New("database down")
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, err error) { // forgets to abort
			c.String(http.StatusBadGateway, "is it that? %v; ", errors.Is(err, down))
		}
	})
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(down)
	s.told()
	wants(t, "a browser", b.get("/page"), "502 is it that? true; ")
	wants(t, "a script", b.get("/api", "Accept", "application/json"), "502 is it that? true; ")
	wants(t, "the handler never ran", s.told(), "user_accessed user_accessed")
}

// member is a user type as it is written in a hurry, with UserMixin and GetID
// alone; each of the others overrides one method.
type (
	member          struct{ ginlogin.UserMixin }
	inactiveMember  struct{ member }
	unprovenMember  struct{ member }
	anonymousMember struct{ member }
)

func (member) GetID() string                 { return "9" }
func (member) Name() string                  { return "Eve" }
func (inactiveMember) IsActive() bool        { return false }
func (unprovenMember) IsAuthenticated() bool { return false }
func (anonymousMember) IsAnonymous() bool    { return true }

func TestAUserWhoMayNotPassSlipsThroughNowhere(t *testing.T) {
	for _, row := range []struct {
		name string
		user ginlogin.User
	}{
		{"who is not active", inactiveMember{}},
		{"who is not authenticated", unprovenMember{}},
		{"who is anonymous", anonymousMember{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				loadWith(s, func(context.Context, string) (ginlogin.User, error) { return row.user, nil })
			})
			s.engine.POST("/force", func(c *gin.Context) { answer200(c, ginlogin.Login(c, row.user, ginlogin.Force())) })
			s.guarded("/passes", passes(func(*gin.Context, ginlogin.User) bool { return true }))
			s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
			s.engine.GET("/as", func(c *gin.Context) {
				_, ok := ginlogin.UserAs[ginlogin.User](c)
				_, below := ginlogin.UserAs[ginlogin.User](ginlogin.Context(c))
				c.String(http.StatusOK, "%v %v", ok, below)
			})
			b := s.browser()
			wants(t, "forced login", b.post("/force"), "200 ok")
			wants(t, "is logged in", b.get("/whoami"), "200 user 9")
			for _, path := range []string{"/secret", "/vault", "/passes"} {
				wants(t, path, answerOf(b.do("GET", path)), "302 | Location: /login?next=%2F"+path[1:])
				wants(t, path+" for a script", answerOf(b.do("GET", path, "Accept", "application/json")), jsonLogin)
			}
			wants(t, "UserAs, of the request and below HTTP", b.get("/as"), "200 false false")
			wants(t, "LoggedIn in a template", b.get("/home"), "200 [Log in] Home (Eve) fresh=true")
			wants(t, "AnonymousRequired", b.get("/welcome"), "200 inside")
		})
	}
}

func TestOnlyForceLogsInTheInactive(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	wants(t, "without Force", b.post("/login?id=3"), "400 "+ginlogin.ErrInactiveUser.Error())
	wants(t, "nobody is logged in", b.get("/whoami"), "200 user ")
	wants(t, "with Force", b.post("/login?id=3&force=1"), "200 /")
	wants(t, "logged in", b.get("/whoami"), "200 user 3")
	wants(t, "guards refuse", b.do("GET", "/secret").StatusCode, http.StatusFound)
	s.users.get("3").Inactive = false
	wants(t, "once activated, guards pass", b.get("/secret"), "200 secret")
	s.users.get("3").Inactive = true
	wants(t, "once deactivated again, guards refuse", b.do("GET", "/secret").StatusCode, http.StatusFound)
}

func TestARefusalAfterTheHeadersLeavesTheResponseWholeAndAborts(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	begun := func(c *gin.Context) {
		c.Status(http.StatusAccepted)
		_, _ = c.Writer.WriteString("begun")
	}
	never := passes(func(*gin.Context, ginlogin.User) bool { return false })
	s.guarded("/login-required", begun, ginlogin.LoginRequired())
	s.guarded("/fresh-required", begun, ginlogin.FreshLoginRequired())
	s.guarded("/passes", begun, never)
	s.guarded("/passes-api", begun, passes(func(*gin.Context, ginlogin.User) bool { return false }, ginlogin.NoRedirect()))
	s.guarded("/api", begun, ginlogin.LoginRequired(ginlogin.NoRedirect()))
	s.guarded("/anonymous", begun, ginlogin.AnonymousRequired("/home"))
	s.guarded("/unauthorized", begun, func(c *gin.Context) { ginlogin.Unauthorized(c) })
	s.guarded("/needs-refresh", begun, func(c *gin.Context) { ginlogin.NeedsRefresh(c) })
	stale := s.browser()
	stale.post("/login?id=1&fresh=0")
	s.told()

	for _, row := range []struct {
		name, path string
		user       bool
		outage     error
	}{
		{"LoginRequired of the anonymous", "/login-required", false, nil},
		{"LoginRequired with NoRedirect", "/api", false, nil},
		{"LoginRequired of whom an outage hits", "/login-required", true, errors.New("down")},
		{"LoginRequired with NoRedirect of whom an outage hits", "/api", true, errors.New("down")},
		{"FreshLoginRequired of the stale", "/fresh-required", true, nil},
		{"UserPasses of who fails", "/passes", true, nil},
		{"UserPasses with NoRedirect of who fails", "/passes-api", true, nil},
		{"AnonymousRequired of a user", "/anonymous", true, nil},
		{"Unauthorized", "/unauthorized", false, nil},
		{"NeedsRefresh", "/needs-refresh", true, nil},
	} {
		for _, accept := range []string{acceptHTML, "application/json"} {
			t.Run(row.name+", asked for "+accept[:9], func(t *testing.T) {
				b := s.browser()
				if row.user {
					b = stale
				}
				s.users.fail(row.outage)
				rep := b.do("GET", row.path, "Accept", accept)
				s.users.fail(nil)
				wants(t, "answer", answerOf(rep), "202 | begun")
				wants(t, "cookies", len(rep.Cookies()), 0)
				wants(t, "the handler ran", strings.Contains(s.told(), "handler"), false)
			})
		}
	}
}

func TestATestThatAnswersItselfIsNotTalkedOver(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", passes(func(c *gin.Context, _ ginlogin.User) bool {
		c.JSON(http.StatusPaymentRequired, gin.H{"error": "pay first"})
		return false
	}))
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "a browser", b.get("/page"), `402 {"error":"pay first"}`)
	wants(t, "a script", b.get("/page", "Accept", "application/json"), `402 {"error":"pay first"}`)
}

func TestWhatIsMissingIsNamedAtTheFirstRequest(t *testing.T) {
	lm := ginlogin.New(newAccounts().find)
	store := cookieStore()
	behind := func(handlers ...gin.HandlerFunc) func(*gin.Engine) {
		return func(r *gin.Engine) {
			r.GET("/", append(handlers, func(c *gin.Context) { c.String(http.StatusOK, "inside") })...)
		}
	}
	named := ginlogin.New(newAccounts().find)
	named.SessionName = "b"
	other := ginlogin.New(newAccounts().find)
	other.Name = "other"
	many := sessions.SessionsMany([]string{"a", "b"}, store)
	one := sessions.Sessions("session", store)
	middleware := []string{"r.Use(lm.Middleware())", "sessions.Sessions"}

	for _, row := range []struct {
		name  string
		setup func(*gin.Engine)
		parts []string // of the panic; none means that the request is served
	}{
		{"a guard without the middleware", behind(one, ginlogin.LoginRequired()), middleware},
		{"FreshLoginRequired without the middleware", behind(one, ginlogin.FreshLoginRequired()), middleware},
		{"UserPasses without the middleware", behind(one, passes(func(*gin.Context, ginlogin.User) bool { return true })), middleware},
		{"AnonymousRequired without the middleware", behind(one, ginlogin.AnonymousRequired("/")), middleware},
		{"a guard with For without any middleware", behind(one, ginlogin.LoginRequired(ginlogin.For(lm))), middleware},
		{"a guard with For behind another manager's middleware", behind(one, other.Middleware(), ginlogin.LoginRequired(ginlogin.For(lm))), []string{"For", "r.Use(lm.Middleware())"}},
		{"Unauthorized with For behind another manager's middleware", behind(one, other.Middleware(), func(c *gin.Context) { ginlogin.Unauthorized(c, ginlogin.For(lm)) }), []string{"For", "r.Use(lm.Middleware())"}},
		{"NeedsRefresh with For behind another manager's middleware", behind(one, other.Middleware(), func(c *gin.Context) { ginlogin.NeedsRefresh(c, ginlogin.For(lm)) }), []string{"For", "r.Use(lm.Middleware())"}},
		{"CurrentUser without the middleware", behind(one, func(c *gin.Context) { ginlogin.CurrentUser(c) }), middleware},
		{"NextURL without the middleware", behind(one, func(c *gin.Context) { ginlogin.NextURL(c, "/") }), middleware},
		{"Flashes without the middleware", behind(one, func(c *gin.Context) { _, _ = ginlogin.Flashes(c) }), middleware},
		{"the middleware without sessions", behind(lm.Middleware()), []string{`r.Use(sessions.Sessions("session", store))`}},
		{"the middleware before sessions", behind(lm.Middleware(), one), []string{`r.Use(sessions.Sessions("session", store))`}},
		{"SessionsMany without SessionName", behind(many, lm.Middleware()), []string{"sessions.SessionsMany", "LoginManager.SessionName"}},
		{"SessionsMany with the name of none of them", behind(sessions.SessionsMany([]string{"a"}, store), named.Middleware()), []string{"sessions.SessionsMany", `"b"`, "LoginManager.SessionName"}},
		{"SessionsMany with the name of one of them", behind(many, named.Middleware(), ginlogin.AnonymousRequired("/")), nil},
		{"everything in its place", behind(one, lm.Middleware(), other.Middleware(), ginlogin.AnonymousRequired("/")), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := alone(t, row.setup).get("/")
			if row.parts == nil {
				wants(t, "answer", got, "200 inside")
				return
			}
			mentions(t, "answer", got, append(row.parts, "500 panic: ginlogin: ")...)
		})
	}
}

func TestSessionsManyKeepsTheLoginInTheSessionThatIsNamed(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	lm.SessionName = "b"
	b := alone(t, func(r *gin.Engine) {
		r.Use(sessions.SessionsMany([]string{"a", "b"}, cookieStore()), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		r.GET("/page", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) })
	})
	rep := b.do("POST", "/login")
	wants(t, "cookies set", len(rep.Cookies()), 1)
	wants(t, "session b", b.setCookie(rep, "b") != nil, true)
	wants(t, "page", b.get("/page"), "200 1")
	b.put("b", "")
	wants(t, "without session b", b.get("/page"), "401 ")
}

// twoDoors is a site with customers everywhere and staff beneath /staff.
func twoDoors(t *testing.T) (b *browser, clerks *accounts) {
	customers, clerks := newAccounts(), newAccounts()
	lm, staff := ginlogin.New(customers.find), ginlogin.New(clerks.find)
	lm.Logger, staff.Logger = slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler)
	lm.LoginView, lm.RefreshView = "/login", "/again"
	staff.Name, staff.LoginView, staff.RefreshView = "staff", "/staff/login", "/staff/again"
	opts := func(c *gin.Context) []ginlogin.LoginOption {
		if c.Query("fresh") == "0" {
			return []ginlogin.LoginOption{ginlogin.NotFresh()}
		}
		return nil
	}
	return alone(t, func(r *gin.Engine) {
		who := func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) }
		r.Use(useSessions(), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, customers.get("1"), opts(c)...)) })
		r.GET("/page", ginlogin.LoginRequired(), who)
		r.GET("/for-staff", ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group := r.Group("/staff", staff.Middleware())
		group.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, clerks.get("2"), opts(c)...)) })
		group.GET("/page", ginlogin.LoginRequired(), who)
		group.GET("/for-staff", ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group.GET("/for-customers", ginlogin.LoginRequired(ginlogin.For(lm)), who)
		group.GET("/for-both", ginlogin.LoginRequired(ginlogin.For(lm)), ginlogin.LoginRequired(ginlogin.For(staff)), who)
		group.GET("/fresh-staff", ginlogin.FreshLoginRequired(), who)
		group.GET("/fresh-customers", ginlogin.FreshLoginRequired(ginlogin.For(lm)), who)
		group.GET("/ada", passes(func(_ *gin.Context, u ginlogin.User) bool { return u.(*account).Name == "Ada" }, ginlogin.For(lm)), who)
		group.GET("/send", func(c *gin.Context) { ginlogin.Unauthorized(c, ginlogin.For(lm)) })
		group.GET("/send-again", func(c *gin.Context) { ginlogin.NeedsRefresh(c, ginlogin.For(lm)) })
	}), clerks
}

func TestForNamesTheManagerThatAGuardAsks(t *testing.T) {
	const toLogin, toStaff = "302 | Location: /login?next=%2Fstaff%2F", "302 | Location: /staff/login?next=%2Fstaff%2F"
	b, _ := twoDoors(t)
	check := func(when string, want map[string]string) {
		t.Helper()
		for path, answer := range want {
			wants(t, when+" "+path, answerOf(b.do("GET", path)), answer)
		}
	}
	check("nobody", map[string]string{
		"/page":                  "302 | Location: /login?next=%2Fpage",
		"/staff/page":            toStaff + "page",
		"/staff/for-staff":       toStaff + "for-staff",
		"/staff/for-customers":   toLogin + "for-customers",
		"/staff/for-both":        toLogin + "for-both",
		"/staff/fresh-staff":     toStaff + "fresh-staff",
		"/staff/fresh-customers": toLogin + "fresh-customers",
		"/staff/ada":             toLogin + "ada",
		"/staff/send":            toLogin + "send",
		"/staff/send-again":      "302 | Location: /again?next=%2Fstaff%2Fsend-again",
	})
	wants(t, "the customer logs in", b.post("/login?fresh=0"), "200 ok")
	check("customer", map[string]string{
		"/page":                  "200 | 1",
		"/staff/page":            toStaff + "page",
		"/staff/for-staff":       toStaff + "for-staff",
		"/staff/for-customers":   "200", // and the current user is the staff's: nobody
		"/staff/for-both":        toStaff + "for-both",
		"/staff/fresh-customers": "302 | Location: /again?next=%2Fstaff%2Ffresh-customers",
		"/staff/ada":             "200",
	})
	wants(t, "the clerk logs in", b.post("/staff/login"), "200 ok")
	check("both", map[string]string{
		"/page":                  "200 | 1",
		"/staff/page":            "200 | 2",
		"/staff/for-customers":   "200 | 2",
		"/staff/for-both":        "200 | 2",
		"/staff/fresh-staff":     "200 | 2",
		"/staff/fresh-customers": "302 | Location: /again?next=%2Fstaff%2Ffresh-customers",
		"/staff/ada":             "200 | 2",
	})
	mentions(t, "outside of the staff's middleware", b.get("/for-staff"), "500 panic: ginlogin: ", "r.Use(lm.Middleware())")
}

func TestTheOutageOfOneManagerIsNotTheOthers(t *testing.T) {
	b, clerks := twoDoors(t)
	b.post("/login")
	b.post("/staff/login")
	clerks.fail(errors.New("down"))
	wants(t, "staff", b.get("/staff/for-staff"), "503 ")
	wants(t, "both", b.get("/staff/for-both"), "503 ")
	wants(t, "customers", b.get("/page"), "200 1")
	wants(t, "customers beneath staff", b.get("/staff/for-customers"), "200 ")
}

func TestGuardsThatMakeNoSensePanicWhenTheyAreMade(t *testing.T) {
	for _, row := range []struct {
		name  string
		make  func()
		parts []string
	}{
		{"AnonymousRequired to nowhere", func() { ginlogin.AnonymousRequired("") }, []string{"AnonymousRequired"}},
		{"UserPasses without a test", func() { ginlogin.UserPasses[*account](nil) }, []string{"UserPasses"}},
		{"RequestPasses without a test", func() { ginlogin.RequestPasses[*account](nil) }, []string{"RequestPasses"}},
		{"For nobody", func() { ginlogin.For(nil) }, []string{"For"}},
		{"FreshFor less than no time", func() { ginlogin.FreshFor(-1) }, []string{"FreshFor"}},
		{"LoginView of a relative path", func() { ginlogin.LoginView("evil") }, []string{"LoginView", `"evil"`}},
		{"LoginView of another scheme", func() { ginlogin.LoginView("javascript:alert(1)") }, []string{"LoginView"}},
		{"LoginView of a URL without a host", func() { ginlogin.LoginView("https:///login") }, []string{"LoginView"}},
		{"LoginView that cannot be parsed", func() { ginlogin.LoginView("/%zz") }, []string{"LoginView"}},
		{"LoginView with a line break", func() { ginlogin.LoginView("/login\r\nX: y") }, []string{"LoginView"}},
		{"RefreshView of a relative path", func() { ginlogin.RefreshView("evil") }, []string{"RefreshView", `"evil"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			mentions(t, "panic", panicOf(row.make), append(row.parts, "ginlogin: ")...)
		})
	}
	for _, view := range []string{"", "/", "/login", "/login?a=b", "https://sso.example/login", "http://sso.example:8080"} {
		wants(t, "LoginView "+view, panicOf(func() { ginlogin.LoginView(view); ginlogin.RefreshView(view) }), "no panic")
	}
}

// strangers bring nothing to be known by, so that a guard need not find out who
// they are; or next to nothing.
var strangers = map[string]http.Header{
	"no cookies":           {},
	"foreign cookies":      {"Cookie": {"_ga=GA1.1; theme=dark", "lang=en"}},
	"a browser":            {"Accept": {acceptHTML}, "Sec-Fetch-Mode": {"navigate"}},
	"a script":             {"Accept": {"application/json"}, "Cookie": {"theme=dark"}},
	"a script of a page":   {"Accept": {acceptHTML}, "Sec-Fetch-Mode": {"cors"}},
	"htmx":                 {"Hx-Request": {"true"}, "Accept": {"*/*"}},
	"a bad session":        {"Cookie": {"theme=dark; session=bad"}},
	"a bad remember token": {"Cookie": {"remember_token=bad"}},
	"a similar name":       {"Cookie": {"my_remember_token=bad"}},
}

// refuse lets a guard without a login view answer a stranger.
func refuse(use gin.HandlerFunc, header http.Header, change func(*ginlogin.LoginManager), opts ...ginlogin.GuardOption) *http.Response {
	lm := benchmarkedManager()
	change(lm)
	r := gin.New()
	r.GET("/", use, lm.Middleware(), ginlogin.LoginRequired(opts...), func(c *gin.Context) { c.String(http.StatusOK, "let in") })
	req := httptest.NewRequest("GET", "/", nil)
	req.Header = header
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Result()
}

func TestAStrangerIsRefusedAlikeAtOnceAndAfterALook(t *testing.T) {
	look := func(lm *ginlogin.LoginManager) { lm.On(ginlogin.UserAccessed, func(*gin.Context, ginlogin.User) {}) }
	for name, header := range strangers {
		for store, use := range map[string]gin.HandlerFunc{
			"cookie":      sessions.Sessions("session", cookieStore()),
			"cookiestore": cookiestore.Sessions("session", cookiestore.NewStore(keyOf("session"))),
		} {
			for _, opts := range [][]ginlogin.GuardOption{nil, {ginlogin.NoRedirect()}} {
				atOnce := refuse(use, header.Clone(), func(*ginlogin.LoginManager) {}, opts...)
				looked := refuse(use, header.Clone(), look, opts...)
				what := fmt.Sprintf("%s on %s, %d options", name, store, len(opts))
				wants(t, what, bodyOf(t, atOnce), bodyOf(t, looked))
				wants(t, what, atOnce.StatusCode, http.StatusUnauthorized)
				wants(t, what, fmt.Sprint(atOnce.Header), fmt.Sprint(looked.Header))
			}
		}
	}
}

func bodyOf(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

func TestNoStrangerIsRefusedBeforeTheAppWasAsked(t *testing.T) {
	use := cookiestore.Sessions("session", cookiestore.NewStore(keyOf("session")))
	asked := 0
	ask := func(*gin.Context) { asked++ }
	tell := func(*gin.Context, ginlogin.User) { asked++ }
	for name, change := range map[string]func(*ginlogin.LoginManager){
		"RequestLoader": func(lm *ginlogin.LoginManager) {
			lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) { ask(c); return nil, nil }
		},
		"AnonymousUser": func(lm *ginlogin.LoginManager) {
			lm.AnonymousUser = func(c *gin.Context) ginlogin.User { ask(c); return ginlogin.AnonymousUser{} }
		},
		"UnauthorizedHandler": func(lm *ginlogin.LoginManager) { lm.UnauthorizedHandler = ask },
		"UserAccessed":        func(lm *ginlogin.LoginManager) { lm.On(ginlogin.UserAccessed, tell) },
		"UserUnauthorized":    func(lm *ginlogin.LoginManager) { lm.On(ginlogin.UserUnauthorized, tell) },
		"AuditLog": func(lm *ginlogin.LoginManager) {
			lm.AuditLog = slog.New(slog.NewTextHandler(writerFunc(func([]byte) { asked++ }), nil))
		},
	} {
		asked = 0
		refuse(use, http.Header{"Cookie": {"theme=dark"}}, change)
		wants(t, name+" is asked", asked, 1)
	}
}

type writerFunc func(text []byte)

func (f writerFunc) Write(text []byte) (int, error) { f(text); return len(text), nil }

func TestAGuardOfACopyOfTheContextLeavesTheResponseAlone(t *testing.T) {
	r := gin.New()
	r.GET("/", sessions.Sessions("session", cookieStore()), benchmarkedManager().Middleware(), func(c *gin.Context) {
		elsewhere := c.Copy()
		ginlogin.LoginRequired()(elsewhere)
		wants(t, "the copy is aborted", elsewhere.IsAborted(), true)
		wants(t, "headers", fmt.Sprint(c.Writer.Header()), "map[]")
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	wants(t, "status", w.Code, http.StatusOK)
}

func TestAGuardRefusesNobodyWhoHasLoggedInThisMoment(t *testing.T) {
	login := func(c *gin.Context) {
		if err := ginlogin.Login(c, &account{ID: "1", Name: "Ada"}); err != nil {
			t.Error(err)
		}
	}
	lm := benchmarkedManager()
	r := gin.New()
	r.GET("/", sessions.Sessions("session", cookieStore()), lm.Middleware(), login, ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID())
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	wants(t, "body", w.Body.String(), "1")
}

func isAda(a *account) bool { return a.Name == "Ada" }

func TestAGuardThatAsksForNoFreshLoginRefusesFreshFor(t *testing.T) {
	for name, make := range map[string]func(){
		"LoginRequired":     func() { ginlogin.LoginRequired(ginlogin.FreshFor(time.Minute)) },
		"UserPasses":        func() { ginlogin.UserPasses(isAda, ginlogin.FreshFor(time.Minute)) },
		"RequestPasses":     func() { passes(func(*gin.Context, ginlogin.User) bool { return true }, ginlogin.FreshFor(time.Minute)) },
		"AnonymousRequired": func() { ginlogin.AnonymousRequired("/", ginlogin.FreshFor(time.Minute)) },
	} {
		wantsText(t, name, panicText(make), "FreshFor", "FreshLoginRequired", name)
	}
}

func TestAGuardBeforeItsOwnLoginPageIsReportedAndEndsNowhere(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.LoginView = "/sign in?from=guard" })
	s.engine.GET("/sign in", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "form") })
	b := s.browser()
	wants(t, "the page itself", b.do("GET", "/sign%20in?x=1").StatusCode, http.StatusUnauthorized)
	wantsText(t, "errors", s.failures(), "a guard stands before the login page it redirects to")
	wants(t, "other pages", b.do("GET", "/secret").StatusCode, http.StatusFound)
}

func TestOnlyARedirectToItselfIsALoop(t *testing.T) {
	forced := newSite(t, cookieStore(), func(s *site) { s.lm.ForceHost = "accounts.example" })
	forced.engine.GET("/login", ginlogin.LoginRequired(), func(c *gin.Context) { c.Status(http.StatusOK) })
	wants(t, "a login page on another host", forced.browser().do("GET", "/login").StatusCode, http.StatusFound)

	posted := newSite(t, cookieStore(), func(s *site) { s.lm.LoginView = "/" })
	posted.engine.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "log in here") })
	posted.engine.POST("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "posted") })
	wants(t, "a form of the login page", posted.browser().do("POST", "/").StatusCode, http.StatusSeeOther)
}
