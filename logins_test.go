package ginlogin_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestACopiedSessionCookieIsDeadAfterLogout(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	wants(t, "before", thief.get("/whoami"), "200 user 1")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "after", thief.get("/whoami"), "200 user ")
}

func TestALateSaveOfASessionDoesNotBringTheLoginBack(t *testing.T) {
	for name, store := range map[string]func() *site{
		"cookie store": func() *site { s, _ := newStoredSite(t, nil); return s },
		"memstore": func() *site {
			return newSite(t, memStore(), func(s *site) { s.lm.Logins = newShelf() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := store()
			read, saved := make(chan struct{}), make(chan struct{})
			s.engine.POST("/slow", func(c *gin.Context) {
				ginlogin.CurrentUser(c)
				close(read)
				<-saved
				answer200(c, ginlogin.AddFlash(c, "info", "late"))
			})
			b := s.browser()
			b.post("/login?id=1")
			slow := b.copyOf("session")
			done := make(chan string)
			go func() { done <- slow.post("/slow") }()
			<-read
			b.post("/logout")
			close(saved)
			wants(t, "late request", <-done, "200 ok")
			wants(t, "its session afterwards", slow.get("/whoami"), "200 user ")
		})
	}
}

func TestAnOutageOfTheLoginStoreIsNoLogout(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	restart := b.copyOf("remember_token")
	store.fail(errors.New("down"))
	for name, visitor := range map[string]*browser{"session": b, "remember cookie": restart} {
		rep := visitor.do("GET", "/secret")
		wants(t, name+": guard", rep.StatusCode, http.StatusServiceUnavailable)
		wants(t, name+": cookies", len(rep.Header["Set-Cookie"]), 0)
	}
	for _, path := range []string{"/login?id=2", "/logout", "/confirm", "/others"} {
		rep := b.do("POST", path)
		wants(t, path, rep.StatusCode, http.StatusBadRequest)
		wants(t, path+": cookies", len(rep.Header["Set-Cookie"]), 0)
	}
	store.fail(nil)
	wants(t, "after it", b.get("/secret"), "200 secret")
	wants(t, "remembered, after it", restart.get("/secret"), "200 secret")
}

func TestUsersSeeAndEndTheirLogins(t *testing.T) {
	s, store := newStoredSite(t, nil)
	laptop, phone, other := s.browser(), s.browser(), s.browser()
	laptop.agent, phone.agent = "laptop", "phone"
	laptop.post("/login?id=1")
	laptop.get("/whoami")
	s.clock.Advance(2 * time.Minute)
	phone.post("/login?id=1&remember=1")
	other.post("/login?id=2")
	wants(t, "devices", phone.get("/devices"), "200 phone (this), laptop <nil>")

	id := map[string]string{}
	for _, row := range store.rows {
		id[row.User+row.UserAgent] = row.ID
	}
	wants(t, "end another user's", phone.post("/end?id="+id["2test browser"]), "400 ginlogin: login not found")
	wants(t, "end none", phone.post("/end?id="), "400 ginlogin: login not found")
	wants(t, "end the laptop's", phone.post("/end?id="+id["1laptop"]), "200 ok")
	wants(t, "the laptop", laptop.get("/whoami"), "200 user ")
	wants(t, "the other user", other.get("/whoami"), "200 user 2")
	wants(t, "end this one", phone.post("/end?id="+id["1phone"]), "200 ok")
	wants(t, "its remember cookie", phone.cookie("remember_token"), "")
	wants(t, "devices without a login", phone.get("/devices"), "200  "+ginlogin.ErrNotAuthenticated.Error())

	laptop.post("/login?id=1")
	phone.post("/login?id=1")
	wants(t, "log out the others", phone.post("/others"), "200 ok")
	wants(t, "this one", phone.get("/whoami"), "200 user 1")
	wants(t, "the other one", laptop.get("/whoami"), "200 user ")
	laptop.post("/login?id=1")
	wants(t, "log out everywhere", phone.post("/everywhere"), "200 ok")
	wants(t, "this one", phone.get("/whoami"), "200 user ")
	wants(t, "the other one", laptop.get("/whoami"), "200 user ")

	laptop.post("/login?id=1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "after the administrator ended them", laptop.get("/whoami"), "200 user ")
	wants(t, "rows left", store.only(t).User, "2")
}

func TestWithoutALoginStoreThereAreNoLoginsToList(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.engine.GET("/early", func(*gin.Context) {})
	})
	s.engine.GET("/devices", func(c *gin.Context) {
		_, err := ginlogin.Logins(c)
		for _, err := range []error{err, ginlogin.EndLogin(c, "x"), others(c), ginlogin.LogoutEverywhere(c), s.lm.EndLogins(c, "1")} {
			c.String(http.StatusOK, "%v,", errors.Is(err, ginlogin.ErrNoLoginStore))
		}
	})
	wants(t, "errors", s.browser().get("/devices"), "200 true,true,true,true,true,")
}

