package visit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// The warnings here are of questions that get no user though there is one.

// Current is User for callers that have no use for the error. A copy of the context that
// does not know the user looks to them like a stranger's, which is warned of once.
func (v *Visit) Current(c *gin.Context) User {
	u, err := v.User(c)
	if errors.Is(err, ErrNotResolved) {
		v.m.warned.unresolved.Do(func() { v.m.logger().Warn(err.Error()) })
	}
	return u
}

var (
	userTypes sync.Map    // reflect.Type of each manager made
	anyType   atomic.Bool // users may be of other types, too
)

// Know notes the type of a manager's users. With others they may be of any type: a
// request loader is not bound to one.
func Know(t reflect.Type, others bool) {
	userTypes.Store(t, true)
	if others || t.Kind() == reflect.Interface {
		anyType.Store(true)
	}
}

// WarnAs warns once that u was asked for as a type that no manager's users have, such as
// a struct where the loader returns pointers.
func (v *Visit) WarnAs(u User, as reflect.Type) {
	if _, known := userTypes.Load(as); known || anyType.Load() || as.Kind() == reflect.Interface || !MayPass(u) {
		return
	}
	v.m.warned.as.Do(func() {
		v.m.logger().Warn(fmt.Sprintf("ginlogin: UserAs was asked for a %v, but the user is a %T, so it returned no user: "+
			"use the type that the loader returns", as, u))
	})
}

// WarnContext warns once of a context that carries no user: one that is derived from
// Gin's, and one of a request without a user under key. Background work is no request,
// and needs no user.
func WarnContext(ctx context.Context, key any) {
	if _, ok := ctx.Value(gin.ContextKey).(*gin.Context); ok {
		warnDerived() // and read nothing: another request may have the context now
	} else if ctx.Value(key) == nil && ctx.Value(http.ServerContextKey) != nil {
		warnBare()
	}
}

var derived, bare sync.Once

func warnDerived() {
	derived.Do(func() {
		slog.Warn("ginlogin: UserAs got a context derived from a *gin.Context, which Gin reuses for other requests, " +
			"so it returned no user: derive it from ginlogin.Context(c)")
	})
}

func warnBare() {
	bare.Do(func() {
		slog.Warn("ginlogin: UserAs got the context of a request without its user, so it returned no user: " +
			"pass on ginlogin.Context(c) instead of c.Request.Context()")
	})
}
