// Package ginlogin remembers who is logged in to a site on Gin. It is
// Flask-Login for Gin: it keeps the active user's ID in the session, loads the
// user when a handler first asks, guards routes, remembers users across browser
// sessions, and defends the session against theft.
//
// It does not choose a database, a way to check credentials, or permissions
// beyond "may this user pass".
//
// # A user and a manager
//
// You need three things: a user type, a function that finds a user by ID, and one
// middleware, after the session's.
//
//	type Account struct {
//		ginlogin.UserMixin // authenticated, active, not anonymous
//		ID, Name, PasswordHash string
//	}
//
//	func (a *Account) GetID() string { return a.ID }
//
//	lm := ginlogin.New(accounts.FindByID) // func(ctx context.Context, id string) (*Account, error)
//	lm.SecretKeys = [][]byte{key}         // 32 random bytes; signs the remember cookie
//	lm.LoginView = "/login"
//
//	r := gin.Default()
//	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
//
// Every store of gin-contrib/sessions works as well: sessions.Sessions("session", store).
//
// # Logging in and out
//
// You check the credentials; [Login] does the rest, and [LogoutTo] or [Logout] ends it.
//
//	r.POST("/login", func(c *gin.Context) {
//		account, err := accounts.Authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
//		if err == nil {
//			// <input type="checkbox" name="remember" value="1">
//			err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
//		}
//		switch {
//		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
//			c.String(http.StatusUnauthorized, "wrong e-mail address or password")
//		case err != nil: // an outage, which is not a wrong password
//			c.AbortWithError(http.StatusServiceUnavailable, err)
//		default:
//			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/")) // back to the page that asked
//		}
//	})
//	r.POST("/logout", ginlogin.LogoutTo("/"))
//
// # Asking who it is
//
// Guards come before handlers or groups of them: [LoginRequired], [FreshLoginRequired]
// for pages that should ask for the password again, and [UserPasses] for roles. Handlers
// call [CurrentUser], or [UserAs] for their own type; templates ask through
// [TemplateData], services below the handlers through [Context].
//
//	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
//		account, _ := ginlogin.UserAs[*Account](c)
//		log.Print("profile of ", account.Name)
//		c.HTML(http.StatusOK, "profile.html", ginlogin.TemplateData(c, gin.H{"title": "Profile"}))
//	})
//
//	{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ else }}<a href="/login">Log in</a>{{ end }}
//
// # Remembering, and ending
//
// [Remember] keeps a user logged in after the browser was closed. Such a login is not
// fresh until [ConfirmLogin] has made it so. LoginManager.IdleTimeout and AbsoluteTimeout
// limit how long a login lasts, and a [SessionHasher] ends logins when the password
// changes. With LoginManager.Logins, a [LoginStore], users can see and end their logins
// on other devices, and the theft of a remember cookie is detected.
//
// # What a request costs
//
// The middleware puts one small object into the context and nothing else: a handler that
// never asks who the user is reads no session, runs no loader and sets no header. The
// first call that asks identifies the user from the session or else the remember cookie.
// The loader runs only when the user itself is needed, at most once per ID and request.
//
// # When something fails
//
// A failing store or loader is an outage and never a logout: guards answer 503
// and nothing in the session or in the cookies changes. A cookie that was
// tampered with counts as absent.
//
// The functions of this package that take a *gin.Context panic when there is no
// [LoginManager.Middleware] on the route: that is a mistake in the program, found
// at its first request.
//
// # The other packages
//
// cookiestore keeps sessions in encrypted cookies; loginsql and loginmem keep logins in
// a database and in memory, and storesuite tests other stores; password hashes
// passwords, throttle slows down guessing, and logintest logs users in for tests.
package ginlogin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// LoginManager holds the settings. Make one with [New], which presets the defaults,
// assign the fields that should differ, and build [LoginManager.Middleware] from it.
// Later assignments have no effect.
type LoginManager struct {
	// Name distinguishes several managers in one engine, for instance those of
	// customers and staff: it is part of the session key, of the keys derived
	// from SecretKeys, and of the default name of the remember cookie. Managers
	// of one site that share a Name share their logins. It consists of lower-case
	// letters, digits, '-' and '_'. Default: "".
	Name string

	// SecretKeys sign the remember cookie and bind logins to a [SessionHasher]:
	// the first signs, all verify. To rotate, put a new key before the old one,
	// and remove the old one once its cookies have expired. Each consists of 32
	// or more random bytes. They may also be the keys of the session store: the
	// signing keys are derived from them (HKDF, RFC 5869) for one purpose each.
	// Default: none, and then [Remember] fails with [ErrNoSecretKey].
	SecretKeys [][]byte

	// SessionName is the name of the session to use with
	// sessions.SessionsMany. Default: "", the session of sessions.Sessions.
	SessionName string

	// LoginRequired closes every route after the middleware, and the answers to paths
	// without a route, except LoginView, RefreshView and the routes that have
	// [LoginNotRequired] among their handlers. It is Django's LoginRequiredMiddleware.
	// Static files: r.Group("/", ginlogin.LoginNotRequired()).Static(…). Put CORS
	// before the middleware, and health checks before it or with LoginNotRequired.
	// logintest.OpenRoutes finds routes that are open by mistake. Default: false.
	LoginRequired bool

	// LoginView is where visitors are sent to log in: a path such as "/login",
	// or an absolute URL if the login page is on another site. Default: "", and then
	// guards answer 401.
	LoginView string
	// LoginMessage is flashed before that redirect; the login page shows it with
	// [Flashes]. "" flashes nothing.
	// Default: "Please log in to access this page."
	LoginMessage string
	// LoginMessageCategory is the category of that flash. Default: "message".
	LoginMessageCategory string

	// RefreshView is where users with a stale login are sent to
	// reauthenticate. Default: "", and then FreshLoginRequired answers 401.
	RefreshView string
	// NeedsRefreshMessage is flashed before that redirect; "" flashes nothing.
	// Default: "Please reauthenticate to access this page."
	NeedsRefreshMessage string
	// NeedsRefreshMessageCategory is the category of that flash. Default: "message".
	NeedsRefreshMessageCategory string

	// UnauthorizedHandler, if set, answers instead of the redirect to
	// LoginView; nothing is flashed. The chain is aborted after it.
	UnauthorizedHandler gin.HandlerFunc
	// NeedsRefreshHandler, if set, answers instead of the redirect to
	// RefreshView; nothing is flashed. The chain is aborted after it.
	NeedsRefreshHandler gin.HandlerFunc
	// ErrorHandler, if set, answers from a guard when the user could not be
	// loaded because the loader or the session store failed. The error is in
	// c.Errors and in the log already. The chain is aborted after it. Default:
	// nil, which answers 503.
	ErrorHandler func(c *gin.Context, err error)

	// Localize translates LoginMessage and NeedsRefreshMessage before they are
	// flashed. Default: nil, which leaves them as they are.
	Localize func(c *gin.Context, message string) string

	// IsNotFound reports whether an error of a loader means "there is no such user" and
	// not an outage. ErrUserNotFound always does. Default: nil, which knows the errors
	// for a missing row of database/sql, sqlx, bun, pgx, go-pg, GORM, ent, the MongoDB
	// driver, go-redis, redigo and rueidis, those of PostgreSQL for an ID that does not
	// have the type of its column (SQLSTATE 22P02 and 22003), and that of strconv for an
	// ID that is not a number. Your own function replaces all of these.
	IsNotFound func(error) bool

	// RequestLoader finds a user in the request itself, for instance by an API
	// token, when neither the session nor a remember cookie names one. Such a
	// user is never written to the session. See [FromRequest]. Default: nil.
	RequestLoader RequestLoader

	// AnonymousUser returns the user of a visitor who is not logged in. Default:
	// nil, which means an empty [AnonymousUser].
	AnonymousUser func(c *gin.Context) User

	// SessionProtection says what happens to a login whose client changes its
	// address or user agent. Default: ProtectBasic.
	SessionProtection SessionProtection

	// Identifier says which client a request comes from; session protection acts
	// when it changes. Default: nil, which means c.ClientIP() (for IPv6 its /64
	// network) and the User-Agent.
	//
	// Until you call SetTrustedProxies on the engine, Gin takes the address from the
	// X-Forwarded-For header of any client: a thief can forge it, and session protection
	// does not work.
	Identifier func(c *gin.Context) string

	// Remember describes the remember cookie.
	Remember RememberCookie

	// Logins keeps a row for every login on the server: then a logout also ends copies of
	// the login, users can see and end their logins on other devices ([Logins],
	// [EndLogin], [LogoutOthers], [LogoutEverywhere]), and each remember cookie can be
	// used once, so that its theft is detected. A login under way, whose password was
	// checked just before it changed, has no row yet: only a [SessionHasher] ends it.
	// Logins costs a look-up per request that asks for its user. Setting it ends all
	// logins made before. A login that is not remembered expires after 30 days without
	// use, or after a longer IdleTimeout, even if the session lasts longer. Default: nil.
	Logins LoginStore

	// MaxLogins is how many logins a user may have with Logins. A new login ends those
	// beyond this number: first those never used, then those seen longest ago. Logins
	// made at the same moment may exceed it until the next one. 0: any number. Default:
	// 100.
	MaxLogins int

	// DeviceBound binds logins to a key that cannot leave the device, in browsers that
	// support it. This is how long a copy of the cookies works on another device. Use five
	// minutes or more: a browser signs at most six times in nine minutes.
	//
	// It needs Logins, SecretKeys, HTTPS, cookies without a Domain, and Middleware on the
	// engine. Middleware answers POST /.ginlogin/device (with a Name,
	// /.ginlogin/device/NAME), also while DeviceBound is 0: deploy it before you set
	// DeviceBound. See docs/security.md.
	//
	// It is experimental: Device Bound Session Credentials are a draft, which may change
	// and which few browsers support. Other browsers are asked for nothing. Default: 0,
	// off.
	DeviceBound time.Duration

	// IdleTimeout ends the login in a session that was not used for this long; a remember
	// cookie restores it, as a stale login. Activity is recorded at intervals of a tenth
	// of IdleTimeout, at most a minute, and a login may end that much earlier. Default:
	// 0, never.
	IdleTimeout time.Duration
	// IsActivity reports whether a request counts as use for IdleTimeout. Return false
	// for requests that a page sends by itself, such as polls. Default: nil, every
	// request counts.
	IsActivity func(c *gin.Context) bool
	// AbsoluteTimeout ends a login, remembered or not, this long after the user logged in
	// with credentials. Default: 0, never.
	AbsoluteTimeout time.Duration
	// FreshFor is how long a login is fresh after the credentials were last given:
	// what GitHub calls sudo mode. Default: 0, as long as the session lasts.
	FreshFor time.Duration

	// AuditLog gets a line for every event, for every login that expires or is ended from
	// another device, and for a form of another site that is refused, with the IDs of
	// user and login, the address and the reason, but never a secret. UserAccessed and
	// UserLoadedFromRequest have the level debug; all others have info, or warn for a
	// possible attack. Default: nil, no log.
	AuditLog *slog.Logger

	// UseSessionForNext keeps the page that asked for the login in the session, under
	// "next", instead of in the query of LoginView. A URL of more than 1,024 bytes is
	// dropped. Default: false.
	UseSessionForNext bool

	// ForceHost is the host, with its port if any, of redirects to login pages
	// and of the next URL given to a login page on another site. It keeps a
	// forged Host header out of them. [NextURL] accepts absolute URLs to it and
	// to no other host. Default: "", and then redirects are relative.
	ForceHost string

	// TrustedOrigins are the origins of other sites, such as "https://app.example.com",
	// whose posts [Login] and [LogoutTo] accept, for instance that of a single-page app
	// on another host. Default: none.
	TrustedOrigins []string

	// CacheControl is set as Cache-Control on responses that depend on the user, set
	// one of our cookies or refuse a request, unless the handler has set its own; "" sets
	// none. Without it a shared cache could show one user's page to another.
	// Default: "private, no-store".
	CacheControl string

	// Logger gets the errors that cannot be returned to a caller. Default: nil,
	// which means slog.Default().
	Logger *slog.Logger

	// Now is the clock from which ginlogin reads all times. Replace it in tests of your
	// timeouts. Default: time.Now.
	Now func() time.Time

	load     userLoader
	handlers [visit.EventCount][]func(c *gin.Context, u visit.User)
	userType reflect.Type
	built    bool
}

