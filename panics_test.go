package ginlogin_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A trap is a function of the app that panics when it is set.
type trap struct{ set bool }

func (p *trap) spring() {
	if p.set {
		panic("a mistake of the app")
	}
}

// trappedLog is an audit log, and trappedStore a store of logins, with a trap.
type (
	trappedLog struct {
		slog.Handler
		*trap
	}
	trappedStore struct {
		ginlogin.LoginStore
		*trap
	}
)

func (trappedLog) Enabled(context.Context, slog.Level) bool { return true }

func (l trappedLog) Handle(context.Context, slog.Record) error { l.spring(); return nil }

func (s trappedStore) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	s.spring()
	return s.LoginStore.FindLogin(ctx, id)
}

// Whatever panics before the guard, and is recovered: what did not complete lets a thief
// into no page for fresh logins.
func TestAPanicThatIsRecoveredBeforeTheGuardLetsNobodyIn(t *testing.T) {
	questions := map[string]func(c *gin.Context){
		"CurrentUser":  func(c *gin.Context) { ginlogin.CurrentUser(c) },
		"LoginFresh":   func(c *gin.Context) { ginlogin.LoginFresh(c) },
		"UserID":       func(c *gin.Context) { ginlogin.UserID(c) },
		"TemplateData": func(c *gin.Context) { ginlogin.TemplateData(c, nil) },
	}
	for name, arm := range map[string]func(s *site, p *trap){
		"Identifier": func(s *site, p *trap) {
			s.lm.Identifier = func(c *gin.Context) string { p.spring(); return c.Request.UserAgent() }
		},
		"IsActivity": func(s *site, p *trap) {
			s.lm.IdleTimeout = time.Hour
			s.lm.IsActivity = func(*gin.Context) bool { p.spring(); return true }
		},
		"Now": func(s *site, p *trap) {
			s.lm.IdleTimeout = time.Hour
			s.lm.Now = func() time.Time { p.spring(); return s.clock.Now() }
		},
		"AnonymousUser": func(s *site, p *trap) {
			s.lm.AnonymousUser = func(*gin.Context) ginlogin.User { p.spring(); return nil }
		},
		"the user loader": func(s *site, p *trap) {
			loadWith(s, func(ctx context.Context, id string) (*account, error) { p.spring(); return s.users.find(ctx, id) })
		},
		"the login store": func(s *site, p *trap) { s.lm.Logins = trappedStore{newShelf(), p} },
		"the audit log":   func(s *site, p *trap) { s.lm.AuditLog = slog.New(trappedLog{slog.DiscardHandler, p}) },
		"a handler of an event": func(s *site, p *trap) {
			s.lm.On(ginlogin.UserAccessed, func(*gin.Context, ginlogin.User) { p.spring() })
		},
		"a handler of protection": func(s *site, p *trap) {
			s.lm.On(ginlogin.SessionProtected, func(*gin.Context, ginlogin.User) { p.spring() })
		},
	} {
		for _, protection := range []ginlogin.SessionProtection{ginlogin.ProtectBasic, ginlogin.ProtectStrong} {
			t.Run(fmt.Sprint(name, ", protection ", protection), func(t *testing.T) {
				p := &trap{}
				s := newSite(t, cookieStore(), func(s *site) { arm(s, p); s.lm.SessionProtection = protection })
				for question, ask := range questions {
					s.engine.GET("/"+question, func(c *gin.Context) {
						func() {
							defer func() { _ = recover() }()
							ask(c)
						}()
						p.set = false
					}, ginlogin.FreshLoginRequired(), s.inside)
				}
				for question := range questions {
					b := s.browser() // strong protection ends the login
					b.post("/login?id=1&remember=1")
					wants(t, question+": the user", b.get("/"+question), "200 inside")
					s.told()
					thief := b.copyOf("session", "remember_token")
					thief.agent = "thief"
					p.set = true
					if got := thief.get("/" + question); got == "200 inside" || strings.Contains(s.told(), "handler") {
						t.Errorf("%s: the thief gets %s", question, got)
					}
					p.set = false
				}
			})
		}
	}
}

func TestAfterAPanicOfTheIdentifierARequestHasNoUserAtAll(t *testing.T) {
	p := &trap{}
	s := newSite(t, cookieStore(), func(s *site) {
		byToken(s)
		s.lm.Identifier = func(c *gin.Context) string { p.spring(); return c.Request.UserAgent() }
	})
	s.shows("/user", func(c *gin.Context) any {
		func() {
			defer func() { _ = recover() }()
			ginlogin.UserID(c)
		}()
		return ginlogin.CurrentUser(c).GetID()
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "without a panic", b.get("/user"), "200 1")
	p.set = true
	wants(t, "after it", b.get("/user", "Token", "2"), "200 ")
}
