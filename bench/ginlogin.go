package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/gin-contrib/sessions"
	stockcookie "github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// A setting changes the manager of a site from what New presets.
type setting func(lm *ginlogin.LoginManager)

func noProtection(lm *ginlogin.LoginManager) { lm.SessionProtection = ginlogin.ProtectNone }

// newGinloginSite is the program of ginlogin's README.
func newGinloginSite(name string, middleware gin.HandlerFunc, fill content, settings ...setting) *site {
	return siteOf(name, middleware, fill, findAccount, ada, settings)
}

func findAccount(_ context.Context, id string) (*account, error) { return users[id], nil }

// A hashed account has a SessionHash, to which its logins are bound.
type hashed struct{ *account }

func (hashed) SessionHash() string {
	return "$argon2id$v=19$m=19456,t=2,p=1$Zm9yIGEgYmVuY2htYXJr$Y29zdHMgbm90aGluZyBoZXJlLCBpcyBjb21wYXJlZA"
}

func findHashed(_ context.Context, id string) (hashed, error) { return hashed{users[id]}, nil }

// newHashedSite is newGinloginSite with users that have a SessionHash.
func newHashedSite(name string, middleware gin.HandlerFunc, settings ...setting) *site {
	return siteOf(name, middleware, content{}, findHashed, hashed{ada}, settings)
}

func siteOf[U ginlogin.User](name string, middleware gin.HandlerFunc, fill content,
	find func(context.Context, string) (U, error), user U, settings []setting,
) *site {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{secret}
	for _, set := range settings {
		set(lm)
	}
	engine := gin.New()
	if err := engine.SetTrustedProxies(nil); err != nil {
		panic(err)
	}
	engine.Use(middleware, lm.Middleware())
	engine.GET("/open", func(c *gin.Context) { answer(c, greeting) })
	engine.GET("/private", ginlogin.LoginRequired(), func(c *gin.Context) {
		u, _ := ginlogin.UserAs[U](c)
		greet(c, accountOf(u))
	})
	login := func(opts ...ginlogin.LoginOption) gin.HandlerFunc {
		return func(c *gin.Context) {
			if fill != (content{}) {
				s := sessions.Default(c)
				fill.into(func(key string, value any) { s.Set(key, value) })
			}
			done(c, ginlogin.Login(c, user, opts...))
		}
	}
	engine.POST("/login", login())
	engine.POST("/remember", login(ginlogin.Remember(true)))
	engine.POST("/logout", func(c *gin.Context) { done(c, ginlogin.Logout(c, ginlogin.ClearSession())) })
	return &site{name: name, handler: engine}
}

func accountOf(u ginlogin.User) *account {
	if h, ok := u.(hashed); ok {
		return h.account
	}
	a, _ := u.(*account)
	return a
}

// The sessions that a site can be built on. Each call makes a store of its own.

func onCookie() gin.HandlerFunc {
	return sessions.Sessions(cookie, secured(stockcookie.NewStore(secret)))
}

func onMemstore() gin.HandlerFunc {
	return sessions.Sessions(cookie, secured(memstore.NewStore(secret)))
}

func onCookiestore() gin.HandlerFunc {
	return cookiestore.Sessions(cookie, cookiestore.NewStore(secret))
}

func onCookiestoreBelowGinContrib() gin.HandlerFunc {
	return sessions.Sessions(cookie, cookiestore.NewStore(secret))
}

// newSessionsSite has sessions and no users: what others cost is measured from there.
func newSessionsSite(name string, middleware gin.HandlerFunc) *site {
	engine := gin.New()
	engine.Use(middleware)
	engine.GET("/open", func(c *gin.Context) { answer(c, greeting) })
	engine.POST("/login", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Set("user_id", ada.ID)
		done(c, s.Save())
	})
	return &site{name: name, handler: engine}
}

// auditTo returns an audit log that formats its lines as JSON.
func auditTo(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
