// Package visit is one request: it reads the session, the cookies and the rows,
// asks the loaders, carries out what package login decides, and closes with the
// request.
//
// Three rules keep requests apart. A Visit belongs to the handler's goroutine and to
// its very *gin.Context until the middleware returns: Gin reuses contexts and
// response writers, so a goroutine with a copy of the context could otherwise put
// one visitor's cookie on another's response. Other goroutines may read told, and
// nothing else. What outlives the request is a value.
package visit

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/remember"
	"github.com/ginlogin/ginlogin/internal/session"
)

// The errors of changes to a login. Package ginlogin documents them.
var (
	ErrInactiveUser     = errors.New("ginlogin: user is not active")
	ErrNotAuthenticated = errors.New("ginlogin: not logged in, or not as this user")
	ErrNotFresh         = errors.New("ginlogin: the login is not fresh: confirm it with ConfirmLogin first")
	ErrHeadersWritten   = errors.New("ginlogin: the response headers are already written: call this before the handler answers or redirects")
	ErrNoSecretKey      = remember.ErrNoSecretKey
	ErrCrossSite        = errors.New("ginlogin: the login was posted from another site: " +
		"add its origin to LoginManager.TrustedOrigins, or use FromOtherSite in a callback that has checked the state")
	ErrNotResolved = errors.New("ginlogin: the user is not known on a c.Copy() or after the request, " +
		"unless the handler has asked for it: call CurrentUser or Context in the handler first")
	errPanicked = errors.New("ginlogin: a function of the app panicked while it helped to find the user")
)

// A Visit finds the user of one request, when first asked. Every request gets a
// Visit.
type Visit struct {
	m       *Manager
	c       *gin.Context
	outer   *Visit // of the manager that this one is nested in
	session session.Session

	claim  login.Claim
	row    *rowState // of the claimed login, with a store
	now    int64     // when the login was judged; 0 before
	seldom *seldom   // what few requests have

	loaded User // by the user loader, which is asked at most once for an ID

	identified bool
	accessed   bool // UserAccessed has been queued
	asking     bool // a function of the app runs that helps to find the user; to it the user is anonymous
	making     bool // the factory of the anonymous user runs

	closed atomic.Bool
	mu     sync.Mutex // guards told
	told   told
}

// Every request pays for the size of a Visit, so what few requests have is kept
// apart.
type seldom struct {
	next   string // taken out of the session by a login
	actor  User   // who acts as the user
	nobody string // the ID for which the user loader has found no user
	news   news
}

// noteSeldom returns the seldom to write to.
func (v *Visit) noteSeldom() *seldom {
	if v.seldom == nil {
		v.seldom = &seldom{}
	}
	return v.seldom
}

// known returns what few requests have, the zero value in most.
func (v *Visit) known() seldom {
	if v.seldom == nil {
		return seldom{}
	}
	return *v.seldom
}

// told is what is known of the user. It is replaced as a whole, for goroutines that
// may read nothing else.
type told struct {
	done      bool
	fresh     bool
	user      User
	err       error
	id        string
	remembers *string // the user whom the browser remembers after the response, if that sets or deletes the remember cookie
}

type contextKey struct{}

var visitKey any = contextKey{}

// Open begins the visit of c. It panics if a manager of the same Name is already in
// force: the two would take each other's logins for their own.
func Open(m *Manager, c *gin.Context) *Visit {
	v := &Visit{m: m, c: c, session: session.Of(c, m.SessionName)}
	if outer, ok := c.Get(visitKey); ok {
		v.outer = outer.(*Visit)
		v.refuseTwin()
	}
	v.session.Newer = newerLogin
	c.Set(visitKey, v)
	v.chooseSession()
	return v
}

func (v *Visit) refuseTwin() {
	for o := v.outer; o != nil; o = o.outer {
		switch {
		case !o.Owns(v.c):
		case o.m.Name == v.m.Name:
			panic("ginlogin: two managers on this route have the same LoginManager.Name, " +
				"or one Middleware was added twice: give the managers different Names")
		case o.m.Remember.Name == v.m.Remember.Name:
			panic("ginlogin: two managers on this route have the same LoginManager.Remember.Name, " + v.m.Remember.Name +
				", and would delete each other's cookies: give them different names")
		}
	}
}

// Close stops the visit from changing the response. Later calls get what is known by
// then.
func (v *Visit) Close() {
	v.closed.Store(true)
	if v.outer != nil {
		v.c.Set(visitKey, v.outer)
	}
}

// Of returns the visit in force on c, or nil.
func Of(c *gin.Context) *Visit {
	if v, ok := c.Get(visitKey); ok {
		return v.(*Visit)
	}
	return nil
}

