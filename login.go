package ginlogin

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// Errors that callers branch on, with errors.Is.
var (
	// ErrUserNotFound says that no user has the ID. A loader may return it, or
	// sql.ErrNoRows, or an error that LoginManager.IsNotFound recognises, or simply a
	// nil user: each ends the login. Every other error is an outage.
	ErrUserNotFound = errors.New("ginlogin: user not found")

	// ErrInactiveUser is what Login returns for a user that is not active. Nothing
	// has been changed. Force overrides it.
	ErrInactiveUser = visit.ErrInactiveUser

	// ErrNotAuthenticated is what functions that change the current login return when
	// there is none, or when it belongs to another user than the one given.
	ErrNotAuthenticated = visit.ErrNotAuthenticated

	// ErrNotFresh is what functions that end other logins return when the current one is
	// stale: let the user confirm it, with [NeedsRefresh] and [ConfirmLogin].
	ErrNotFresh = visit.ErrNotFresh

	// ErrImpersonating is what functions return that are forbidden while a user acts as
	// another one, see [Impersonate].
	ErrImpersonating = visit.ErrImpersonating

	// ErrCrossSite is what Login returns for a form that was posted from another
	// site: otherwise an attacker could log a visitor in to the attacker's account
	// (login CSRF). LoginManager.TrustedOrigins and FromOtherSite are exceptions.
	ErrCrossSite = visit.ErrCrossSite

	// ErrHeadersWritten is what functions that set a cookie return when the
	// response has begun: the cookie could not be sent any more. Call them
	// before anything writes to the response. Nothing has been changed.
	ErrHeadersWritten = visit.ErrHeadersWritten

	// ErrNoSecretKey is what Login returns when it is asked to remember a user
	// and LoginManager.SecretKeys is empty. Nothing has been changed.
	ErrNoSecretKey = visit.ErrNoSecretKey

	// ErrNotResolved is returned for a c.Copy(), and for a context whose request has
	// ended. There the user is known only if the request asked for it before, and
	// nothing can be changed.
	ErrNotResolved = visit.ErrNotResolved
)

// Login logs u in, as Flask-Login's login_user does: it writes u's ID to the
// session, gives the session a new ID where sessions live on the server, saves
// it, and makes u the current user of this request. Check the credentials
// first.
//
// Logging in as another user deletes the session data and the remember cookie of the
// previous one, even if that user's login has ended without a logout. Login removes the
// "next" that a guard has put into the session, and [NextURL] returns it.
//
// On an error the previous login stays unchanged: [ErrInactiveUser], [ErrNoSecretKey],
// [ErrCrossSite], [ErrHeadersWritten], [ErrNotResolved], or an error of the session
// store or the login store.
func Login(c *gin.Context, u User, opts ...LoginOption) error {
	o := loginOptionsOf(opts)
	return o.change(c, func(v *visit.Visit) error { return v.LogIn(u, o.LoginChoices) })
}

// change makes a change to the login, unless another site has posted the form.
func (o *loginOptions) change(c *gin.Context, change func(v *visit.Visit) error) error {
	v := o.visit(c)
	return v.Change(c, func() error {
		if !o.fromOtherSite && isCrossSite(c, v) {
			return ErrCrossSite
		}
		return change(v)
	})
}

// isCrossSite reports whether a form was posted from another site that is not trusted.
func isCrossSite(c *gin.Context, v *visit.Visit) bool {
	m := settingsOf(v)
	crosses := respond.IsCrossSite(c.Request, m.ForceHost, m.TrustedOrigins)
	if crosses {
		v.AuditLine(slog.LevelWarn, "cross_site_refused", "", "", "posted from "+c.GetHeader("Origin"))
	}
	return crosses
}

// Logout logs the current user out, as Flask-Login's logout_user does: it
// removes the login from the session and deletes the remember cookie, at once.
// Other session data stays, unless [ClearSession] is given. A session without
// anything left in it is deleted.
//
// A user who cannot be loaded is logged out as well. On an error of the session store,
// [ErrHeadersWritten] or [ErrNotResolved] the login stays unchanged. Exception: with
// LoginManager.Logins the login has ended once its row is deleted, even if saving the
// session fails afterwards.
//
// With sessions in cookies, a copy of the cookie that was made before the logout stays
// valid, unless LoginManager.Logins is set.
func Logout(c *gin.Context, opts ...LogoutOption) error {
	var o logoutOptions
	for _, opt := range opts {
		opt.applyLogout(&o)
	}
	v := o.visit(c)
	return v.Change(c, func() error { return v.LogOut(o.clearSession) })
}