// New returns a manager with the default settings that finds users with load.
// The type of user is inferred, so an existing repository method fits as it is.
//
// A nil user with a nil error, or an error that IsNotFound recognises, means that
// there is no such user, and ends the login; any other error is an outage.
// load may be nil, as in New[*Account](nil), if RequestLoader is set.
func New[U User](load func(ctx context.Context, id string) (U, error)) *LoginManager {
	return &LoginManager{
		LoginMessage:                "Please log in to access this page.",
		LoginMessageCategory:        "message",
		NeedsRefreshMessage:         "Please reauthenticate to access this page.",
		NeedsRefreshMessageCategory: "message",
		CacheControl:                "private, no-store",
		Now:                         time.Now,
		MaxLogins:                   100,
		Remember: RememberCookie{
			Duration: 365 * 24 * time.Hour,
			Grace:    time.Minute,
			Path:     "/",
			Secure:   true,
			HTTPOnly: true,
			SameSite: http.SameSiteLaxMode,
		},
		load:     untyped(load),
		userType: reflect.TypeFor[U](),
	}
}

// Middleware makes the current user available to the handlers after it. It comes
// after sessions.Sessions. It copies the settings, so that later assignments have
// no effect, and panics when one of them is wrong.
//
// Managers may be nested, in a group within a group. The functions of this package use
// the innermost manager; [For] names another one.
func (lm *LoginManager) Middleware() gin.HandlerFunc {
	return lm.checked().serve
}

