package ginlogin

import (
	"context"
	"maps"
	"reflect"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/visit"
)

// User is what ginlogin needs to know about a user. Embed [UserMixin] and write
// GetID.
type User interface {
	// GetID returns the ID by which the user loader finds this user. It is never
	// empty for a user that can be logged in. Return the primary key or a random
	// value, not a name or an address:
	//
	//   - An ID never changes. A user with another ID is another user, whose logins,
	//     remember cookies and session data are lost.
	//   - An ID is never given twice. The cookies of a deleted user would open the
	//     account that gets its ID.
	//   - An ID is unique among all users whose managers share keys and a Name.
	GetID() string
	// IsAuthenticated reports whether the user has given valid credentials.
	IsAuthenticated() bool
	// IsActive reports whether the account may be used: not banned, not
	// waiting for a confirmation.
	IsActive() bool
	// IsAnonymous reports whether this is the user of a visitor who is not logged in.
	IsAnonymous() bool
}

// UserMixin makes a user type that embeds it authenticated, active and not
// anonymous. It is enough to override IsActive to refuse inactive users, because
// guards look at both IsActive and IsAuthenticated.
type UserMixin struct{}

// IsAuthenticated returns true.
func (UserMixin) IsAuthenticated() bool { return true }

// IsActive returns true.
func (UserMixin) IsActive() bool { return true }

// IsAnonymous returns false.
func (UserMixin) IsAnonymous() bool { return false }

// SessionHasher may be implemented by a user type. When SessionHash changes, all
// logins of the user end, except the one that [LogoutOthers] keeps. That includes
// logins under way: a request that checked the old password just before the change
// and logs in just after it. Only SessionHash ends those, because [LogoutOthers] and
// [LoginManager.EndLogins] find no row of them yet. Return something that changes
// with the credentials and only then: a random stamp in the user's row, replaced with
// each new password. The password's hash works as well, unless you renew it at login,
// as package password suggests when its parameters change: each renewal would log the
// user out. It is Django's get_session_auth_hash.
//
// The hash itself never leaves the server: sessions and remember cookies contain
// its HMAC under a key derived from LoginManager.SecretKeys, which have to be set.
type SessionHasher interface{ SessionHash() string }

// AnonymousUser is the user of a visitor who is not logged in. It is a map, so that
// {{ .CurrentUser.Name }} is then empty instead of breaking the page, and so that
// it can hold what your pages show, as in AnonymousUser{"Name": "Guest"}.
type AnonymousUser map[string]any

// GetID returns "".
func (AnonymousUser) GetID() string { return "" }

// IsAuthenticated returns false.
func (AnonymousUser) IsAuthenticated() bool { return false }

// IsActive returns false.
func (AnonymousUser) IsActive() bool { return false }

// IsAnonymous returns true.
func (AnonymousUser) IsAnonymous() bool { return true }

// CurrentUser returns the user of this request: the user who is logged in, or
// the anonymous user, never nil. An inactive user who was logged in with
// [Force] is returned as well; ask IsAuthenticated and IsActive, or let
// [UserAs] do it.
//
// When the user cannot be loaded because the loader or the session store fails,
// it returns the anonymous user and the error goes to c.Errors and the logger;
// [LoadUser] returns it.
func CurrentUser(c *gin.Context, opts ...AskOption) User {
	return asked(c, opts).Current(c)
}

// LoadUser is [CurrentUser] with the error: an outage of the loader or the
// session store, or [ErrNotResolved] for a copy of the context if the request
// did not ask for its user before. The user is never nil.
func LoadUser(c *gin.Context, opts ...AskOption) (User, error) {
	return asked(c, opts).User(c)
}

// UserID returns the ID that the session or the remember cookie names, and
// whether there is one. It does not load the user, who may no longer exist. A user
// found by the request loader has no such ID.
func UserID(c *gin.Context, opts ...AskOption) (string, bool) {
	id := asked(c, opts).UserID(c)
	return id, id != ""
}

// LoginFresh reports whether the current login is fresh: made or confirmed with
// credentials, not restored from a remember cookie, and not demoted by session
// protection. It does not load the user, who may no longer exist.
func LoginFresh(c *gin.Context, opts ...AskOption) bool { return asked(c, opts).Fresh(c) }

// LoginRemembered reports whether a valid remember cookie of the current login's
// user came with the request, or is set by its response. It does not load the user.
func LoginRemembered(c *gin.Context, opts ...AskOption) bool { return asked(c, opts).Remembered(c) }

// Ends are the moments at which the current login ends. The zero time means never. A
// Fresh that has passed means that the login is stale.
type Ends struct{ Idle, Absolute, Fresh time.Time }

// LoginEnds returns when the current login ends if the user does nothing more: by
// LoginManager.IdleTimeout and AbsoluteTimeout, and when it stops being fresh by
// LoginManager.FreshFor; a guard's own FreshFor is ignored. It loads the user.
// Without a login all times are zero.
func LoginEnds(c *gin.Context, opts ...AskOption) Ends {
	e := asked(c, opts).Ends(c)
	return Ends{moment(e.Idle), moment(e.Absolute), moment(e.Fresh)}
}

