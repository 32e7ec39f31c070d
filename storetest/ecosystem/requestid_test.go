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
)

func TestRequestIDKeepsLogins(t *testing.T) {
	s := behind(t, requestid.New())
	s.keepsLogins()
	s.tellsUsersApart()
	b := s.loggedIn("ada")
	first, second := b.do("GET", "/guarded"), b.do("GET", "/guarded")
	if a, b := first.Header.Get("X-Request-ID"), second.Header.Get("X-Request-ID"); a == "" || a == b {
		t.Errorf("the IDs of two requests are %q and %q", a, b)
	}
}

func TestListenersKnowTheRequestID(t *testing.T) {
	var told []string
	engine := newEngine(append([]gin.HandlerFunc{requestid.New()}, known(func(lm *ginlogin.LoginManager) {
		lm.On(ginlogin.UserLoggedIn, func(c *gin.Context, u ginlogin.User) { told = append(told, requestid.Get(c)+" "+u.GetID()) })
	})...)...)
	pages(engine)
	b := serve(t, engine).browser()
	res := b.do("POST", "/login?id=ada", "X-Request-ID", "request-7")
	wants(t, "the response's ID", res.Header.Get("X-Request-ID"), "request-7")
	wants(t, "told", strings.Join(told, ", "), "request-7 ada")
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
	engine := newEngine(append([]gin.HandlerFunc{intoContext}, known(func(lm *ginlogin.LoginManager) {
		lm.AuditLog = slog.New(withID{slog.NewTextHandler(&lines, nil)})
	})...)...)
	pages(engine)
	s := serve(t, engine)
	s.browser().do("POST", "/login?id=ada", "X-Request-ID", "request-7")
	s.Close()
	if line := lines.String(); !strings.Contains(line, "msg=user_logged_in") || !strings.Contains(line, "request=request-7") {
		t.Errorf("the audit log says %q", line)
	}
}
