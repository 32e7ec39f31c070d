package ginlogin

import (
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// For makes a guard or a function use lm where the middlewares of several managers
// are nested; without For they use the innermost. On a route without lm's
// middleware they panic at the first request, rather than use another manager's
// login.
func For(lm *LoginManager) ForOption {
	if lm == nil {
		panic("ginlogin: For: the manager is nil")
	}
	return ForOption{lm}
}

// ForOption is what [For] returns: an option of every function and guard.
type ForOption struct{ manager *LoginManager }

func (o ForOption) asks() scope                    { return scope(o) }
func (o ForOption) applyGuard(g *guard)            { g.manager = o.manager }
func (o ForOption) applyLogin(l *loginOptions)     { l.manager = o.manager }
func (o ForOption) applyLogout(l *logoutOptions)   { l.manager = o.manager }
func (o ForOption) applyConfirm(l *confirmOptions) { l.manager = o.manager }

// AskOption is a choice for functions that ask for the current login: [For].
type AskOption interface{ asks() scope }

// A scope says which manager is meant; nil is the innermost.
type scope struct{ manager *LoginManager }

// asked returns the visit that a function with these options means.
func asked(c *gin.Context, opts []AskOption) *visit.Visit { return scopeOf(opts).visit(c) }

func scopeOf(opts []AskOption) (s scope) {
	for _, opt := range opts {
		s = opt.asks()
	}
	return s
}

// visit returns the visit of the manager that is meant.
func (s scope) visit(c *gin.Context) *visit.Visit {
	innermost := visitOf(c)
	if s.manager == nil {
		return innermost
	}
	for v := innermost; v != nil; v = v.Outer() {
		if settingsOf(v).origin == s.manager {
			return v
		}
	}
	panic("ginlogin: For names a manager whose middleware is not on this route: " +
		"add r.Use(lm.Middleware()) of that manager before the route is added")
}
