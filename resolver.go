package ginlogin

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"
)

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
	// As the sessions middleware before this one has it: a group may have another.
	session sessions.Session

	mu          sync.Mutex // guards what goroutines with a copy may ask for: the pointer, and the answer behind it
	*resolution            // nil until begin
}

// A resolution is what has been found out about the user of one request, and what
// is yet to be done about it. The small fields stand together, because every request
// that asks gets one.
type resolution struct {
	opened     bool // the session has been read
	identified bool
	from       source
	ended      bool    // the session's login was found to be over
	protected  bool    // a changed client was met, and not told yet
	refused    bool    // by strong protection: nobody, for this request
	pending    pending // to be written
	accessed   bool    // UserAccessed has been queued
	busy       bool    // a function of the app runs that helps to find the user, and is told nobody
	making     bool    // the factory of the anonymous user runs
	tried      bool    // the user loader has answered for triedID

	// The session.
	gorilla *gsessions.Session // beneath it, if it is gin-contrib's
	openErr error              // why it could not be read

	// Who the request says it is.
	record     record
	inSession  loginName // the session's, whatever became of it
	generation int64     // of that
	token      *token    // of the remember cookie that the record is from
	stored     *stored

	// The user.
	loading sync.Mutex // held while the user loader runs
	triedID string
	user    User
	userErr error
	answer  answer
	news    *news // to be told
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
	fresh      bool
	user       User
	err        error
	id         string
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
	r := &resolver{m: m, c: c, session: m.sessionOf(c)}
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
	r.drop(SessionProtected)
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
	r.from, r.record = from, rec
	r.nowInSession(rec)
	r.pending, r.refused, r.protected = pending{}, false, false
}

// nowInSession notes whose login the session has.
func (r *resolver) nowInSession(rec record) {
	r.inSession, r.generation, r.ended = rec.name(), rec.generation, false
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