// Manager returns the settings of the visit.
func (v *Visit) Manager() *Manager { return v.m }

// Outer returns the visit of the manager that this one is nested in, or nil.
func (v *Visit) Outer() *Visit { return v.outer }

// Depth returns how many managers this one is nested in on its context.
func (v *Visit) Depth() (n int) {
	for o := v.outer; o != nil; o = o.outer {
		n++
	}
	return n
}

// Owns reports whether c is the context that the visit may work for.
func (v *Visit) Owns(c *gin.Context) bool { return v.c == c && !v.closed.Load() }

// Writable returns why the session and the cookies cannot be changed through c.
func (v *Visit) Writable(c *gin.Context) error {
	switch {
	case !v.Owns(c):
		v.warnIgnored(&v.m.warned.unresolved, c, ErrNotResolved)
		return ErrNotResolved
	case c.Writer.Written():
		v.warnIgnored(&v.m.warned.late, c, ErrHeadersWritten)
		return ErrHeadersWritten
	}
	return nil
}

func (v *Visit) snapshot() told {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.told
}

// tell publishes t.
func (v *Visit) tell(t told) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.told = t
}

// User returns the current user, or the anonymous one, and the outage if there is
// one. On another context than the visit's own it returns what is known.
func (v *Visit) User(c *gin.Context) (User, error) {
	if !v.Owns(c) {
		t := v.snapshot()
		if !t.done {
			return v.m.Anonymous(c), ErrNotResolved
		}
		return t.user, t.err
	}
	u := v.load(true)
	if !v.asking {
		// An event's handlers may have logged the user out.
		v.Fire()
		u = v.told.user
	}
	return u, v.told.err
}

// UserID returns the ID that the session or the remember cookie names, or "".
func (v *Visit) UserID(c *gin.Context) string {
	if !v.Owns(c) {
		return v.snapshot().id
	}
	_ = v.identify()
	return v.claim.Identity()
}

// LoginID returns the ID of the current login, or "".
func (v *Visit) LoginID(c *gin.Context) string {
	if !v.Owns(c) {
		return ""
	}
	_ = v.identify()
	return v.claim.LoginID()
}

// Fresh reports whether the current login is fresh.
func (v *Visit) Fresh(c *gin.Context) bool {
	if !v.Owns(c) {
		return v.snapshot().fresh
	}
	_ = v.identify()
	return v.fresh()
}

func (v *Visit) fresh() bool { return v.FreshWithin(v.m.Policy.FreshFor) }

// FreshWithin reports whether the login is fresh, and no older than d unless d is 0:
// then the clock is not read.
func (v *Visit) FreshWithin(d time.Duration) bool {
	var now int64
	if d != 0 {
		now = v.m.seconds()
	}
	return v.claim.FreshWithin(d, now)
}

// ConfirmedBy reports whether credentials were last given by all of these methods.
func (v *Visit) ConfirmedBy(methods []string) bool { return v.claim.ConfirmedBy(methods) }

// Methods returns how the user of the current login has authenticated.
func (v *Visit) Methods(c *gin.Context) []string {
	if v.UserID(c) == "" || !v.Owns(c) {
		return nil
	}
	return login.MethodNames(v.claim.Record.Methods)
}

// Ends returns when the current login ends.
func (v *Visit) Ends(c *gin.Context) login.Ends {
	if _, err := v.User(c); err != nil || !v.Owns(c) {
		return login.Ends{}
	}
	return v.claim.Ends(&v.m.Policy, v.activity(), v.current())
}

// Remembered reports whether a valid remember cookie of the current login's user
// came with the request, or is set by its response.
func (v *Visit) Remembered(c *gin.Context) bool {
	id := v.UserID(c)
	if t := v.snapshot(); id == "" || t.remembers != nil {
		return id != "" && *t.remembers == id
	}
	_, _, ok := v.m.Remember.Find(c.Request, id, v.m.seconds())
	return ok
}

// Prepare identifies the user before the response begins. It also loads the user if
// a cookie may have to be sent, since this is the last moment.
func (v *Visit) Prepare(c *gin.Context) {
	if !v.Owns(c) || v.told.done || v.asking {
		return
	}
	defer v.Fire()
	_ = v.identify()
	if v.claim.Write != (login.Write{}) || v.m.Store != nil && v.claim.Identity() != "" || v.renewalDue() {
		v.load(true)
	}
	if v.m.LoadRequest != nil && !v.told.done {
		// The template may find a user of the request itself, when it is too late to keep
		// the page out of shared caches.
		v.forbidStoring()
	}
}
