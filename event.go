package ginlogin

import (
	"slices"

	"github.com/gin-gonic/gin"
)

// Event is something that happens to a login; Flask-Login calls it a signal.
// Register handlers with [LoginManager.On].
//
// Handlers run in the goroutine of the request, after the change has been saved.
// They may ask for the current user. The user they are given is the one the event
// is about, or the current user, or the anonymous user if none was loaded; it is
// never nil. They must not call c.Next, as middleware does: it would run the
// handlers that a guard protects.
type Event int

// The events, with Flask-Login's names and moments.
const (
	// UserLoggedIn: Login has logged the user in.
	UserLoggedIn Event = iota
	// UserLoggedOut: Logout has logged the user out, also one whom the request
	// loader found. The user is the anonymous one if the loader failed.
	UserLoggedOut
	// UserLoadedFromCookie: the user came back by a remember cookie.
	UserLoadedFromCookie
	// UserLoadedFromRequest: the request loader has found the user.
	UserLoadedFromRequest
	// UserLoginConfirmed: ConfirmLogin has made the login fresh.
	UserLoginConfirmed
	// UserUnauthorized: somebody was refused because a login is required.
	UserUnauthorized
	// UserNeedsRefresh: somebody was refused because the login is not fresh.
	UserNeedsRefresh
	// UserAccessed: the request has asked for its user for the first time.
	UserAccessed
	// SessionProtected: session protection has met a login whose client changed.
	SessionProtected
	// RememberTokenStolen: a remember cookie was presented that had been replaced,
	// so that somebody has a copy; all logins of the user have been ended. The user
	// is the one they were of. Only with LoginManager.Logins set.
	RememberTokenStolen

	eventCount
)

// String returns Flask-Login's name of the signal, as "user_logged_in".
func (e Event) String() string {
	names := [eventCount]string{
		"user_logged_in", "user_logged_out", "user_loaded_from_cookie",
		"user_loaded_from_request", "user_login_confirmed", "user_unauthorized",
		"user_needs_refresh", "user_accessed", "session_protected",
		"remember_token_stolen",
	}
	if e < 0 || e >= eventCount {
		return "unknown"
	}
	return names[e]
}

type eventHandler func(c *gin.Context, u User)

// firing is an event that has happened and was not told yet.
type firing struct {
	event  Event
	user   User
	login  loginName // that it is about; none is the current one when it is told
	reason string
}

// news is what has happened and somebody listens to, in its order.
type news struct {
	events []firing
	firing bool
}

// queue notes an event that somebody listens to. A nil user stands for the
// current one.
func (r *resolver) queue(e Event, u User) { r.queueFor(e, u, "") }

// queueFor is queue with a reason for the audit log.
func (r *resolver) queueFor(e Event, u User, reason string) {
	if len(r.m.handlers[e]) > 0 || r.m.audits(r.c.Request.Context(), e.level()) {
		login := r.login().name()
		if e == SessionProtected {
			login = r.inSession // which strong protection has ended
		}
		if r.news == nil {
			r.news = &news{}
		}
		r.news.events = append(r.news.events, firing{e, u, login, reason})
	}
}

// drop takes back the queued events of a kind.
func (r *resolver) drop(e Event) {
	if r.news != nil {
		r.news.events = slices.DeleteFunc(r.news.events, func(f firing) bool { return f.event == e })
	}
}

// fire tells the queued events. Handlers may cause further ones, which are told
// in their turn, by the outermost call; and they may ask who the user is.
func (r *resolver) fire() {
	n := r.news
	if n == nil || len(n.events) == 0 || n.firing || r.busy {
		return
	}
	defer r.inside(&n.firing)()
	for len(n.events) > 0 {
		next := n.events[0]
		n.events = n.events[1:]
		u := next.user
		if u == nil {
			u = r.answer.user
		}
		if u == nil {
			u = r.anonymous()
		}
		r.audit(next, u)
		for _, handle := range r.m.handlers[next.event] {
			handle(r.c, u)
		}
	}
}
