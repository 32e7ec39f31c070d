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
	"time"

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

func TestACopyOfTheContextKnowsWhatIsKnownAndChangesNothing(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.engine.GET("/copied", func(c *gin.Context) {
		early := c.Copy()
		u, err := ginlogin.LoadUser(early)
		wants(t, "before: error", errors.Is(err, ginlogin.ErrNotResolved), true)
		wants(t, "before: user", u.IsAnonymous(), true)
		id, ok := ginlogin.UserID(early)
		wants(t, "before: ID", fmt.Sprintf("%q %v", id, ok), `"" false`)
		wants(t, "before: fresh", ginlogin.LoginFresh(early), false)
		wants(t, "before: remembered", ginlogin.LoginRemembered(early), false)
		wants(t, "before: below HTTP", userBelow(ginlogin.Context(early)), "none")
		wants(t, "before: in a template", ginlogin.TemplateData(early, nil).LoggedIn(), false)

		ginlogin.CurrentUser(c)
		for name, copied := range map[string]*gin.Context{"early": early, "late": c.Copy()} {
			u, err := ginlogin.LoadUser(copied)
			wants(t, name+": error", err, nil)
			wants(t, name+": user", u.GetID(), "1")
			id, ok := ginlogin.UserID(copied)
			wants(t, name+": ID", fmt.Sprintf("%q %v", id, ok), `"1" true`)
			wants(t, name+": fresh", ginlogin.LoginFresh(copied), true)
			wants(t, name+": remembered", ginlogin.LoginRemembered(copied), true)
			wants(t, name+": own type", userBelow(copied), "Ada")
			wants(t, name+": below HTTP", userBelow(ginlogin.Context(copied)), "Ada")
			wants(t, name+": login ID", ginlogin.LoginID(copied), "")
			wants(t, name+": next", ginlogin.NextURL(copied, "/fallback"), "/fallback")
			values := ginlogin.TemplateData(copied, gin.H{"a": 1})
			wants(t, name+": in a template", values.LoggedIn() && values.LoginFresh(), true)

			for what, err := range map[string]error{
				"Login":        ginlogin.Login(copied, s.users.get("2"), ginlogin.Remember(true)),
				"Logout":       ginlogin.Logout(copied, ginlogin.ClearSession()),
				"ConfirmLogin": ginlogin.ConfirmLogin(copied, s.users.get("1")),
				"AddFlash":     ginlogin.AddFlash(copied, "a", "b"),

				"BeginLogin":        ginlogin.BeginLogin(copied, s.users.get("2")),
				"FinishLogin":       ginlogin.FinishLogin(copied, s.users.get("2")),
				"Impersonate":       ginlogin.Impersonate(copied, s.users.get("2")),
				"StopImpersonating": ginlogin.StopImpersonating(copied),
			} {
				wants(t, name+": "+what, errors.Is(err, ginlogin.ErrNotResolved), true)
			}
			_, err = ginlogin.Flashes(copied)
			wants(t, name+": Flashes", errors.Is(err, ginlogin.ErrNotResolved), true)
			on, err := ginlogin.StillLoggedIn(copied)
			wants(t, name+": StillLoggedIn", fmt.Sprint(on, err), "false "+ginlogin.ErrNotResolved.Error())
		}
		c.String(http.StatusOK, "%s", ginlogin.CurrentUser(c).GetID())
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	rep := b.do("GET", "/copied")
	wants(t, "answer", rep.body, "1")
	wantsNoCookies(t, "answer", rep)
}

func TestACopyOfTheContextFindsNothingOut(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) { s.lm.AbsoluteTimeout = time.Hour })
	s.engine.POST("/enter", func(c *gin.Context) {
		answer200(c, ginlogin.Login(c, s.users.get("1"), ginlogin.Via("pwd"), ginlogin.Remember(true)))
	})
	s.shows("/template", func(c *gin.Context) any {
		copied := c.Copy()
		ginlogin.TemplateData(copied, nil)
		_, err := ginlogin.LoadUser(copied)
		return errors.Is(err, ginlogin.ErrNotResolved)
	})
	s.shows("/details", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		of := func(c *gin.Context) string {
			return fmt.Sprint(ginlogin.LoginMethods(c), ginlogin.LoginEnds(c).Absolute.IsZero())
		}
		return of(c) + ", by a copy " + of(c.Copy())
	})
	b := s.browser()
	b.post("/enter")
	wants(t, "methods and ends", b.get("/details"), "200 [pwd] false, by a copy [] true")
	// A login that is to be restored has to be written, which is for the handler's context.
	wants(t, "a template", b.copyOf("remember_token").get("/template"), "200 true")
}

func TestACopyOfTheContextKnowsOfAnOutage(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.shows("/copied", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		u, err := ginlogin.LoadUser(c.Copy())
		return fmt.Sprint(u.IsAnonymous(), errors.Is(err, errStoreDown))
	})
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(errStoreDown)
	wants(t, "answer", b.get("/copied"), "200 true true")
}

func TestAfterTheMiddlewareTheContextIsLikeACopy(t *testing.T) {
	s := siteBehind(t, sessions.Sessions("session", memStore()), nil, func(s *site) {
		s.engine.Use(func(c *gin.Context) {
			c.Next()
			if path := c.Request.URL.Path; path != "/static" && path != "/whoami" {
				return
			}
			u, err := ginlogin.LoadUser(c)
			s.mu.Lock()
			s.events = append(s.events, fmt.Sprintf("%q %v", u.GetID(), err))
			s.mu.Unlock()
			wants(t, "Logout afterwards", errors.Is(ginlogin.Logout(c), ginlogin.ErrNotResolved), true)
		}, s.lm.Middleware())
		s.routes(s.engine)
	})
	b := s.browser()
	b.post("/login?id=1")
	b.get("/static")
	wants(t, "a request that did not ask", s.told(), `"" `+ginlogin.ErrNotResolved.Error())
	b.get("/whoami")
	wants(t, "a request that asked", s.told(), `"1" <nil>`)
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

// Who ignores the error would never learn why nothing happens.
func TestACopyOfTheContextThatIsAskedIsWarnedOfOnce(t *testing.T) {
	for name, ask := range map[string]func(c *gin.Context, s *site) error{
		"a login":            func(c *gin.Context, s *site) error { return ginlogin.Login(c, s.users.get("1")) },
		"a logout":           func(c *gin.Context, _ *site) error { return ginlogin.Logout(c) },
		"a flash":            func(c *gin.Context, _ *site) error { return ginlogin.AddFlash(c, "info", "hello") },
		"the flashes":        func(c *gin.Context, _ *site) error { _, err := ginlogin.Flashes(c); return err },
		"all logins":         func(c *gin.Context, _ *site) error { return ginlogin.LogoutEverywhere(c) },
		"the second step":    func(c *gin.Context, s *site) error { return ginlogin.FinishLogin(c, s.users.get("1")) },
		"acting as somebody": func(c *gin.Context, s *site) error { return ginlogin.Impersonate(c, s.users.get("2")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			s.engine.POST("/copy", func(c *gin.Context) { c.String(200, fmt.Sprint(errors.Is(ask(c.Copy(), s), ginlogin.ErrNotResolved))) })
			for range 2 {
				wants(t, "ErrNotResolved", s.browser().post("/copy"), "200 true")
			}
			logged := s.logged()
			wants(t, "warnings", strings.Count(logged, "\n"), 1)
			wantsText(t, "log", logged, "level=WARN", "the user is not known on a c.Copy()", "path=/copy")
		})
	}
}