func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// UserAs returns the current user as your own type, and whether there is one:
// false for the anonymous user, for a user that is not authenticated and
// active, and for a user of another type. It takes the *gin.Context of the request,
// or in services below HTTP a context derived from [Context].
//
// A context derived from the *gin.Context itself has no user: Gin reuses that object
// for other requests, so a goroutine that outlives its request could get another
// visitor's user. c.Request.Context() has none either. The first such call is logged.
func UserAs[U User](ctx context.Context, opts ...AskOption) (U, bool) {
	var u User
	c, here := ctx.(*gin.Context)
	if here {
		u = CurrentUser(c, opts...)
	} else {
		u = carriedUser(ctx, opts)
	}
	typed, ok := u.(U)
	if ok && visit.MayPass(u) {
		return typed, true
	}
	if here && !ok {
		asked(c, opts).WarnAs(u, reflect.TypeFor[U]())
	}
	var none U
	return none, false
}

type contextKey struct{}

// carried is a user in a context that may outlive the request. It is a value, without
// references to the request.
type carried struct {
	manager *LoginManager
	user    User
	login   visit.Stub
	before  *carried
}

// Context returns c.Request.Context() with the current user in it, for services below
// HTTP that should not depend on Gin; they call [UserAs]. It loads the user at once.
// If loading fails, the context carries no user; call [LoadUser] first to answer 503
// instead. The user stays in it after the request has ended, even after a logout.
func Context(c *gin.Context, opts ...AskOption) context.Context {
	v := asked(c, opts)
	u, err := v.User(c)
	if err != nil {
		u = nil
	}
	parent := c.Request.Context()
	before, _ := parent.Value(contextKey{}).(*carried)
	return context.WithValue(parent, contextKey{}, &carried{settingsOf(v).origin, u, v.Stub(c), before})
}

// StillLoggedIn checks again whether the login of ctx is valid, for sockets and
// streams that stay open: it asks the login store and the user loader, and applies
// the timeouts. End the stream when it returns false without an error. An error is an
// outage, or [ErrNotResolved] for a context that carries no login; it does not mean
// that the login has ended.
//
// ctx is one derived from [Context], or the *gin.Context while its handler runs.
// Without LoginManager.Logins it cannot see a logout or an IdleTimeout. For a user of
// the request loader it checks whether the user may still pass, not whether the token
// is still valid. The call does not count as activity for LoginManager.IdleTimeout.
func StillLoggedIn(ctx context.Context, opts ...AskOption) (bool, error) {
	if c, ok := ctx.(*gin.Context); ok {
		v := asked(c, opts)
		if !v.Owns(c) {
			return false, ErrNotResolved
		}
		return v.Stub(c).StillLoggedIn(c.Request.Context())
	}
	found := carriedBy(ctx, opts)
	if found == nil {
		return false, ErrNotResolved
	}
	return found.login.StillLoggedIn(ctx)
}

// carriedUser returns the user that Context has put into ctx, or nil.
func carriedUser(ctx context.Context, opts []AskOption) User {
	if found := carriedBy(ctx, opts); found != nil {
		return found.user
	}
	visit.WarnContext(ctx, contextKey{})
	return nil
}

func carriedBy(ctx context.Context, opts []AskOption) *carried {
	if _, derived := ctx.Value(gin.ContextKey).(*gin.Context); derived {
		return nil
	}
	s := scopeOf(opts)
	found, _ := ctx.Value(contextKey{}).(*carried)
	for found != nil && s.manager != nil && found.manager != s.manager {
		found = found.before
	}
	return found
}

// TemplateData returns data for an HTML template, through which the template
// can also ask for .CurrentUser, .LoggedIn and .LoginFresh. Gin renders
// templates without the context, so pass it in this way:
//
//	c.HTML(http.StatusOK, "home.html", ginlogin.TemplateData(c, gin.H{"title": "Home"}))
//
// It identifies the user before the response begins, because afterwards no cookie
// can be sent; the user is loaded when the template first uses it. If the loader
// fails then, the page is rendered with the anonymous user. To answer 503 instead,
// call [LoadUser] first.
//
// Like all functions that take the context, it panics without the middleware: pass
// plain data to pages that are rendered outside it, for instance by a recovery
// handler.
func TemplateData(c *gin.Context, data gin.H, opts ...AskOption) TemplateValues {
	v := asked(c, opts)
	v.Prepare(c)
	values := make(TemplateValues, len(data)+1)
	maps.Copy(values, data)
	values[templateContext] = templateVisit{c, v}
	return values
}

// TemplateValues is the data of a template, with methods that ask for the
// current user. [TemplateData] makes it.
type TemplateValues map[string]any

type templateVisit struct {
	c *gin.Context
	v *visit.Visit
}

// templateContext is the key of the context in TemplateValues. A template can reach
// it only with index, and not by mistake.
const templateContext = "\x00ginlogin"

// CurrentUser returns the current user, as the function [CurrentUser] does.
func (values TemplateValues) CurrentUser() User {
	if t, ok := values[templateContext].(templateVisit); ok {
		u, _ := t.v.User(t.c)
		return u
	}
	return AnonymousUser{}
}

// LoggedIn reports whether there is a user who is logged in, authenticated and
// active.
func (values TemplateValues) LoggedIn() bool { return visit.MayPass(values.CurrentUser()) }

// Impersonator returns the user who acts as the current one, as the function
// [Impersonator] does, or nil: {{ with .Impersonator }}.
func (values TemplateValues) Impersonator() User {
	if t, ok := values[templateContext].(templateVisit); ok {
		if u := t.v.Impersonator(t.c); u != nil {
			return u
		}
	}
	return nil
}

// LoginFresh reports whether the login is fresh, as the function [LoginFresh] does.
func (values TemplateValues) LoginFresh() bool {
	t, ok := values[templateContext].(templateVisit)
	return ok && t.v.Fresh(t.c)
}
