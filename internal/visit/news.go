package visit

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
)

// Event is something that happens to a login. Package ginlogin documents the
// events.
type Event int

// The events, in the order of the public ones.
const (
	UserLoggedIn Event = iota
	UserLoggedOut
	UserLoadedFromCookie
	UserLoadedFromRequest
	UserLoginConfirmed
	UserUnauthorized
	UserNeedsRefresh
	UserAccessed
	SessionProtected
	RememberTokenStolen
	UserForbidden
	UserLoginFailed
	LoginsEnded
	DeviceMissing

	EventCount
)

var eventNames = [EventCount]string{
	"user_logged_in", "user_logged_out", "user_loaded_from_cookie",
	"user_loaded_from_request", "user_login_confirmed", "user_unauthorized",
	"user_needs_refresh", "user_accessed", "session_protected",
	"remember_token_stolen", "user_forbidden", "user_login_failed", "logins_ended",
	"device_missing",
}

// String returns Flask-Login's name of the signal, as "user_logged_in".
func (e Event) String() string {
	if e < 0 || e >= EventCount {
		return "unknown"
	}
	return eventNames[e]
}

// level returns the level of an event in the audit log.
func (e Event) level() slog.Level {
	switch e {
	case UserAccessed, UserLoadedFromRequest: // a line for each request
		return slog.LevelDebug
	case SessionProtected, RememberTokenStolen, DeviceMissing:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// A loginName names a login and its user.
type loginName struct{ userID, loginID string }

// firing is an event that has happened and whose handlers have not run yet.
type firing struct {
	event  Event
	user   User
	login  loginName // that it is about; none is the current one when it fires
	reason string
}

// news are the events that have a listener, in order.
type news struct {
	events []firing
	firing bool
}

// queue notes an event of the current login that has a listener. A nil user stands
// for the current one.
func (v *Visit) queue(e Event, u User, reason string) {
	if !v.isHeard(e) {
		return
	}
	login := loginName{v.claim.Identity(), v.claim.LoginID()}
	if e == SessionProtected { // which strong protection has ended
		held := v.claim.Held()
		login = loginName{held.UserID, held.LoginID}
	}
	v.queueOf(e, u, login, reason)
}

// isHeard reports whether an event has a listener.
func (v *Visit) isHeard(e Event) bool {
	return len(v.m.Handlers[e]) > 0 || v.m.Audits(v.c.Request.Context(), e.level())
}

// queueOf is queue for an event of any login.
func (v *Visit) queueOf(e Event, u User, login loginName, reason string) {
	if !v.isHeard(e) {
		return
	}
	n := &v.noteSeldom().news
	n.events = append(n.events, firing{e, u, login, reason})
}

// Happened fires an event of the current user at once.
func (v *Visit) Happened(e Event, reason string) {
	v.queue(e, nil, reason)
	v.Fire()
}

// LoginFailed fires the event of a login that was refused.
func (v *Visit) LoginFailed(c *gin.Context, u User, reason string) {
	if !v.Owns(c) {
		return
	}
	name := loginName{}
	if IsNil(u) {
		u = v.anonymous()
	} else {
		name.userID = u.GetID()
	}
	v.queueOf(UserLoginFailed, u, name, reason)
	v.Fire()
}

// drop takes back the queued events of a kind.
func (v *Visit) drop(e Event) {
	if v.seldom != nil {
		n := &v.seldom.news
		n.events = slices.DeleteFunc(n.events, func(f firing) bool { return f.event == e })
	}
}

// Fire runs the handlers of the queued events. They may cause further events, which
// fire in their turn, in the outermost call; and they may ask for the user.
func (v *Visit) Fire() {
	if v.seldom == nil || len(v.seldom.news.events) == 0 || v.seldom.news.firing || v.asking {
		return
	}
	n := &v.seldom.news
	defer v.inside(&n.firing)()
	for len(n.events) > 0 {
		next := n.events[0]
		n.events = n.events[1:]
		u := next.user
		if u == nil {
			u = v.told.user
		}
		if u == nil {
			u = v.anonymous()
		}
		name := cmp.Or(next.login, loginName{v.claim.Identity(), v.claim.LoginID()})
		v.AuditLine(next.event.level(), next.event.String(), cmp.Or(u.GetID(), name.userID), name.loginID, next.reason)
		for _, handle := range v.m.Handlers[next.event] {
			handle(v.c, u)
		}
	}
}

// audit writes the ending of a login to the audit log.
func (v *Visit) audit(e *login.Ending) {
	if e == nil {
		return
	}
	levels := [...]slog.Level{login.Quiet: slog.LevelDebug, login.Normal: slog.LevelInfo, login.Alarm: slog.LevelWarn}
	v.AuditLine(levels[e.Severity], "login_ended", e.UserID, e.LoginID, e.Reason)
}

// AuditLine writes a line. User IDs and reasons come from the server; the address
// may come from the client, and slog quotes what it writes.
func (v *Visit) AuditLine(level slog.Level, event, user, login, reason string) {
	ctx := context.WithoutCancel(v.c.Request.Context())
	if v.m.Audits(ctx, level) {
		acting, _ := v.claim.Record.Actor()
		v.m.Audit(ctx, level, event, slog.String("user", user), slog.String("login", login), slog.String("acting", acting.UserID),
			slog.String("address", v.c.ClientIP()), slog.String("reason", reason))
	}
}

// Audits reports whether the audit log wants lines of that level.
func (m *Manager) Audits(ctx context.Context, level slog.Level) bool {
	return m.AuditLog != nil && m.AuditLog.Enabled(ctx, level)
}

// Audit writes a line to the audit log, without its empty fields.
func (m *Manager) Audit(ctx context.Context, level slog.Level, event string, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{slog.String("manager", m.Name)}, attrs...)
	empty := func(a slog.Attr) bool { return a.Value.String() == "" }
	m.AuditLog.LogAttrs(ctx, level, event, slices.DeleteFunc(attrs, empty)...)
}

// LogError logs an error that no caller gets. A client that has hung up is no
// error.
func (m *Manager) LogError(ctx context.Context, err error, attrs ...any) {
	level := slog.LevelError
	if isHangUp(ctx, err) {
		level = slog.LevelDebug
	}
	m.logger().Log(ctx, level, err.Error(), attrs...)
}
