package main

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// site is what the handlers share.
type site struct {
	users         *Users
	keys          [][]byte // sign the session and the remember cookie
	secureCookies bool
	log           io.Writer
}

// handler builds the site: what ginlogin is told, and the routes.
func (s *site) handler() http.Handler {
	lm := ginlogin.New(ginlogin.IntID(s.users.FindByID))
	lm.SecretKeys = s.keys
	lm.LoginView = "/login"
	lm.RefreshView = "/reauthenticate"
	lm.RequestLoader = ginlogin.FromRequest(s.userByToken)
	lm.ErrorHandler = unavailable
	lm.Remember.Secure = s.secureCookies
	lm.Logger = slog.New(slog.NewTextHandler(s.log, nil))

	r := gin.New()
	r.SetHTMLTemplate(templates)
	r.HandleMethodNotAllowed = true
	// Nobody stands in front of this site, so X-Forwarded-For is whatever a client likes to write.
	// Gin believes everybody until told otherwise.
	r.SetTrustedProxies(nil)

	r.Use(s.logRequests(), s.recoverPanics(), setHeaders, refuseCrossSite, limitBody)

	// None of these touches the session: they are registered before its middleware.
	r.GET("/healthz", healthz)
	r.GET("/style.css", static("style.css"))
	r.GET("/icon.svg", static("icon.svg"))

	r.Use(sessions.Sessions("session", s.sessionStore()), lm.Middleware())

	r.GET("/", home)
	r.POST("/logout", logout) // POST, so that no link and no image can log anybody out

	guests := r.Group("/", ginlogin.AnonymousRequired("/"))
	guests.GET("/register", showRegister)
	guests.POST("/register", s.register)
	guests.GET("/login", showLogin)
	guests.POST("/login", s.login)

	members := r.Group("/", ginlogin.LoginRequired())
	members.GET("/profile", profile)
	members.GET("/reauthenticate", showReauthenticate)
	members.POST("/reauthenticate", s.reauthenticate)

	// Who comes back through "remember me" gives the password again before changing anything that
	// matters: it may be somebody else at the same computer.
	fresh := r.Group("/settings", ginlogin.FreshLoginRequired())
	fresh.GET("", settings)
	fresh.POST("/password", s.changePassword)
	fresh.POST("/token", s.makeToken)

	api := r.Group("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	api.GET("/me", me)

	r.NoRoute(notFound)
	r.NoMethod(methodNotAllowed)
	return r
}

// sessionStore keeps the session in a signed cookie: the visitor can read it, and not change it.
func (s *site) sessionStore() sessions.Store {
	pairs := make([][]byte, 0, 2*len(s.keys))
	for _, key := range s.keys {
		pairs = append(pairs, key, nil) // nil: signed, not encrypted
	}
	store := cookie.NewStore(pairs...)
	options := ginlogin.SessionOptions()
	options.MaxAge = 0 // the session ends with the browser; to stay is what "remember me" is for
	options.Secure = s.secureCookies
	store.Options(options)
	return store
}
