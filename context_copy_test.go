package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