func TestEndingThisLoginTakesTheOptionsOfALogout(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.POST("/end/this", func(c *gin.Context) { answer200(c, ginlogin.EndLogin(c, ginlogin.LoginID(c), ginlogin.ClearSession())) })
	s.engine.POST("/end/all", func(c *gin.Context) { answer200(c, ginlogin.LogoutEverywhere(c, ginlogin.ClearSession())) })
	for _, path := range []string{"/end/this", "/end/all"} {
		b := s.browser()
		b.post("/login?id=1")
		b.post("/data?key=cart&value=full")
		wants(t, path, b.post(path), "200 ok")
		wants(t, "session cookie", b.cookie("session"), "")
	}
}

func TestManagersShareAStoreAndNotTheirUsers(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.Name = "staff" })
	s.browser().post("/login?id=1")
	wants(t, "user", store.only(t).User, "staff:1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "rows", store.count(), 0)
}

func TestConfirmLoginDoesNotRevealALoginThatWasEnded(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "confirm", b.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "user", b.get("/whoami"), "200 user ")
}

func TestBelowHTTPALoginThatWasEndedIsNone(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.GET("/service", func(c *gin.Context) {
		c.String(http.StatusOK, userBelow(ginlogin.Context(c)))
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "before", b.get("/service"), "200 Ada")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "after", b.get("/service"), "200 none")
}

// Without a user loader the token names the user, and the session vouches for the
// freshness of the login. A session that has ended must not.
func TestAnEndedSessionDoesNotMakeTheUserOfATokenFresh(t *testing.T) {
	for name, end := range map[string]func(s *site, b *browser){
		"a logout":               func(_ *site, b *browser) { b.post("/logout") },
		"EndLogins":              func(s *site, _ *browser) { noError(s.t, s.lm.EndLogins(s.t.Context(), "1")) },
		"LogoutOthers":           func(_ *site, b *browser) { b.post("/others", "Token", "1") },
		"an idle timeout":        func(s *site, _ *browser) { s.clock.Advance(time.Hour) },
		"a row that has expired": func(s *site, _ *browser) { s.clock.Advance(31 * day) },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStoredSite(t, func(s *site) {
				logins := s.lm.Logins
				loadWith[*account](s, nil)
				s.lm.Logins, s.lm.IdleTimeout = logins, time.Hour
				byToken(s)
			})
			b := s.browser()
			b.post("/login?id=1")
			thief := b.copyOf("session")
			wants(t, "before", thief.get("/vault", "Token", "1"), "200 vault")
			wants(t, "without the token", thief.get("/whoami"), "200 user ")
			end(s, b)
			wants(t, "the user of the token", thief.get("/whoami", "Token", "1"), "200 user 1")
			wants(t, "a page for fresh logins", thief.do("GET", "/vault", "Token", "1").StatusCode, http.StatusFound)
		})
	}
}

func TestACopyOfTheContextEndsNoLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.shows("/copied", func(c *gin.Context) any {
		ginlogin.CurrentUser(c)
		copied := c.Copy()
		_, err := ginlogin.Logins(copied)
		for name, err := range map[string]error{
			"Logins":           err,
			"EndLogin":         ginlogin.EndLogin(copied, ginlogin.LoginID(c)),
			"LogoutOthers":     ginlogin.LogoutOthers(copied, s.users.get("1")),
			"LogoutEverywhere": ginlogin.LogoutEverywhere(copied),
		} {
			wants(t, name, errors.Is(err, ginlogin.ErrNotResolved), true)
		}
		return "ok"
	})
	b := s.browser()
	b.post("/login?id=1")
	s.browser().post("/login?id=1")
	wants(t, "answer", b.get("/copied"), "200 ok")
	wants(t, "rows", store.count(), 2)
}

