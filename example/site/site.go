// Package site is the path through the example: begin here.
//
//	site.go       all routes, and all settings of ginlogin
//	open.go       connects the site to its database
//	login.go      login, logout, and the password again before sensitive pages
//	register.go   a new account
//	profile.go    the user, how they logged in, and when this login ends
//	settings.go   a new password
//	devices.go    where the user is logged in
//	../account    the users: their type, their table, and checking passwords
//
// What the other folders are for:
//
//	../web           the layout, forms, messages, pages of errors, middleware
//	../rules         what people may enter
//	../guessing      slows down guessing of passwords
//	../tokens        API tokens, and the API
//	../passkeys      logging in without a password
//	../openid        logging in with an account at a provider (OpenID Connect)
//	../secondfactor  a code after the password
//	../acting        administrators who see what a customer sees
//	../links         links in mails: a new password, another address, a login
//	../mail          sends the mails
//	../admin         the area of administrators
//	../demo          the accounts for a first look
//	../database      opens SQLite or PostgreSQL
//	../sessionstore  keeps sessions in cookies or in Redis
//	../config        the environment variables
//	../operations    health, metrics, serving and shutting down
//	../start         starts all of it
//	../useragent     names browsers
package site

import (
	"embed"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/acting"
	"github.com/ginlogin/ginlogin/example/admin"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/links"
	"github.com/ginlogin/ginlogin/example/openid"
	"github.com/ginlogin/ginlogin/example/operations"
	"github.com/ginlogin/ginlogin/example/passkeys"
	"github.com/ginlogin/ginlogin/example/secondfactor"
	"github.com/ginlogin/ginlogin/example/sessionstore"
	"github.com/ginlogin/ginlogin/example/tokens"
	"github.com/ginlogin/ginlogin/example/web"
)

//go:embed *.html
var pages embed.FS

// Handler builds the site.
func (s *Site) Handler() *gin.Engine {
	s.passwords = &guessing.Guard{
		Users: s.Users, Throttle: s.Guesses, Keys: s.Config.Keys, SecureCookies: s.Config.SecureCookies,
		Audit: s.audit(), Metrics: s.Metrics,
	}
	s.tokens = &tokens.Tokens{Users: s.Users, DB: s.DB, Audit: s.audit()}
	lm := s.loginManager()
	s.admin = &admin.Area{Users: s.Users, Manager: lm, Passwords: s.passwords, Audit: s.audit(), LogIn: s.logIn}
	s.links = &links.Links{
		Users: s.Users, DB: s.DB, Manager: lm, Mails: s.Mails, Site: s.Config.Mail.Site, Printed: s.Config.Mail.SMTP == nil,
		Passwords: s.passwords, Audit: s.audit(), LogIn: s.logIn,
	}
	s.openid = &openid.OpenID{
		Settings: &s.Config.OpenID, Users: s.Users, DB: s.DB, Manager: lm, Passwords: s.passwords, SecureCookies: s.Config.SecureCookies,
		FreshFor: s.Config.Timeouts.Fresh, Now: s.Now, Audit: s.audit(), Tell: s.links.Tell, LogIn: s.logIn,
	}

	s.passkeys = &passkeys.Passkeys{
		Users: s.Users, DB: s.DB, Passwords: s.passwords, Origins: s.Config.Origins, Now: s.Now, Audit: s.audit(),
		LogIn: s.logInByTwoFactors, Tell: s.links.Tell,
	}
	s.factor = &secondfactor.Factor{
		Users: s.Users, DB: s.DB, Manager: lm, Passwords: s.passwords, Keys: s.Config.Keys, Now: s.Now,
		Audit: s.audit(), Welcome: s.welcome, Tell: s.links.Tell,
	}
	s.acting = &acting.Acting{DB: s.DB, Manager: lm, Now: s.Now, Audit: s.audit()}
	s.admin.Features = []admin.Offers{s.acting.Offer, s.factor.Offer}

	r := s.engine()
	s.publicRoutes(r)
	r.Use(sessions.Sessions("session", s.sessionStore()), lm.Middleware(), s.layout().Use, web.ErrorPages, s.acting.Use)
	s.openid.Callbacks(r.Group("/", ginlogin.LoginNotRequired(), web.ReadForm)) // other sites post to them
	r.Use(web.RefuseCrossSite, web.ReadForm)
	s.openRoutes(r.Group("/", ginlogin.LoginNotRequired()))
	s.memberRoutes(r)
	return r
}

// loginManager has the settings of the logins.
func (s *Site) loginManager() *ginlogin.LoginManager {
	lm := ginlogin.New(ginlogin.IntID(s.Users.FindByID))
	lm.SecretKeys = s.Config.Keys
	lm.LoginRequired = true // all routes are closed, except those with LoginNotRequired
	lm.LoginView = "/login"
	lm.RefreshView = "/confirm"
	lm.NeedsRefreshMessage = "Please give your password again to open this page."
	lm.LoginMessageCategory, lm.NeedsRefreshMessageCategory = "info", "info"
	lm.RequestLoader = ginlogin.FromRequest(s.tokens.FromRequest)
	lm.ErrorHandler = web.Unavailable
	lm.Remember.Secure = s.Config.SecureCookies
	lm.Logins = s.Logins
	lm.MaxLogins = 50 // the page of devices lists them all
	lm.IdleTimeout = s.Config.Timeouts.Idle
	lm.AbsoluteTimeout = s.Config.Timeouts.Absolute
	lm.FreshFor = s.Config.Timeouts.Fresh
	lm.DeviceBound = s.Config.DeviceBound // experimental
	lm.Now = s.Now
	lm.Logger = s.Log
	lm.AuditLog = s.Audit
	lm.On(ginlogin.RememberTokenStolen, warnOfTheft)
	s.Metrics.Listen(lm)
	return lm
}

