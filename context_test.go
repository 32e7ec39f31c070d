package ginlogin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// userBelow returns the user whom a service below HTTP finds in ctx.
func userBelow(ctx context.Context, opts ...ginlogin.AskOption) string {
	if u, ok := ginlogin.UserAs[*account](ctx, opts...); ok {
		return u.Name
	}
	return "none"
}

func TestAContextCarriesTheUserToServicesBelowHTTP(t *testing.T) {
	s := newSite(t, cookieStore(), byToken)
	s.shows("/below", func(c *gin.Context) any {
		ctx, cancel := context.WithCancel(context.WithValue(ginlogin.Context(c), ginContext{}, "more"))
		defer cancel()
		loaded := strings.Join(s.users.calls(), " ")
		return fmt.Sprintf("%s %s, loaded %q, then %q", userBelow(ctx), userBelow(ctx), loaded, s.users.calls())
	})
	b := s.browser()
	wants(t, "a visitor", b.get("/below"), `200 none none, loaded "", then []`)
	wants(t, "a token", b.get("/below", "Token", "2"), `200 Grace Grace, loaded "token 2", then []`)
	b.post("/login?id=1&remember=1")
	wants(t, "a user", b.get("/below"), `200 Ada Ada, loaded "1", then []`)
	b.put("session", "")
	rep := b.do("GET", "/below")
	wants(t, "a restored login", rep.body, `Ada Ada, loaded "1", then []`)
	wants(t, "its session cookie", b.setCookie(rep, "session") != nil, true)
	b.post("/login?id=3&force=1")
	wants(t, "an inactive user", b.get("/below"), `200 none none, loaded "3", then []`)
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	rep = b.do("GET", "/below")
	wants(t, "an outage", rep.body, `none none, loaded "1", then []`)
	wantsNoCookies(t, "an outage", rep)
	wantsText(t, "log of an outage", s.logged(), "ginlogin: loading the user: connection refused")
	wants(t, "a context that is not of a request", userBelow(context.Background()), "none")
}

func TestTheUserOfAContextIsAValueThatOutlivesTheRequest(t *testing.T) {
	s := newSite(t, memStore(), nil)
	var ctx context.Context
	s.shows("/logout-below", func(c *gin.Context) any {
		ctx = ginlogin.Context(c)
		return fmt.Sprintf("%v %s %s", ginlogin.Logout(c), userBelow(ctx), userBelow(ginlogin.Context(c)))
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "in the request", b.get("/logout-below"), "200 <nil> Ada none")
	s.users.calls()
	var goroutines sync.WaitGroup
	for range 4 {
		goroutines.Go(func() { wants(t, "after the request", userBelow(ctx), "Ada") })
	}
	goroutines.Wait()
	wants(t, "loader calls", len(s.users.calls()), 0)
}

func TestAContextCarriesTheUsersOfSeveralManagers(t *testing.T) {
	h := newHouse(t, memStore())
	customers, staff := h.customers.lm, h.staff.lm
	stranger := ginlogin.New(newAccounts().find)
	h.nested.GET("/below", func(c *gin.Context) {
		one := ginlogin.Context(c, ginlogin.For(customers))
		c.Request = c.Request.WithContext(one)
		both := ginlogin.Context(c)
		c.String(http.StatusOK, "%s %s %s, %s %s, %s", userBelow(both), userBelow(both, ginlogin.For(staff)), userBelow(both, ginlogin.For(customers)),
			userBelow(one), userBelow(one, ginlogin.For(staff)), userBelow(both, ginlogin.For(stranger)))
	})
	b := h.customers.browser()
	b.post("/shop/login?id=1")
	b.post("/office/login?id=1")
	wants(t, "with both, with customers alone, with another manager", b.get("/both/inner/below"), "200 Boss Boss Ada, Ada none, none")
	b.post("/office/logout")
	wants(t, "without a login as staff", b.get("/both/inner/below"), "200 none none Ada, Ada none, none")
}

// derivedUses counts the runs of the next test: the warning comes once per process.
var derivedUses int

// Gin gives a *gin.Context to one request after another. The first visitor's handler
// leaves a goroutine behind, whose context is derived from that object: by then it is
// the second visitor's, with the second visitor's user.
func TestAContextDerivedFromGinsHasNoUserOfAnotherVisitor(t *testing.T) {
	var logged bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(os.Stderr)
		log.SetFlags(log.LstdFlags)
	})
	s := newSite(t, memStore(), nil)
	s.engine.ContextWithFallback = true
	var own, late context.Context
	var ask, answer chan string
	s.shows("/first", func(c *gin.Context) any {
		own = ginlogin.Context(c)
		c.Request = c.Request.WithContext(own)
		derived := context.WithValue(c, ginContext{}, "more")
		late, ask, answer = derived, make(chan string), make(chan string)
		go func() { <-ask; answer <- userBelow(derived) }()
		return userBelow(derived)
	})
	reused := false
	s.shows("/second", func(c *gin.Context) any {
		c.Request = c.Request.WithContext(ginlogin.Context(c))
		reused = late.Value(gin.ContextKey) == any(c)
		close(ask)
		return fmt.Sprintf("%s, late: %s, own: %s", userBelow(c), <-answer, userBelow(own))
	})
	ada, grace := s.browser(), s.browser()
	ada.post("/login?id=1")
	grace.post("/login?id=2")
	for range 100 { // until Gin gives the same object to the second request
		wants(t, "in the request itself", ada.direct("/first").Body.String(), "none")
		wants(t, "in the second request", grace.direct("/second").Body.String(), "Grace, late: none, own: Ada")
		if reused {
			break
		}
	}
	wants(t, "the object was used again", reused, true)
	derivedUses++
	want := 0
	if derivedUses == 1 {
		want = 1
	}
	wants(t, "warnings", strings.Count(logged.String(), "level=WARN"), want)
	wants(t, "warnings that name the cure", strings.Count(logged.String(), "derive it from ginlogin.Context(c)"), want)
}