// serve is the middleware. It is a method, so that a chain of handlers names it alike
// for all managers.
func (m *settings) serve(c *gin.Context) {
	m.warnAssigned()
	v := visit.Open(m.visits, c)
	defer v.Close()
	if v.AnswerDevice() {
		return
	}
	v.RenewEach()
	if m.LoginRequired && !v.IsOpen(c, m.LoginView, m.RefreshView) {
		closedGuard(c)
	}
	if !c.IsAborted() {
		c.Next()
	}
}

// visitOf returns the visit in force on c.
func visitOf(c *gin.Context) *visit.Visit {
	if v := visit.Of(c); v != nil {
		return v
	}
	panic("ginlogin: no LoginManager.Middleware on this route: call r.Use(lm.Middleware()) after r.Use(sessions.Sessions(…)) and before the route is added")
}

// settingsOf returns the settings behind a visit.
func settingsOf(v *visit.Visit) *settings { return v.Manager().Settings.(*settings) }

// On calls fn at every event e, in the order of registration and after the change
// has been saved. It panics when called after Middleware.
func (lm *LoginManager) On(e Event, fn func(c *gin.Context, u User)) {
	switch {
	case lm.built:
		panic("ginlogin: On was called after Middleware, so the handler would never run: call On first")
	case e < 0 || e >= Event(visit.EventCount):
		panic(fmt.Sprintf("ginlogin: On: there is no event %d", e))
	case fn == nil:
		panic("ginlogin: On: the handler is nil")
	}
	lm.handlers[e] = append(lm.handlers[e], func(c *gin.Context, u visit.User) { fn(c, u) })
}
