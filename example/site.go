package main

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginsql"
	"github.com/ginlogin/ginlogin/throttle"
)

// site is what the handlers share.
type site struct {
	users         *Users
	logins        *loginsql.Store
	timeouts      timeouts
	now           func() time.Time // time.Now, but in tests of the timeouts
	guesses       *throttle.Throttle
	redis         *redisServer // has the sessions, unless it is nil
	health        *health
	metrics       *metrics
	keys          [][]byte // sign the cookies
	secureCookies bool
	proxies       []string     // whose X-Forwarded-For is true
	logger        *slog.Logger // every request, and what goes wrong
	audit         *slog.Logger // who logs in and out, and who tries to
}

// handler builds the site: the settings of ginlogin, and the routes.
func (s *site) handler() http.Handler {
	lm, r := s.loginManager(), s.engine()
	s.openRoutes(r)
	r.Use(sessions.Sessions("session", s.sessionStore()), lm.Middleware())
	s.visitorRoutes(r)
	s.memberRoutes(r)
	s.adminRoutes(r, lm)
	return r
}

// loginManager has the settings of the logins.
func (s *site) loginManager() *ginlogin.LoginManager {
	lm := ginlogin.New(ginlogin.IntID(s.users.FindByID))
	lm.SecretKeys = s.keys
	lm.LoginView = "/login"
	lm.RefreshView = "/reauthenticate"
	lm.LoginMessageCategory, lm.NeedsRefreshMessageCategory = "info", "info"
	lm.RequestLoader = ginlogin.FromRequest(s.userByToken)
	lm.ErrorHandler = unavailable
	lm.Remember.Secure = s.secureCookies
	lm.Logins = s.logins
	lm.IdleTimeout = s.timeouts.idle
	lm.AbsoluteTimeout = s.timeouts.absolute
	lm.FreshFor = s.timeouts.fresh
	lm.Now = s.now
	lm.Logger = s.logger
	lm.AuditLog = s.audit
	lm.On(ginlogin.RememberTokenStolen, warnOfTheft)
	s.metrics.listen(lm)
	return lm
}

// engine has what every answer of the site goes through.
func (s *site) engine() *gin.Engine {
	r := gin.New()
	r.SetHTMLTemplate(templates)
	r.HandleMethodNotAllowed = true
	// From anybody but these, X-Forwarded-For is whatever the client writes. By default Gin believes
	// everybody.
	if err := r.SetTrustedProxies(s.proxies); err != nil {
		panic(err) // parseProxies has checked them
	}

	r.Use(s.logRequests, s.metrics.measure, s.recoverPanics(), limitTime, setHeaders, errorPages, refuseCrossSite, limitBody)
	return r
}

// openRoutes do not use the session, so they are registered before its middleware.
func (s *site) openRoutes(r *gin.Engine) {
	read(r, "/healthz", healthz)
	read(r, "/readyz", s.health.readyz)
	read(r, "/style.css", static("style.css"))
	read(r, "/icon.svg", static("icon.svg"))
}

// visitorRoutes are for those who are not logged in.
func (s *site) visitorRoutes(r *gin.Engine) {
	read(r, "/", home)
	r.POST("/logout", logout) // POST, so that no link and no image can log anybody out

	guests := r.Group("/", ginlogin.AnonymousRequired("/"))
	read(guests, "/register", showRegister)
	guests.POST("/register", s.register)
	read(guests, "/login", showLogin)
	guests.POST("/login", s.login)
}

// memberRoutes are for users.
func (s *site) memberRoutes(r *gin.Engine) {
	// Ending the login of another device requires a fresh login: with a copied session a thief could
	// otherwise log the owner out. Revoking a token does not, because it only takes access away, and a user
	// who has lost one is in a hurry. Making a token gives access, and so requires a fresh login.
	members := r.Group("/", ginlogin.LoginRequired())
	members.GET("/profile", profile)
	members.GET("/devices", showDevices)
	members.POST("/devices/end", endDevice)
	members.POST("/devices/others", endOtherDevices)
	members.GET("/tokens", s.showTokens)
	members.POST("/tokens", ginlogin.FreshLoginRequired(), s.makeToken)
	members.POST("/tokens/revoke", s.revokeToken)
	members.GET("/reauthenticate", showReauthenticate)
	members.POST("/reauthenticate", s.reauthenticate)

	// Users who came back through "remember me", or gave the password a while ago, give it again before
	// they change anything important: it may be somebody else at the same computer.
	fresh := r.Group("/settings", ginlogin.FreshLoginRequired())
	fresh.GET("", settings)
	fresh.POST("/password", s.changePassword)

	api := r.Group("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	api.GET("/me", me)
}

// adminRoutes are for administrators.
func (s *site) adminRoutes(r *gin.Engine, lm *ginlogin.LoginManager) {
	admins := &adminArea{s, lm}
	read(r, "/admin/login", admins.showLogin)
	r.POST("/admin/login", admins.login)
	area := r.Group("/admin",
		ginlogin.UserPasses((*User).IsAdmin, ginlogin.LoginView("/admin/login")), ginlogin.FreshLoginRequired())
	area.GET("", admins.showAccounts)
	area.POST("/deactivate", admins.deactivate)
	area.POST("/reactivate", admins.reactivate)
	area.POST("/logout", admins.endLogins)
}

// read registers a public page. Gin's GET does not answer HEAD, which is a GET without the body.
func read(r gin.IRoutes, path string, handler gin.HandlerFunc) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, handler)
}

// warnOfTheft tells the visitor that somebody else has used the same remember cookie. The visitor may
// be the thief or the user, so your own site should also send the user a mail.
func warnOfTheft(c *gin.Context, _ ginlogin.User) {
	if err := ginlogin.AddFlash(c, "warning",
		"A copy of this login has been used somewhere else. To be safe, all devices have been logged out."); err != nil {
		c.Error(err)
	}
}
