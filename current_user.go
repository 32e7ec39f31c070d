package ginlogin

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"
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

// templateContext is the key of the context in TemplateValues. No template can
// name it.
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

// A resolver finds out who the user of one request is, when somebody first
// asks. It belongs to the *gin.Context that it was made for: Gin reuses contexts
// and response writers, so a goroutine that came to the session through a copy
// of the context could put one visitor's cookie on another's response. Hence
// only calls with that very context, while the middleware has not returned, may
// touch the session, the cookies and the headers.
//
// Every request gets a resolver, so it is small. Only one that asks gets a
// resolution.
type resolver struct {
	m      *manager
	c      *gin.Context
	outer  *resolver // of the manager that this one is nested in
	closed atomic.Bool
	// As the sessions middleware has it; nil until findSession.
	session sessions.Session

	mu          sync.Mutex // guards what goroutines with a copy may ask for: the pointer, and the answer behind it
	*resolution            // nil until begin
}

// A resolution is what has been found out about the user of one request, and what
// is yet to be done about it.
type resolution struct {
	// The session.
	gorilla *gsessions.Session // beneath it, if it is gin-contrib's
	openErr error              // why it could not be read
	opened  bool

	// Who the request says it is.
	identified bool
	protected  bool // a changed client was met, and not told yet
	refused    bool // by strong protection: nobody, for this request
	from       source
	record     record
	inSession  loginName // the session's, whatever became of it
	token      *token    // of the remember cookie that the record is from
	stored     *stored
	ended      string // the login that was found to be over

	// What is yet to be written and told.
	pending  pending
	events   []firing
	accessed bool // UserAccessed has been queued
	firing   bool

	// The user, and what runs to find it.
	busy    bool       // inside a function of the app that helps to
	making  bool       // inside the factory of the anonymous user
	loading sync.Mutex // held while the user loader runs
	tried   bool
	triedID string
	user    User
	userErr error
	answer  answer
}

// source is where the identity of the current login was found.
type source uint8

const (
	fromNowhere source = iota
	fromSession
	fromCookie
	fromRequest
)

// answer is what has been found out, for whoever may not look further.
type answer struct {
	done       bool
	user       User
	err        error
	id         string
	fresh      bool
	remembered *string // whom the response remembers; nil is whom the request does
	next       string  // taken out of the session by a login
	prepared   *preparedLogin
}

// A preparedLogin is one whose user FromContext may load.
type preparedLogin struct{ userID, binding string }

type (
	contextKey struct{} // of the resolver, in a context.Context and in a gin.Context
	loadingKey struct{} // of the resolver whose loader runs, in the loader's context
)

var resolverKey any = contextKey{}

func newResolver(m *manager, c *gin.Context) *resolver {
	if !m.hasSession.Load() {
		m.sessionOf(c) // a program without sessions finds its mistake at the first request, whatever that asks for
		m.hasSession.Store(true)
	}
	r := &resolver{m: m, c: c}
	if v, ok := c.Get(resolverKey); ok {
		r.outer = v.(*resolver)
		r.refuseTwin()
	}
	c.Set(resolverKey, r)
	if m.Remember.RefreshEachRequest && r.begin(c) {
		r.refreshRemember()
	}
	return r
}

// refuseTwin panics when a manager of the same Name is already in force: the two
// would take each other's logins, or remember cookies, for their own.
func (r *resolver) refuseTwin() {
	for o := r.outer; o != nil; o = o.outer {
		if o.c == r.c && !o.closed.Load() && o.m.Name == r.m.Name {
			panic("ginlogin: Middleware is nested in one of the same LoginManager.Name " +
				"(or added twice): give the managers different Names")
		}
	}
}

// close ends the resolver's power over the response. Whoever asks later gets
// what is known by then.
func (r *resolver) close() {
	r.closed.Store(true)
	if r.outer != nil {
		r.c.Set(resolverKey, r.outer)
	}
}

// resolverOf returns the resolver in force on c.
func resolverOf(c *gin.Context) *resolver {
	if v, ok := c.Get(resolverKey); ok {
		return v.(*resolver)
	}
	panic("ginlogin: no LoginManager.Middleware on this route: call r.Use(lm.Middleware()) after r.Use(sessions.Sessions(…)) and before the route is added")
}

// owns reports whether c is the context that the resolver may work for.
func (r *resolver) owns(c *gin.Context) bool { return r.c == c && !r.closed.Load() }

// begin is owns, and sees to it that there is a resolution.
func (r *resolver) begin(c *gin.Context) bool {
	if !r.owns(c) {
		return false
	}
	if r.resolution == nil {
		r.findSession()
		r.mu.Lock()
		r.resolution = &resolution{}
		r.mu.Unlock()
	}
	return true
}

// writable returns why the session and the cookies cannot be changed through c.
func (r *resolver) writable(c *gin.Context) error {
	switch {
	case !r.begin(c):
		return ErrNotResolved
	case c.Writer.Written():
		return ErrHeadersWritten
	}
	return nil
}

