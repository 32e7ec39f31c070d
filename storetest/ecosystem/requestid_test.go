package ecosystem

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/gin-contrib/requestid"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestRequestIDKeepsLogins(t *testing.T) {
	s := behind(t, requestid.New())
	keepsLogins(s)
	tellsUsersApart(s)
	b := loggedIn(s, "ada")
	first, second := b.Do("GET", "/guarded"), b.Do("GET", "/guarded")
	if a, b := first.Header.Get("X-Request-ID"), second.Header.Get("X-Request-ID"); a == "" || a == b {
		t.Errorf("the IDs of two requests are %q and %q", a, b)
	}
}

func TestListenersKnowTheRequestID(t *testing.T) {
	var told []string
	engine := site.Engine(append([]gin.HandlerFunc{requestid.New()}, known(func(lm *ginlogin.LoginManager) {
		lm.On(ginlogin.UserLoggedIn, func(c *gin.Context, u ginlogin.User) { told = append(told, requestid.Get(c)+" "+u.GetID()) })
	})...)...)
	pages(engine)
	b := site.Serve(t, engine).Browser()
	res := b.Do("POST", "/login?id=ada", "X-Request-ID", "request-7")
	site.Wants(t, "the response's ID", res.Header.Get("X-Request-ID"), "request-7")
	site.Wants(t, "told", strings.Join(told, ", "), "request-7 ada")
}

type idKey struct{}

// withID adds the ID that it finds in the context of a line.
type withID struct{ slog.Handler }

func (h withID) Handle(ctx context.Context, line slog.Record) error {
	if id, ok := ctx.Value(idKey{}).(string); ok {
		line.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, line)
}

func TestTheAuditLogCanHaveTheRequestID(t *testing.T) {
	var lines bytes.Buffer
	intoContext := requestid.New(requestid.WithHandler(func(c *gin.Context, id string) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), idKey{}, id))
	}))
	engine := site.Engine(append([]gin.HandlerFunc{intoContext}, known(func(lm *ginlogin.LoginManager) {
		lm.AuditLog = slog.New(withID{slog.NewTextHandler(&lines, nil)})
	})...)...)
	pages(engine)
	s := site.Serve(t, engine)
	s.Browser().Do("POST", "/login?id=ada", "X-Request-ID", "request-7")
	s.Close()
	if line := lines.String(); !strings.Contains(line, "msg=user_logged_in") || !strings.Contains(line, "request=request-7") {
		t.Errorf("the audit log says %q", line)
	}
}
