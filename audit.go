package ginlogin

import (
	"cmp"
	"context"
	"log/slog"
)

// audit writes an event to the audit log. User IDs and reasons come from the
// server; the address may come from the client, and slog quotes what it writes.
func (r *resolver) audit(f firing, u User) {
	if r.m.AuditLog == nil {
		return
	}
	level := slog.LevelInfo
	switch f.event {
	case UserAccessed:
		level = slog.LevelDebug
	case SessionProtected, RememberTokenStolen:
		level = slog.LevelWarn
	}
	r.auditLine(level, f.event.String(), u.GetID(), r.login().loginID, f.reason)
}

// auditEnd writes that the identified login is over without anybody logging out.
func (r *resolver) auditEnd(reason string) {
	if r.m.AuditLog != nil {
		r.auditLine(slog.LevelInfo, "login_ended", r.record.userID, r.record.loginID, reason)
	}
}

func (r *resolver) auditLine(level slog.Level, event, user, login, reason string) {
	attrs := make([]slog.Attr, 0, 6)
	for _, attr := range []slog.Attr{
		slog.String("manager", r.m.Name), slog.String("user", cmp.Or(user, r.login().userID)),
		slog.String("login", login), slog.String("address", r.c.ClientIP()), slog.String("reason", reason),
	} {
		if attr.Value.String() != "" {
			attrs = append(attrs, attr)
		}
	}
	r.m.AuditLog.LogAttrs(context.WithoutCancel(r.c.Request.Context()), level, event, attrs...)
}
