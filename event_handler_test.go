package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestHandlersAreCalledInTheOrderOfTheirRegistration(t *testing.T) {
	s, _ := eventSite(t, func(s *site) {
		for i := range 3 {
			s.lm.On(ginlogin.UserLoggedIn, func(*gin.Context, ginlogin.User) { s.tell(fmt.Sprint(i)) })
		}
	})
	s.browser().post("/login?id=1")
	wants(t, "events", s.told(), "saved user_logged_in=1 0 1 2")
}

func TestHandlersMayAskForTheCurrentUser(t *testing.T) {
	s, _ := eventSite(t, func(s *site) {
		for e := range eventCount {
			s.lm.On(e, func(c *gin.Context, _ ginlogin.User) {
				u, err := ginlogin.LoadUser(c)
				s.tell(fmt.Sprintf("(%s %v)", u.GetID(), err))
			})
		}
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	wants(t, "login", s.told(), "saved user_logged_in=1 (1 <nil>)")
	b.get("/whoami")
	wants(t, "access", s.told(), "user_accessed=1 (1 <nil>)")
	b.put("session", "")
	b.get("/vault")
	wants(t, "restored and refused", s.told(), "saved user_accessed=1 (1 <nil>) user_loaded_from_cookie=1 (1 <nil>) user_needs_refresh=1 (1 <nil>) saved")
	b.post("/confirm")
	wants(t, "confirmed", s.told(), "saved user_login_confirmed=1 (1 <nil>)")
	b.agent = "another browser"
	b.get("/whoami")
	wants(t, "protected", s.told(), "saved user_accessed=1 (1 <nil>) session_protected=1 (1 <nil>)")
	b.post("/logout")
	wants(t, "logout", s.told(), "saved user_accessed ( <nil>) user_logged_out=1 ( <nil>)")
	b.get("/secret")
	wants(t, "refused", s.told(), "user_accessed ( <nil>) user_unauthorized ( <nil>) saved")
	b.get("/whoami", "X-Token", "2")
	wants(t, "token", s.told(), "user_accessed=2 (2 <nil>) user_loaded_from_request=2 (2 <nil>)")
	s.users.fail(errors.New("database down"))
	b.post("/login?id=1")
	s.told()
	s.users.calls()
	b.get("/whoami")
	wants(t, "outage", s.told(), "user_accessed ( ginlogin: loading the user: database down)")
	wants(t, "loader calls", fmt.Sprint(s.users.calls()), "[1]")
}

func TestHandlersMayFlash(t *testing.T) {
	s, _ := eventSite(t, func(s *site) {
		for e := range eventCount {
			s.lm.On(e, func(c *gin.Context, u ginlogin.User) {
				if e == ginlogin.UserAccessed {
					return
				}
				if err := ginlogin.AddFlash(c, "event", e.String()); err != nil {
					t.Errorf("%v: %v", e, err)
				}
			})
		}
	})
	b := s.browser()
	flashes := func() string {
		b.s.t.Helper()
		return strings.TrimSuffix(strings.TrimPrefix(b.get("/flashes"), "200 "), " <nil>")
	}
	step := func(rep reply) { b.setCookie(rep, "session") } // fails if there are two

	step(b.do("POST", "/login?id=1&remember=1"))
	wants(t, "login", flashes(), "[{event user_logged_in}]")
	b.put("session", "")
	step(b.do("GET", "/vault"))
	wants(t, "restored and refused", flashes(), "[{event user_loaded_from_cookie} {event user_needs_refresh} {message "+refreshMessage+"}]")
	step(b.do("POST", "/confirm"))
	wants(t, "confirmed", flashes(), "[{event user_login_confirmed}]")
	b.agent = "another browser"
	step(b.do("GET", "/whoami"))
	wants(t, "protected", flashes(), "[{event session_protected}]")
	step(b.do("POST", "/logout"))
	wants(t, "logout", flashes(), "[{event user_logged_out}]")
	step(b.do("GET", "/secret"))
	wants(t, "refused", flashes(), "[{event user_unauthorized} {message "+loginMessage+"}]")
	wants(t, "still logged out", b.get("/whoami"), "200 user ")
}

func TestEventsThatAHandlerCausesFireAfterIt(t *testing.T) {
	s, _ := eventSite(t, func(s *site) {
		s.lm.On(ginlogin.UserLoggedIn, func(c *gin.Context, u ginlogin.User) {
			if err := ginlogin.Logout(c); err != nil {
				t.Error(err)
			}
			s.tell("(first)")
		})
		s.lm.On(ginlogin.UserLoggedIn, func(c *gin.Context, u ginlogin.User) { s.tell("(second " + ginlogin.CurrentUser(c).GetID() + ")") })
	})
	b := s.browser()
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "events", strings.ReplaceAll(s.told(), "saved ", ""), "user_logged_in=1 (first) (second ) user_logged_out=1")
	wants(t, "logged out", b.get("/whoami"), "200 user ")
}

func TestAHandlerMayLogIn(t *testing.T) {
	s, _ := eventSite(t, func(s *site) {
		s.lm.On(ginlogin.UserLoadedFromRequest, func(c *gin.Context, u ginlogin.User) {
			if err := ginlogin.Login(c, u); err != nil {
				t.Error(err)
			}
		})
	})
	b := s.browser()
	wants(t, "with a token", b.get("/whoami", "X-Token", "2"), "200 user 2")
	wants(t, "events", s.told(), "user_accessed=2 user_loaded_from_request=2 saved user_logged_in=2")
	wants(t, "without", b.get("/secret"), "200 secret")
}

func TestAHandlerThatPanicsSpoilsOnlyItsOwnRequest(t *testing.T) {
	users := newAccounts()
	lm := ginlogin.New(users.find)
	lm.On(ginlogin.UserLoggedIn, func(_ *gin.Context, u ginlogin.User) {
		if u.GetID() == "2" {
			panic("no Grace today")
		}
	})
	b := alone(t, func(r *gin.Engine) {
		r.Use(useSessions(), lm.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get(c.Query("id")))) })
		r.GET("/whoami", func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) })
	})
	wants(t, "login", b.post("/login?id=2"), "500 panic: no Grace today")
	wants(t, "the next login", b.post("/login?id=1"), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 1")
}

func TestOnPanicsForAHandlerThatWouldNeverRun(t *testing.T) {
	handler := func(*gin.Context, ginlogin.User) {}
	built := ginlogin.New(newAccounts().find)
	built.Middleware()
	lm := ginlogin.New(newAccounts().find)
	for _, row := range []struct {
		name  string
		on    func()
		parts []string
	}{
		{"after Middleware", func() { built.On(ginlogin.UserLoggedIn, handler) }, []string{"On was called after Middleware"}},
		{"an event below the first", func() { lm.On(-1, handler) }, []string{"no event -1"}},
		{"an event behind the last", func() { lm.On(eventCount, handler) }, []string{fmt.Sprintf("no event %d", eventCount)}},
		{"no handler", func() { lm.On(ginlogin.UserLoggedIn, nil) }, []string{"On", "nil"}},
		{"all is well", func() { lm.On(eventCount-1, handler) }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.parts == nil {
				wants(t, "panic", panicText(row.on), "")
				return
			}
			wantsText(t, "panic", panicText(row.on), append(row.parts, "ginlogin: ")...)
		})
	}
}