// LogoutTo returns a handler for POST requests that logs the user out, with
// [ClearSession], and redirects to path. It answers 405 to GET, which a link on any site
// could cause, 403 to a form posted from another site (exception:
// LoginManager.TrustedOrigins), and 503 when a store fails. It panics unless path begins
// with / or is an absolute URL.
func LogoutTo(path string, opts ...LogoutOption) gin.HandlerFunc {
	mustLead("LogoutTo", path)
	o := logoutOptions{clearSession: true}
	for _, opt := range opts {
		opt.applyLogout(&o)
	}
	return func(c *gin.Context) {
		v := o.visit(c)
		switch {
		case respond.IsRead(c.Request):
			c.Header("Allow", http.MethodPost)
			v.Reject(c, http.StatusMethodNotAllowed, "post to log out")
		case isCrossSite(c, v):
			v.Reject(c, http.StatusForbidden, "posted from another site")
		default:
			if err := v.Change(c, func() error { return v.LogOut(o.clearSession) }); err != nil {
				v.Fail(c, err, false)
				return
			}
			c.Redirect(http.StatusSeeOther, path)
		}
	}
}

// ConfirmLogin makes the current login of u fresh again, after u has given credentials
// once more. It binds the login to the present client, gives the session a new ID where
// sessions live on the server, and removes the session's "next" for [NextURL], as
// [Login] does.
//
// Give it the user whose credentials were checked: a callback of an OAuth provider
// may have verified another account than the one that is logged in here.
//
// On an error nothing has changed: [ErrNotAuthenticated] unless the current login is
// valid and u's, [ErrImpersonating], [ErrHeadersWritten], [ErrNotResolved], or an error
// of the stores.
func ConfirmLogin(c *gin.Context, u User, opts ...ConfirmOption) error {
	var o confirmOptions
	for _, opt := range opts {
		opt.applyConfirm(&o)
	}
	v := o.visit(c)
	return v.Change(c, func() error { return v.Confirm(u, o.methods) })
}

// BeginLogin takes the first step of a login in two steps: u has given the password, and
// a code is still missing. Until [FinishLogin] the visitor is not logged in; a current
// login is ended as by [Logout]. For ten minutes the session keeps the user's ID, the
// options and a stored "next". Pass a "next" in the query on to the page that asks for
// the code:
//
//	c.Redirect(http.StatusSeeOther, ginlogin.LoginURL(c, "/code", ginlogin.NextURL(c, "")))
//
// Errors are those of [Login] and [Logout]. Limit guesses of the code, too, for instance
// with package throttle.
//
// With sessions in cookies, a copy of the session cookie can finish the login, too,
// within the ten minutes and with the code: accept each code only once.
func BeginLogin(c *gin.Context, u User, opts ...LoginOption) error {
	o := loginOptionsOf(opts)
	return o.change(c, func(v *visit.Visit) error { return v.BeginLogin(u, o.LoginChoices) })
}

// PendingUser returns the user who has taken the first step of a login, for the page
// that asks for the code, and whether there is one. There is none after ten minutes, or
// if the user was deactivated or has a new SessionHash. It loads the user; an outage
// goes to c.Errors.
func PendingUser[U User](c *gin.Context, opts ...AskOption) (U, bool) {
	u, ok := asked(c, opts).Pending(c).(U)
	return u, ok
}

// FinishLogin is [Login] after the second step, with the options of both steps. Give it
// the user whose code was checked. It returns [ErrNotAuthenticated] when no pending
// login can be finished any more, or when it is another user's.
func FinishLogin(c *gin.Context, u User, opts ...LoginOption) error {
	o := loginOptionsOf(opts)
	return o.change(c, func(v *visit.Visit) error { return v.FinishLogin(u, o.LoginChoices) })
}

// Impersonate makes the current user act as u, to see what a customer sees. Check
// first that the current user may. Such a login is never fresh and never remembered:
// [FreshLoginRequired] answers 403. It lasts for an hour at most, ends with the login
// of the user who acts, and cannot be nested. The session's data is removed, here and
// when it ends. The audit log and the row of LoginManager.Logins name both users.
//
// Errors: [ErrNotFresh] unless the acting login is fresh, [ErrImpersonating],
// [ErrNotAuthenticated], [ErrInactiveUser], and those of [Login].
func Impersonate(c *gin.Context, u User, opts ...AskOption) error {
	v := asked(c, opts)
	return v.Change(c, func() error { return v.Impersonate(u) })
}

// Impersonator returns the user who acts as the current one, and whether one does.
func Impersonator[U User](c *gin.Context, opts ...AskOption) (U, bool) {
	u, ok := asked(c, opts).Impersonator(c).(U)
	return u, ok
}

