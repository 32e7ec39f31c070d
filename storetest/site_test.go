package storetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// A storeSite runs on one store, on a real server.
type storeSite struct {
	*site.Site
	*backend
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
func newSite(t *testing.T, k kind, change ...func(*setup)) *storeSite {
	t.Helper()
	s := &storeSite{backend: k.open(t), k: k, arrived: make(chan struct{}), proceed: make(chan struct{})}
	with := &setup{store: s.store, options: ginlogin.SessionOptions()}
	if k.racy && raceDetector {
		with.store = &locked{Store: s.store}
	}
	for _, c := range change {
		c(with)
	}
	with.store.Options(with.options)

	lm := site.Manager()
	lm.Logins = with.logins
	middleware := k.middleware
	if middleware == nil {
		middleware = sessions.Sessions
	}
	engine := site.Engine(middleware("session", with.store), lm.Middleware())
	engine.GET("/guarded", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	engine.POST("/", s.perform)
	s.Site = site.Serve(t, engine)
	return s
}

// perform takes the steps that the query names, in one request, and answers
// what they have to say, or with the first error.
func (s *storeSite) perform(c *gin.Context) {
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

func (s *storeSite) step(c *gin.Context, step string) (string, error) {
	verb, object, _ := strings.Cut(step, " ")
	session := sessions.Default(c)
	switch verb {
	case "login":
		return "", ginlogin.Login(c, &site.Account{ID: object})
	case "login-stale":
		return "", ginlogin.Login(c, &site.Account{ID: object}, ginlogin.NotFresh())
	case "login-remember":
		return "", ginlogin.Login(c, &site.Account{ID: object}, ginlogin.Remember(true))
	case "confirm":
		id, _ := ginlogin.UserID(c)
		return "", ginlogin.ConfirmLogin(c, &site.Account{ID: id})
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
func (s *storeSite) wantsSessions(alive, ended int) {
	s.T.Helper()
	if s.count == nil {
		return
	}
	if s.k.rotation == newIDOldEmptied {
		alive += ended
	}
	site.Wants(s.T, "sessions in the store", s.count(), alive)
}

// A browser is a visitor who takes steps.
type browser struct {
	*site.Browser
	s *storeSite
}

func (s *storeSite) browser() *browser { return &browser{s.Browser(), s} }

// copyOf returns a browser that has that session cookie.
func (s *storeSite) copyOf(session string) *browser {
	b := s.browser()
	b.Put("session", session)
	return b
}

// does takes steps in one request and returns what they said.
func (b *browser) does(steps ...string) string {
	b.s.T.Helper()
	return b.perform(steps).Text
}

// fails takes steps in one request, which must fail and set no cookie. It
// returns the error.
func (b *browser) fails(steps ...string) string {
	b.s.T.Helper()
	res := b.perform(steps)
	if !strings.HasPrefix(res.Text, "error: ") {
		b.s.T.Errorf("%q: got %q, want an error", steps, res.Text)
	}
	if set := res.Header["Set-Cookie"]; set != nil {
		b.s.T.Errorf("%q: got cookies with the error: %q", steps, set)
	}
	return res.Text
}

func (b *browser) perform(steps []string) site.Response {
	b.s.T.Helper()
	return b.Do(http.MethodPost, "/?"+url.Values{"step": steps}.Encode())
}

// guarded asks for the guarded page and returns the status.
func (b *browser) guarded() int {
	b.s.T.Helper()
	return b.Do(http.MethodGet, "/guarded").StatusCode
}

// session returns the session cookie.
func (b *browser) session() string { return b.Cookie("session") }