// layout says what the features add to the pages of others.
func (s *Site) layout() *web.Layout {
	return &web.Layout{
		Navigation: []web.Entry{
			{Text: "Profile", Path: "/profile", Hint: "Who you are, and how you logged in", Icon: "person"},
			{Text: "Devices", Path: "/devices", Hint: "Where you are logged in", Icon: "laptop"},
			tokens.Entry,
			{Text: "Settings", Path: "/settings", Hint: "A new password, after a fresh login", Icon: "lock"},
			admin.Entry,
		},
		Settings: append(s.openid.Entries(), passkeys.Entry, secondfactor.Entry, links.Entry),
		WaysIn:   append(s.openid.WaysIn(), passkeys.WayIn, links.WayIn),
		Banner:   acting.Banner,
	}
}

// engine has the middlewares of all routes.
func (s *Site) engine() *gin.Engine {
	r := gin.New()
	r.SetHTMLTemplate(web.Templates(pages, admin.Pages, tokens.Pages, passkeys.Pages, openid.Pages, secondfactor.Pages, acting.Pages, links.Pages))
	r.HandleMethodNotAllowed = true
	// Any other client can forge X-Forwarded-For. By default Gin believes every client.
	if err := r.SetTrustedProxies(s.Config.Proxies); err != nil {
		panic(err) // config.Load has checked them
	}
	r.Use(web.LogRequests(s.Log), s.Metrics.Measure, web.RecoverPanics(s.Log), web.LimitTime, web.SetHeaders,
		web.LimitBody, web.ErrorPages)
	return r
}

// publicRoutes do not use the session, so they are registered before its middleware.
func (s *Site) publicRoutes(r *gin.Engine) {
	web.Read(r, "/healthz", operations.Healthz)
	web.Read(r, "/readyz", s.Health.Readyz)
	web.Read(r, "/style.css", web.Static("style.css"))
	web.Read(r, "/icon.svg", web.Static("icon.svg"))
	web.Read(r, "/passkeys.js", passkeys.Script)
	s.openid.Public(r)
}

// openRoutes are for all visitors.
func (s *Site) openRoutes(open *gin.RouterGroup) {
	web.Read(open, "/", s.home)
	open.POST("/logout", logout) // POST, so that no link and no image can log a user out

	guests := open.Group("/", ginlogin.AnonymousRequired("/"))
	web.Read(guests, "/register", showRegister)
	guests.POST("/register", s.register)
	web.Read(guests, "/login", s.showLogin)
	guests.POST("/login", s.login)
	s.passkeys.LoginRoutes(guests)
	s.openid.LoginRoutes(guests)
	s.factor.LoginRoutes(guests)
	s.links.OpenRoutes(open, guests)

	s.admin.LoginRoutes(open)

	// These two are not closed by LoginRequired alone: each also refuses in its own way.
	admins := open.Group("/admin",
		ginlogin.UserPasses((*account.User).IsAdmin, ginlogin.LoginView("/admin/login")), ginlogin.FreshLoginRequired())
	s.admin.Routes(admins)
	s.acting.AdminRoutes(admins, s.admin)
	s.factor.AdminRoutes(admins, s.admin)
	s.tokens.API(open.Group("/api", ginlogin.LoginRequired(ginlogin.NoRedirect())))
}

// memberRoutes are for users. They need no guard: lm.LoginRequired is one.
func (s *Site) memberRoutes(r *gin.Engine) {
	r.GET("/profile", s.profile)
	r.GET("/devices", s.showDevices)
	// Ending the login of another device requires a fresh login, which ginlogin sees to: with a copied
	// session a thief could otherwise log the owner out.
	r.POST("/devices/end", endDevice)
	r.POST("/devices/others", endOtherDevices)
	s.tokens.Routes(r)
	s.factor.Routes(r, acting.Closed)
	s.acting.Routes(r)

	// RefreshView is open to ginlogin, and asks for a user itself.
	again := r.Group("/confirm", ginlogin.LoginRequired(), acting.Closed)
	again.GET("", s.showConfirm)
	again.POST("", s.confirm)
	s.passkeys.ConfirmRoutes(again)
	s.openid.ConfirmRoutes(again)

	// Users who came back through "remember me", or gave the password a while ago, give it again
	// before they change anything important: another person may use the same computer.
	fresh := r.Group("/settings", ginlogin.FreshLoginRequired())
	fresh.GET("", showSettings)
	fresh.POST("/password", s.changePassword)
	s.passkeys.Routes(fresh)
	s.openid.Routes(fresh)
	s.links.Routes(r, fresh)
}

func (s *Site) sessionStore() sessions.Store {
	if s.Redis != nil {
		return s.Redis.Store(s.Config.SecureCookies, s.Config.Timeouts.SessionLife())
	}
	return sessionstore.Cookies(s.Config.Keys, s.Config.SecureCookies)
}

// warnOfTheft tells the visitor that a copy of the remember cookie was used. The visitor may
// be the thief or the user, so your own site should also send the user a mail.
func warnOfTheft(c *gin.Context, _ ginlogin.User) {
	if err := ginlogin.AddFlash(c, "warning",
		"A copy of this login has been used somewhere else. To be safe, all devices have been logged out."); err != nil {
		c.Error(err)
	}
}
