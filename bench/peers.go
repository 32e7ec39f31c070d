package main

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
	clientstate "github.com/volatiletech/authboss-clientstate"
	"github.com/volatiletech/authboss/v3"

	"github.com/ginlogin/ginlogin"
)

// Each peer is set up as its documentation says for production: over HTTPS, with
// cookies that scripts cannot read, and a map for the users as everybody here.

// newHandRolledSite is what one writes on gin-contrib/sessions after its README:
// the ID in the session, and a guard that looks the user up.
func newHandRolledSite(name string, middleware gin.HandlerFunc, fill content) *site {
	engine := gin.New()
	engine.Use(middleware)
	engine.GET("/open", func(c *gin.Context) { answer(c, greeting) })
	engine.GET("/private", handRolledGuard, func(c *gin.Context) { greet(c, c.MustGet("user").(*account)) })
	engine.POST("/login", func(c *gin.Context) {
		s := sessions.Default(c)
		fill.into(func(key string, value any) { s.Set(key, value) })
		s.Set("user_id", ada.ID)
		done(c, s.Save())
	})
	engine.POST("/logout", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Clear()
		s.Options(sessions.Options{Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		done(c, s.Save())
	})
	return &site{name: name, handler: engine}
}

func handRolledGuard(c *gin.Context) {
	id, _ := sessions.Default(c).Get("user_id").(string)
	user := users[id]
	if user == nil {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	c.Set("user", user)
	c.Next()
}

// secured gives a store of gin-contrib the options for production.
func secured[S sessions.Store](s S) S {
	s.Options(ginlogin.SessionOptions())
	return s
}

// newJWTSite keeps the token in a cookie, as a site for browsers does.
func newJWTSite() *site {
	mw, err := jwt.New(&jwt.GinJWTMiddleware{
		Realm: "bench", SigningAlgorithm: "HS256", Key: secret, Timeout: 24 * time.Hour, IdentityKey: "id",
		TokenLookup: "cookie:" + cookie, SendCookie: true, CookieName: cookie,
		SecureCookie: true, CookieHTTPOnly: true, CookieSameSite: http.SameSiteLaxMode,
		Authenticator: func(*gin.Context) (any, error) { return ada, nil },
		PayloadFunc:   func(data any) jwt.MapClaims { return jwt.MapClaims{"id": data.(*account).ID} },
		IdentityHandler: func(c *gin.Context) any {
			id, _ := jwt.ExtractClaims(c)["id"].(string)
			return users[id]
		},
		Authorizator:   func(data any, _ *gin.Context) bool { return data.(*account) != nil },
		Unauthorized:   func(c *gin.Context, code int, _ string) { c.Status(code) },
		LoginResponse:  func(c *gin.Context, _ int, _ string, _ time.Time) { answer(c, noted) },
		LogoutResponse: func(c *gin.Context, _ int) { answer(c, noted) },
	})
	if err != nil {
		panic(err)
	}
	engine := newEngine()
	engine.GET("/private", mw.MiddlewareFunc(), func(c *gin.Context) { greet(c, c.MustGet("id").(*account)) })
	engine.POST("/login", mw.LoginHandler)
	engine.POST("/logout", mw.LogoutHandler)
	return &site{name: "gin-jwt, HS256", handler: engine}
}

// newSCSSite keeps sessions in memory, which is the default of scs. Its middleware
// stands around the engine.
func newSCSSite(fill content) *site {
	manager := scs.New()
	manager.Lifetime = 30 * 24 * time.Hour
	manager.Cookie.Name = cookie
	manager.Cookie.Secure = true
	engine := newEngine()
	engine.GET("/private", func(c *gin.Context) {
		user := users[manager.GetString(c.Request.Context(), "user_id")]
		if user == nil {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", user)
		c.Next()
	}, func(c *gin.Context) { greet(c, c.MustGet("user").(*account)) })
	engine.POST("/login", func(c *gin.Context) {
		ctx := c.Request.Context()
		if err := manager.RenewToken(ctx); err != nil {
			done(c, err)
			return
		}
		fill.into(func(key string, value any) { manager.Put(ctx, key, value) })
		manager.Put(ctx, "user_id", ada.ID)
		answer(c, noted)
	})
	engine.POST("/logout", func(c *gin.Context) { done(c, manager.Destroy(c.Request.Context())) })
	return &site{name: "scs, memory", handler: manager.LoadAndSave(engine)}
}

// newAuthbossSite keeps authboss's state in gorilla's cookie store, as its sample
// does; its middleware stands around the engine, too.
func newAuthbossSite() *site {
	ab := authboss.New()
	ab.Config.Storage.Server = authbossUsers{}
	ab.Config.Storage.SessionState = clientstate.NewSessionStorerFromExisting(cookie, authbossStore())
	engine := newEngine()
	engine.GET("/private", func(c *gin.Context) {
		if !authboss.IsFullyAuthed(c.Request) {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		if _, err := ab.LoadCurrentUser(&c.Request); err != nil {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Next()
	}, func(c *gin.Context) { greet(c, ab.CurrentUserP(c.Request).(*authbossUser).account) })
	engine.POST("/login", func(c *gin.Context) {
		authboss.PutSession(c.Writer, authboss.SessionKey, ada.ID)
		authboss.DelSession(c.Writer, authboss.SessionHalfAuthKey)
		answer(c, noted)
	})
	engine.POST("/logout", func(c *gin.Context) {
		authboss.DelAllSession(c.Writer, ab.Config.Storage.SessionStateWhitelistKeys)
		authboss.DelKnownSession(c.Writer)
		answer(c, noted)
	})
	return &site{name: "authboss, cookie", handler: ab.LoadClientStateMiddleware(engine)}
}

func authbossStore() gorilla.Store {
	store := gorilla.NewCookieStore(secret)
	store.MaxAge(30 * 24 * 60 * 60)
	store.Options.Secure = true
	store.Options.HttpOnly = true
	store.Options.SameSite = http.SameSiteLaxMode
	return store
}

// authbossUser is an account as authboss wants it.
type authbossUser struct{ *account }

func (u *authbossUser) GetPID() string   { return u.ID }
func (u *authbossUser) PutPID(id string) { u.ID = id }

type authbossUsers struct{}

func (authbossUsers) Load(_ context.Context, id string) (authboss.User, error) {
	if user := users[id]; user != nil {
		return &authbossUser{user}, nil
	}
	return nil, authboss.ErrUserNotFound
}

func (authbossUsers) Save(context.Context, authboss.User) error { return nil }