// StopImpersonating goes back to the login of the user who acts. [Logout] ends both.
// It returns [ErrNotAuthenticated] when no user acts as another one; other errors are
// those of Logout.
func StopImpersonating(c *gin.Context, opts ...AskOption) error {
	v := asked(c, opts)
	return v.Change(c, func() error { return v.StopImpersonating() })
}

// LoginMethods returns how the user of the current login has authenticated, as [Via]
// named it. It does not load the user.
func LoginMethods(c *gin.Context, opts ...AskOption) []string { return asked(c, opts).Methods(c) }

// LoginOption is a choice for one [Login].
type LoginOption interface{ applyLogin(*loginOptions) }

type loginOptions struct {
	scope
	visit.LoginChoices
	fromOtherSite bool
}

func loginOptionsOf(opts []LoginOption) loginOptions {
	o := loginOptions{LoginChoices: visit.LoginChoices{Fresh: true}}
	for _, opt := range opts {
		opt.applyLogin(&o)
	}
	return o
}

type loginOption func(*loginOptions)

func (f loginOption) applyLogin(o *loginOptions) { f(o) }

// Remember(true) keeps the user logged in after the browser has been closed, for
// LoginManager.Remember.Duration, by a cookie of its own; with false the login ends with
// the session. Pass it the checkbox of a form:
//
//	ginlogin.Login(c, user, ginlogin.Remember(c.PostForm("remember") != ""))
//
// A login restored from the cookie is not fresh. Remember makes a difference only if the
// session ends before the cookie does, for instance with the browser.
func Remember(on bool) LoginOption {
	return loginOption(func(o *loginOptions) { o.LoginChoices.Remember = on })
}

// RememberFor is Remember(true) with a lifetime of its own, in whole seconds; 0
// means LoginManager.Remember.Duration. Login refuses a negative one.
func RememberFor(d time.Duration) LoginOption {
	return loginOption(func(o *loginOptions) { o.LoginChoices.Remember, o.For = true, d })
}

// NotFresh logs the user in with a login that [FreshLoginRequired] refuses
// until it has been confirmed.
func NotFresh() LoginOption { return loginOption(func(o *loginOptions) { o.Fresh = false }) }

// Force also logs in a user that is not active. Guards still refuse that user.
func Force() LoginOption { return loginOption(func(o *loginOptions) { o.LoginChoices.Force = true }) }

// ExternalID stores the ID by which another system can end this login, with
// LoginManager.EndExternal: for instance issuer and sid of an OpenID Connect provider.
// Use a text that no other system could use. It is kept in the row of
// LoginManager.Logins; without Logins it has no effect.
func ExternalID(id string) LoginOption {
	return loginOption(func(o *loginOptions) { o.LoginChoices.ExternalID = id })
}

// FromOtherSite allows a login posted from another site, which otherwise fails with
// [ErrCrossSite]. Use it only where a provider posts to your callback (OpenID Connect's
// response_mode=form_post) and the callback has compared the posted state with the one
// given to this browser. Without that check it opens the site to login CSRF.
func FromOtherSite() LoginOption {
	return loginOption(func(o *loginOptions) { o.fromOtherSite = true })
}

// LogoutOption is a choice for one [Logout].
type LogoutOption interface{ applyLogout(*logoutOptions) }

type logoutOptions struct {
	scope
	clearSession bool
}

type logoutOption func(*logoutOptions)

func (f logoutOption) applyLogout(o *logoutOptions) { f(o) }

// ClearSession also deletes all other session data at logout, except for the
// logins of other managers.
func ClearSession() LogoutOption {
	return logoutOption(func(o *logoutOptions) { o.clearSession = true })
}

// ConfirmOption is a choice for one [ConfirmLogin].
type ConfirmOption interface{ applyConfirm(*confirmOptions) }

type confirmOptions struct {
	scope
	methods []string
}

// Via names how the user has authenticated, with names of RFC 8176 ("pwd", "otp", "hwk"
// for a key in hardware) or your own. At a login or confirmation it says which methods
// were used; at [FreshLoginRequired], which are required. Via panics unless names
// consist of letters, digits, '-' and '_'.
func Via(methods ...string) MethodsOption {
	for _, name := range methods {
		if name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			panic(fmt.Sprintf("ginlogin: Via: the method %q is not a name such as \"otp\"", name))
		}
	}
	return MethodsOption{methods}
}

// MethodsOption is what [Via] returns.
type MethodsOption struct{ methods []string }

func (o MethodsOption) applyLogin(l *loginOptions)     { l.LoginChoices.Methods = o.methods }
func (o MethodsOption) applyConfirm(l *confirmOptions) { l.methods = o.methods }
func (o MethodsOption) applyGuard(g *guard) {
	g.methods, g.given = o.methods, append(g.given, "Via")
}
