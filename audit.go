package ginlogin

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
)

// audit writes an event to the audit log. User IDs and reasons come from the
// server; the address may come from the client, and slog quotes what it writes.
func (r *resolver) audit(f firing, u User) {
	login := cmp.Or(f.login, r.login().name())
	r.auditLine(f.event.level(), f.event.String(), cmp.Or(u.GetID(), login.userID), login.loginID, f.reason)
}

// level returns how loud the audit log is about an event.
func (e Event) level() slog.Level {
	switch e {
	case UserAccessed, UserLoadedFromRequest: // a line for each request
		return slog.LevelDebug
	case SessionProtected, RememberTokenStolen:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

func (r *resolver) auditLine(level slog.Level, event, user, login, reason string) {
	ctx := context.WithoutCancel(r.c.Request.Context())
	if r.m.audits(ctx, level) {
		r.m.writeAudit(ctx, level, event, slog.String("user", user),
			slog.String("login", login), slog.String("address", r.c.ClientIP()), slog.String("reason", reason))
	}
}

func (lm *LoginManager) audits(ctx context.Context, level slog.Level) bool {
	return lm.AuditLog != nil && lm.AuditLog.Enabled(ctx, level)
}

func (lm *LoginManager) writeAudit(ctx context.Context, level slog.Level, event string, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{slog.String("manager", lm.Name)}, attrs...)
	empty := func(a slog.Attr) bool { return a.Value.String() == "" }
	lm.AuditLog.LogAttrs(ctx, level, event, slices.DeleteFunc(attrs, empty)...)
}
