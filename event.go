package ginlogin

import (
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// Event is something that happens to a login; Flask-Login calls it a signal.
// Register handlers with [LoginManager.On].
//
// Handlers run in the goroutine of the request, after the change has been saved. They
// may ask for the current user. They get the user that the event is about, else the
// current user, else the anonymous user; it is never nil. They must not call c.Next,
// as middleware does: it would run the handlers that a guard protects.
type Event int

// The events, with Flask-Login's names and moments.
const (
	// UserLoggedIn: Login has logged the user in.
	UserLoggedIn = Event(visit.UserLoggedIn)
	// UserLoggedOut: Logout has logged the user out, or a user that the request loader
	// found. The user is the anonymous one if the loader failed.
	UserLoggedOut = Event(visit.UserLoggedOut)
	// UserLoadedFromCookie: the user came back by a remember cookie.
	UserLoadedFromCookie = Event(visit.UserLoadedFromCookie)
	// UserLoadedFromRequest: the request loader has found the user.
	UserLoadedFromRequest = Event(visit.UserLoadedFromRequest)
	// UserLoginConfirmed: ConfirmLogin has made the login fresh.
	UserLoginConfirmed = Event(visit.UserLoginConfirmed)
	// UserUnauthorized: a request was refused because a login is required.
	UserUnauthorized = Event(visit.UserUnauthorized)
	// UserNeedsRefresh: a request was refused because the login is not fresh.
	UserNeedsRefresh = Event(visit.UserNeedsRefresh)
	// UserAccessed: the request has asked for its user for the first time.
	UserAccessed = Event(visit.UserAccessed)
	// SessionProtected: session protection has found a login whose client has changed.
	SessionProtected = Event(visit.SessionProtected)
	// RememberTokenStolen: a remember cookie was presented that had been replaced, so
	// there is a copy of it. All logins of the user have been ended. It needs
	// LoginManager.Logins.
	RememberTokenStolen = Event(visit.RememberTokenStolen)
	// UserForbidden: UserPasses or RequestPasses has refused a user who is logged in.
	UserForbidden = Event(visit.UserForbidden)
	// UserLoginFailed: LoginFailed was called. The user is the one given to it, or the
	// anonymous one.
	UserLoginFailed = Event(visit.UserLoginFailed)
	// LoginsEnded: LogoutOthers or LogoutEverywhere has ended the user's other logins.
	LoginsEnded = Event(visit.LoginsEnded)
	// DeviceMissing: a request came without the device that its login is bound to. The
	// client has a copy of the cookies, or the browser has lost its key. See
	// LoginManager.DeviceBound. The event happens with every such request, and the login
	// goes on.
	DeviceMissing = Event(visit.DeviceMissing)
)

// String returns Flask-Login's name of the signal, as "user_logged_in".
func (e Event) String() string { return visit.Event(e).String() }

// LoginFailed reports a refused login, with a wrong password or code, to the audit log
// and the handlers of [UserLoginFailed]. u is the user that it was for, or nil if
// there is no such user. reason is your own short text, such as "wrong password".
// Never pass on what was typed: users type passwords into the wrong field.
func LoginFailed(c *gin.Context, u User, reason string, opts ...AskOption) {
	asked(c, opts).LoginFailed(c, u, reason)
}