func TestFunctionsPanicWithoutTheirMiddleware(t *testing.T) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	for name, call := range map[string]func(){
		"CurrentUser":     func() { ginlogin.CurrentUser(c) },
		"LoadUser":        func() { _, _ = ginlogin.LoadUser(c) },
		"UserAs":          func() { ginlogin.UserAs[*account](c) },
		"UserID":          func() { ginlogin.UserID(c) },
		"LoginFresh":      func() { ginlogin.LoginFresh(c) },
		"LoginRemembered": func() { ginlogin.LoginRemembered(c) },
		"Context":         func() { ginlogin.Context(c) },
		"TemplateData":    func() { ginlogin.TemplateData(c, nil) },
		"Login":           func() { _ = ginlogin.Login(c, &account{ID: "1"}) },
		"Logout":          func() { _ = ginlogin.Logout(c) },
		"ConfirmLogin":    func() { _ = confirm(c) },
	} {
		wantsText(t, name, panicText(call), "ginlogin: ", "r.Use(lm.Middleware())")
	}
}

// TestNobodysCookieLandsOnAnothersResponse has many users send many requests at
// once. Each request leaves goroutines behind that hold copies of its context and
// wake up while Gin has given context and writer to other requests; then they ask
// for everything and try to change everything.
func TestNobodysCookieLandsOnAnothersResponse(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		const users, rounds, goroutines = 12, 12, 4
		s := newSite(t, store, func(s *site) {
			for i := range users {
				id := fmt.Sprintf("user%d", i)
				s.users.rows[id] = &account{ID: id, Name: id}
			}
		})
		attacker := &account{ID: "attacker"}

		// mischief does on a copy whatever can be done. id is its request's user. ctx is
		// what Context has returned, or nil if the request had not asked for its user.
		mischief := func(c *gin.Context, ctx context.Context, id string) {
			known := ctx != nil
			u, err := ginlogin.LoadUser(c)
			switch {
			case errors.Is(err, ginlogin.ErrNotResolved) && !known && u.IsAnonymous():
			case err == nil && u.GetID() == id:
			default:
				t.Errorf("a copy of %s has the user %q, %v", id, u.GetID(), err)
			}
			if u := ginlogin.CurrentUser(c); u.GetID() != id && (known || !u.IsAnonymous()) {
				t.Errorf("a copy of %s has the current user %q", id, u.GetID())
			}
			if got, ok := ginlogin.UserID(c); got != id && (known || ok) {
				t.Errorf("a copy of %s has the ID %q", id, got)
			}
			if known && !(ginlogin.LoginFresh(c) && ginlogin.LoginRemembered(c)) {
				t.Errorf("a copy of %s is not fresh or not remembered", id)
			}
			if name := userBelow(c); name != id && (known || name != "none") {
				t.Errorf("a copy of %s has the user %q", id, name)
			}
			if known && userBelow(ctx) != id {
				t.Errorf("the context of %s has %q", id, userBelow(ctx))
			}
			values := ginlogin.TemplateData(c, gin.H{"title": id})
			if values.LoggedIn() && values.CurrentUser().GetID() != id {
				t.Errorf("the template of %s names %q", id, values.CurrentUser().GetID())
			}
			_, flashes := ginlogin.Flashes(c)
			for what, err := range map[string]error{
				"Login":        ginlogin.Login(c, attacker, ginlogin.Remember(true)),
				"Logout":       ginlogin.Logout(c, ginlogin.ClearSession()),
				"ConfirmLogin": ginlogin.ConfirmLogin(c, s.users.get(id)),
				"AddFlash":     ginlogin.AddFlash(c, "late", "for "+id),
				"Flashes":      flashes,
			} {
				if !errors.Is(err, ginlogin.ErrNotResolved) {
					t.Errorf("%s on a copy of %s: got %v, want ErrNotResolved", what, id, err)
				}
			}
		}

		var late sync.WaitGroup
		turns := make(chan struct{}, goroutines)
		work := func(known bool) gin.HandlerFunc {
			return func(c *gin.Context) {
				id := c.Query("u")
				var ctx context.Context
				if known {
					ctx = ginlogin.Context(c)
				}
				for i := range goroutines {
					copied := c.Copy()
					late.Go(func() {
						if i > 0 {
							<-turns // given by the handler of some other request
						}
						mischief(copied, ctx, id)
					})
				}
				for range goroutines - 1 {
					select {
					case turns <- struct{}{}:
					default:
					}
				}
				got := ginlogin.CurrentUser(c).GetID()
				if c.Query("flash") != "" {
					if err := ginlogin.AddFlash(c, "own", id); err != nil {
						t.Error(err)
					}
				}
				c.String(http.StatusOK, got)
			}
		}
		s.engine.GET("/asked", work(true))
		s.engine.GET("/unasked", work(false))

		browsers := make([]*browser, users)
		for i := range browsers {
			browsers[i] = s.browser()
			wants(t, "login", browsers[i].post(fmt.Sprintf("/login?id=user%d&remember=1", i)), "200 /")
		}
		var visits sync.WaitGroup
		for i, b := range browsers {
			visits.Go(func() {
				id := fmt.Sprintf("user%d", i)
				for round := range rounds {
					path, sets := []string{"/asked", "/unasked"}[round%2]+"?u="+id, ""
					if round%3 == 0 {
						path, sets = path+"&flash=1", "session"
					}
					rep := b.do("GET", path)
					if rep.body != id {
						t.Errorf("%s gets the page of %q", id, rep.body)
					}
					for _, set := range rep.Cookies() {
						if set.Name != sets {
							t.Errorf("the response to %s sets the cookie %v", id, set)
						}
					}
					if sets != "" {
						b.setCookie(rep, "session")
						if got, want := b.get("/flashes"), "200 [{own "+id+"}] <nil>"; got != want {
							t.Errorf("%s has the flashes %q", id, got)
						}
					}
				}
				if got := b.get("/whoami"); got != "200 user "+id {
					t.Errorf("at the end %s gets the page of %q", id, got)
				}
				if got := s.says(b.cookie("remember_token"), "remember").UserID; got != id {
					t.Errorf("at the end %s has the remember cookie of %s", id, got)
				}
			})
		}
		visits.Wait()
		close(turns) // those that are left have no request to hide behind
		within(t, "the goroutines", late.Wait)
	})
}