func TestANewLoginBeyondMaxLoginsEndsOthers(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) {
		s.lm.MaxLogins = 3
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
	})
	enter := func(agent string, use bool) *browser {
		b := s.browser()
		b.agent = agent
		b.post("/login?id=1")
		if use {
			b.get("/whoami")
		}
		s.clock.Advance(time.Minute)
		return b
	}
	phone, _, laptop := enter("phone", true), enter("script", false), enter("laptop", true)
	other := s.browser()
	other.post("/login?id=2")
	s.logged()
	desk := enter("desk", true)
	wantsText(t, "log", s.logged(), "msg=login_ended user=1 login=", `reason="more than MaxLogins"`)
	wants(t, "the one that was never used has ended", desk.get("/devices"), "200 desk (this), laptop, phone <nil>")
	s.clock.Advance(time.Minute)
	phone.get("/whoami")
	s.clock.Advance(time.Minute)
	tablet := enter("tablet", true)
	wants(t, "the one that was seen longest ago has ended", laptop.get("/whoami"), "200 user ")
	wants(t, "devices", tablet.get("/devices"), "200 tablet (this), phone, desk <nil>")
	wants(t, "another user", other.get("/whoami"), "200 user 2")
	wants(t, "rows", store.count(), 4)
}

// A stream outlives the request's checks, so it asks again.
func TestAStreamAsksWhetherItsLoginGoesOn(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(s *site, b *browser)
		want string
	}{
		{"nothing has happened", func(*site, *browser) {}, "true <nil>"},
		{"use by other requests", func(s *site, b *browser) {
			s.clock.Advance(30 * time.Minute)
			b.get("/whoami")
			s.clock.Advance(30 * time.Minute)
		}, "true <nil>"},
		{"a logout", func(_ *site, b *browser) { b.post("/logout") }, "false <nil>"},
		{"LogoutOthers by a copy", func(_ *site, b *browser) { b.copyOf("session").post("/others") }, "false <nil>"},
		{"the end by an administrator", func(s *site, _ *browser) { noError(s.t, s.lm.EndLogins(s.t.Context(), "1")) }, "false <nil>"},
		{"the idle timeout, as asking is no use", func(s *site, _ *browser) { s.clock.Advance(time.Hour) }, "false <nil>"},
		{"the absolute timeout", func(s *site, b *browser) {
			for range 5 {
				s.clock.Advance(30 * time.Minute)
				b.get("/whoami")
			}
		}, "false <nil>"},
		{"the user is gone", func(s *site, _ *browser) { s.users.drop("1") }, "false <nil>"},
		{"the user is banned", func(s *site, _ *browser) { s.users.get("1").Inactive = true }, "false <nil>"},
		{"an outage of the login store", func(s *site, _ *browser) { s.lm.Logins.(*shelf).fail(errStoreDown) }, "false ginlogin: the login store: connection refused"},
		{"an outage of the loader", func(s *site, _ *browser) { s.users.fail(errStoreDown) }, "false ginlogin: loading the user: connection refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _ := newStoredSite(t, func(s *site) { s.lm.IdleTimeout, s.lm.AbsoluteTimeout = time.Hour, 150*time.Minute })
			begun, ask := make(chan struct{}), make(chan struct{})
			s.engine.GET("/stream", ginlogin.LoginRequired(), func(c *gin.Context) {
				ctx := ginlogin.Context(c)
				close(begun)
				<-ask
				on, err := ginlogin.StillLoggedIn(ctx)
				on2, err2 := ginlogin.StillLoggedIn(c)
				wants(t, "by the context of Gin", fmt.Sprint(on2, err2), fmt.Sprint(on, err))
				c.String(http.StatusOK, "%v %v", on, err)
			})
			b := s.browser()
			b.post("/login?id=1")
			stream := b.copyOf("session")
			answer := make(chan string)
			go func() { answer <- stream.get("/stream") }()
			<-begun
			row.end(s, b)
			close(ask)
			wants(t, "answer", <-answer, "200 "+row.want)
		})
	}
	on, err := ginlogin.StillLoggedIn(t.Context())
	wants(t, "of a context without a login", fmt.Sprint(on, err), "false "+ginlogin.ErrNotResolved.Error())
}
