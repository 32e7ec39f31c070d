package ginlogin

import (
	"context"
	"maps"

	"github.com/gin-gonic/gin"
)

// User is what ginlogin needs to know about a user. Embed [UserMixin] and write
// GetID.
type User interface {
	// GetID returns the ID by which the user loader finds this user. It is never
	// empty for a user that can be logged in. It need not be the primary key: if
	// the ID changes, all logins of the user end.
	GetID() string
	// IsAuthenticated reports whether the user has given valid credentials.
	IsAuthenticated() bool
	// IsActive reports whether the account may be used: not banned, not
	// waiting for a confirmation.
	IsActive() bool
	// IsAnonymous reports whether this stands for nobody.
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

// AnonymousUser is the user when nobody is logged in. It is a map, so that
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
func CurrentUser(c *gin.Context) User {
	u, _ := LoadUser(c)
	return u
}

// LoadUser is [CurrentUser] with the error: an outage of the loader or the
// session store, or [ErrNotResolved] for a copy of the context if the request
// did not ask for its user before. The user is never nil.
func LoadUser(c *gin.Context) (User, error) {
	return resolverOf(c).userOf(c)
}

func (r *resolver) userOf(c *gin.Context) (User, error) {
	if !r.begin(c) {
		return r.answerElsewhere(c)
	}
	u := r.load(true)
	if !r.busy {
		// Who listens to the events may have logged the user out.
		r.fire()
		u = r.answer.user
	}
	return u, r.answer.err
}

// UserAs returns the current user as your own type, and whether there is one:
// false for the anonymous user, for a user that is not authenticated and
// active, and for a user of another type.
func UserAs[U User](c *gin.Context) (U, bool) {
	u, _ := LoadUser(c)
	typed, ok := u.(U)
	if !ok || !mayPass(u) {
		var none U
		return none, false
	}
	return typed, true
}

// UserID returns the ID that the session or the remember cookie names, and
// whether there is one. It does not load the user, who may no longer exist. A user
// found by the request loader has no such ID.
func UserID(c *gin.Context) (string, bool) {
	r := resolverOf(c)
	if !r.begin(c) {
		a := r.snapshot()
		return a.id, a.id != ""
	}
	_ = r.identify()
	return r.identity()
}

// LoginFresh reports whether the current login is fresh: made or confirmed with
// credentials, not restored from a remember cookie, and not demoted by session
// protection. It does not load the user, who may no longer exist.
func LoginFresh(c *gin.Context) bool {
	r := resolverOf(c)
	if !r.begin(c) {
		return r.snapshot().fresh
	}
	_ = r.identify()
	return r.fresh()
}

// LoginRemembered reports whether a valid remember cookie of the current login's
// user came with the request, or is set by its response. It does not load the user.
func LoginRemembered(c *gin.Context) bool {
	id, ok := UserID(c)
	return ok && resolverOf(c).rememberedAs(c.Request, id)
}

// Context returns c.Request.Context() with the current user in it, for services
// below HTTP that should not depend on Gin; they call [FromContext]. It identifies
// the user at once and loads it when FromContext first asks.
func Context(c *gin.Context) context.Context {
	r := resolverOf(c)
	if r.begin(c) {
		defer r.fire()
		r.prepare(true)
	}
	return context.WithValue(c.Request.Context(), contextKey{}, r)
}

// FromContext returns the current user of a context made by [Context], and
// whether somebody is logged in, authenticated and active. The user is never
// nil. It may be called from any goroutine; after the request has ended, it
// returns what was known then. With a *gin.Context it does what [CurrentUser] does.
func FromContext(ctx context.Context) (User, bool) {
	var u User = AnonymousUser{}
	if c, ok := ctx.(*gin.Context); ok {
		if v, ok := c.Get(resolverKey); ok {
			u, _ = v.(*resolver).userOf(c)
		}
	} else if r, _ := ctx.Value(contextKey{}).(*resolver); r != nil {
		u = r.userBelow(ctx)
	}
	return u, mayPass(u)
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
// Like all functions on the context it needs the middleware before it: give plain
// data to pages that are rendered without it, by a recovery handler for instance.
func TemplateData(c *gin.Context, data gin.H) TemplateValues {
	r := resolverOf(c)
	if r.begin(c) {
		defer r.fire()
		r.prepare(false)
	}
	values := make(TemplateValues, len(data)+1)
	maps.Copy(values, data)
	values[templateContext] = c
	return values
}

// TemplateValues is the data of a template, with methods that ask for the
// current user. [TemplateData] makes it.
type TemplateValues map[string]any

// templateContext is the key of the context in TemplateValues. A template reaches
// it with index only, and not by mistake.
const templateContext = "\x00ginlogin"

// CurrentUser returns the current user, as the function [CurrentUser] does.
func (v TemplateValues) CurrentUser() User {
	if c, ok := v[templateContext].(*gin.Context); ok {
		return CurrentUser(c)
	}
	return AnonymousUser{}
}

// LoggedIn reports whether somebody is logged in, authenticated and active.
func (v TemplateValues) LoggedIn() bool { return mayPass(v.CurrentUser()) }

// LoginFresh reports whether the login is fresh, as the function [LoginFresh] does.
func (v TemplateValues) LoginFresh() bool {
	c, ok := v[templateContext].(*gin.Context)
	return ok && LoginFresh(c)
}

// mayPass reports whether u is somebody whom a guard lets pass. Go's embedding
// cannot derive IsAuthenticated from IsActive, as Flask-Login's mixin does, so
// both are asked.
func mayPass(u User) bool { return u.IsAuthenticated() && u.IsActive() && !u.IsAnonymous() }