func (r *resolver) snapshot() answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resolution == nil {
		return answer{}
	}
	return r.answer
}

// publish makes a the answer for everybody.
func (r *resolver) publish(a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = a
}

// answerElsewhere is LoadUser on another context than the resolver's.
func (r *resolver) answerElsewhere(c *gin.Context) (User, error) {
	a := r.snapshot()
	if !a.done {
		return r.m.anonymous(c), ErrNotResolved
	}
	return a.user, a.err
}

// prepare identifies before the response begins. What that leaves to be written
// needs the user loaded, and now is the last moment. With below set, it also does
// what FromContext may not do from another goroutine: ask the login store and the
// request loader.
func (r *resolver) prepare(below bool) {
	if r.answer.done || r.busy {
		return
	}
	_ = r.identify()
	id, identified := r.identity()
	if r.pending != (pending{}) || below && (!identified || r.m.load == nil || r.m.Logins != nil) {
		r.load(true)
		return
	}
	if below {
		a := r.answer
		a.prepared = &preparedLogin{id, r.record.binding}
		r.publish(a)
	}
}

// userBelow is FromContext: it may be another goroutine that asks, so it runs
// the user loader at the most.
func (r *resolver) userBelow(ctx context.Context) User {
	closed, a := r.closed.Load(), r.snapshot()
	if a.done {
		return a.user
	}
	if a.prepared == nil || ctx.Value(loadingKey{}) == r {
		return AnonymousUser{}
	}
	r.loading.Lock()
	defer r.loading.Unlock()
	if closed && !r.tried {
		return AnonymousUser{}
	}
	known := r.tried && r.triedID == a.prepared.userID
	u, err := r.userByID(ctx, a.prepared.userID)
	if err != nil && !known {
		r.m.logError(ctx, err)
	}
	if err != nil || u == nil {
		return AnonymousUser{}
	}
	if ok, _ := r.m.bound(u, a.prepared.binding); !ok {
		return AnonymousUser{}
	}
	return u
}

// load answers who the user is, at the first call by loading it. With commit
// set, what identification left to be written is written as soon as the user
// has loaded.
func (r *resolver) load(commit bool) User {
	switch {
	case r.busy: // a loader asks who the user is: it is to tell
		return r.anonymous()
	case !r.answer.done:
		r.resolve()
	}
	if commit && r.answer.err == nil {
		r.commit()
	}
	return r.answer.user
}

func (r *resolver) resolve() {
	if !r.accessed {
		r.accessed = true
		r.queue(UserAccessed, nil)
	}
	err := r.identify()
	var u User
	if err == nil {
		u, err = r.findUser()
	}
	if err != nil {
		r.failed(err)
		return
	}
	if u == nil {
		u = r.anonymous()
	}
	r.publish(r.answerFor(u))
}

// failed settles an outage: nobody for this request, and nothing is written.
func (r *resolver) failed(err error) {
	r.pending = pending{}
	r.events = slices.DeleteFunc(r.events, func(f firing) bool { return f.event == SessionProtected })
	r.report(err)
	u := r.anonymous()
	a := r.answer
	a.done, a.user, a.err = true, u, err
	r.publish(a)
}

// answerFor returns the answer that u is the user.
func (r *resolver) answerFor(u User) answer {
	a := r.answer
	a.done, a.user, a.err, a.fresh = true, u, nil, r.fresh()
	a.id, _ = r.identity()
	return a
}

// become makes u, who has just logged in as rec, the current user.
func (r *resolver) become(u User, rec record) {
	r.settle(fromSession, rec)
	r.publish(r.answerFor(u))
}

// becomeNobody makes the anonymous user the current user.
func (r *resolver) becomeNobody() {
	r.settle(fromNowhere, record{})
	r.publish(r.answerFor(r.anonymous()))
}

// confirmed makes rec the current login. Whether its user exists is still to be
// found out if it was.
func (r *resolver) confirmed(rec record) {
	r.settle(fromSession, rec)
	if before := r.answer; before.done {
		a := r.answerFor(before.user)
		a.err = before.err
		r.publish(a)
	}
}

func (r *resolver) settle(from source, rec record) {
	r.from, r.record, r.inSession = from, rec, rec.name()
	r.pending, r.refused, r.protected = pending{}, false, false
}

// anonymous makes the user that stands for nobody. A factory that asks for the
// user is told the plain one.
func (r *resolver) anonymous() User {
	if r.making {
		return AnonymousUser{}
	}
	defer r.inside(&r.making)()
	return r.m.anonymous(r.c)
}

// inside marks that a function of the app runs, which may ask for the user, and
// returns a function that takes the mark back.
func (r *resolver) inside(mark *bool) func() {
	before := *mark
	*mark = true
	return func() { *mark = before }
}

// report puts what no caller gets to see into c.Errors and the log.
func (r *resolver) report(err error) {
	_ = r.c.Error(err)
	req := r.c.Request
	r.m.logError(req.Context(), err, "method", req.Method, "path", req.URL.Path)
}
