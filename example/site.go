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
	logins        ginlogin.LoginStore
	timeouts      timeouts
	guesses       *throttle
	keys          [][]byte // sign the cookies
	secureCookies bool
	log           io.Writer    // gets a line for every request
	logger        *slog.Logger // what goes wrong
	audit         *slog.Logger // who logs in and out, and who tries to
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
	lm.Logins = s.logins
	lm.IdleTimeout = s.timeouts.idle
	lm.AbsoluteTimeout = s.timeouts.absolute
	lm.FreshFor = s.timeouts.fresh
	lm.Logger = s.logger
	lm.AuditLog = s.audit
	lm.On(ginlogin.RememberTokenStolen, warnOfTheft)

	r := gin.New()
	r.SetHTMLTemplate(templates)
	r.HandleMethodNotAllowed = true
	// Nobody stands in front of this site, so X-Forwarded-For is whatever a client likes to write.
	// Gin believes everybody until told otherwise.
	r.SetTrustedProxies(nil)

	r.Use(s.logRequests(), s.recoverPanics(), setHeaders, refuseCrossSite, limitBody)

	// None of these touches the session: they are registered before its middleware.
	read(r, "/healthz", healthz)
	read(r, "/style.css", static("style.css"))
	read(r, "/icon.svg", static("icon.svg"))

	r.Use(sessions.Sessions("session", s.sessionStore()), lm.Middleware())

	read(r, "/", home)
	r.POST("/logout", logout) // POST, so that no link and no image can log anybody out

	guests := r.Group("/", ginlogin.AnonymousRequired("/"))
	read(guests, "/register", showRegister)
	guests.POST("/register", s.register)
	read(guests, "/login", showLogin)
	guests.POST("/login", s.login)

	members := r.Group("/", ginlogin.LoginRequired())
	members.GET("/profile", profile)
	members.GET("/devices", showDevices)
	members.POST("/devices/end", endDevice)
	members.POST("/devices/others", endOtherDevices)
	members.GET("/reauthenticate", showReauthenticate)
	members.POST("/reauthenticate", s.reauthenticate)

	// Who comes back through "remember me", or gave the password a while ago, gives it again before
	// changing anything that matters: it may be somebody else at the same computer.
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

// read registers a public page. Gin has GET answer GET alone, but a HEAD is a GET without the body.
func read(r gin.IRoutes, path string, handler gin.HandlerFunc) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, handler)
}

// warnOfTheft tells whoever comes with a remember cookie that somebody else has used already. It may
// be the thief as well as the user: a site of your own also sends the user a mail.
func warnOfTheft(c *gin.Context, _ ginlogin.User) {
	if err := ginlogin.AddFlash(c, "error",
		"A copy of this login has been used somewhere else. To be safe, all devices have been logged out."); err != nil {
		c.Error(err)
	}
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
