package web

import (
	"context"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// Audit is the log of users' actions. ginlogin writes to it, too.
type Audit struct{ *slog.Logger }

// Event records an action that ginlogin does not know. It leaves out what was typed, including the e-mail
// address: people type passwords into that field.
func (a Audit) Event(c *gin.Context, level slog.Level, event, reason string) {
	attrs := []slog.Attr{slog.String("address", c.ClientIP()), slog.String("reason", reason)}
	if id, ok := ginlogin.UserID(c); ok {
		attrs = append(attrs, slog.String("user", id), slog.String("login", ginlogin.LoginID(c)))
		if acting, ok := ginlogin.Impersonator[ginlogin.User](c); ok {
			attrs = append(attrs, slog.String("acting", acting.GetID()))
		}
	}
	a.LogAttrs(context.WithoutCancel(c.Request.Context()), level, event, attrs...)
}
