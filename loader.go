package ginlogin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"
)

// RequestLoader finds a user by the request itself, for instance by an API token,
// when neither the session nor a remember cookie names one. It returns nil when
// the request names nobody; an error that LoginManager.IsNotFound does not
// recognise is an outage.
type RequestLoader func(c *gin.Context) (User, error)

// FromRequest makes a [RequestLoader] of a function that returns your own type.
// A nil pointer from it means nobody.
func FromRequest[U User](load func(c *gin.Context) (U, error)) RequestLoader {
	if load == nil {
		return nil
	}
	return func(c *gin.Context) (User, error) { return load(c) }
}

// userLoader finds a user by ID; nil means that there is none.
type userLoader func(ctx context.Context, id string) (User, error)

func untyped[U User](load func(ctx context.Context, id string) (U, error)) userLoader {
	if load == nil {
		return nil
	}
	return func(ctx context.Context, id string) (User, error) { return load(ctx, id) }
}

// findUser asks the sources in their order, as Flask-Login does: the login in
// the session, the remember cookie, the request. A login whose user is gone is
// noted for removal, and the next source is asked.
func (r *resolver) findUser() (User, error) {
	defer r.inside(&r.busy)()
	if r.protected {
		r.queue(SessionProtected, nil)
	}
	if u, err := r.userFromSession(); u != nil || err != nil {
		return u, err
	}
	if u, err := r.userFromCookie(); u != nil || err != nil {
		return u, err
	}
	return r.userFromRequest()
}

func (r *resolver) userFromSession() (User, error) {
	if r.from != fromSession || r.m.load == nil {
		return nil, nil
	}
	u, err := r.userOfLogin()
	if u == nil && err == nil && !r.refused {
		r.identifyByCookie()
	}
	return u, err
}

func (r *resolver) userFromCookie() (User, error) {
	if r.from != fromCookie {
		return nil, nil
	}
	u, err := r.userOfLogin()
	if u != nil {
		r.queue(UserLoadedFromCookie, u)
	}
	return u, err
}

// userOfLogin returns the user of the identified login, if the login is still
// good, and otherwise notes that it is over. A remember cookie that yields no user
// must not stand in the way of the request loader, today or ever after.
func (r *resolver) userOfLogin() (User, error) {
	if live, err := r.liveInStore(); err != nil || !live {
		return nil, err
	}
	u, err := r.loadIdentified()
	if err != nil {
		return nil, err
	}
	if u == nil {
		r.end("user not found")
		return nil, nil
	}
	bound, newest := r.m.bound(u, r.record.binding)
	if !bound {
		r.end("credentials changed")
		return nil, nil
	}
	if !newest {
		r.rebindOnCommit(u)
	}
	return u, nil
}

func (r *resolver) userFromRequest() (User, error) {
	if r.m.RequestLoader == nil || r.refused {
		return nil, nil
	}
	u, err := r.m.found(r.m.RequestLoader(r.c))
	if u == nil || err != nil {
		return nil, err
	}
	if u.GetID() != r.record.userID {
		// What a login that no user loader can load has left in the session must
		// not vouch for somebody else's freshness.
		r.from = fromRequest
	}
	r.markPrivate()
	r.queue(UserLoadedFromRequest, u)
	return u, nil
}

// loadIdentified loads the identified user. While FromContext does so, in another
// goroutine or in a loader that knows the context and asks, it is loaded again:
// to wait could be to wait for oneself.
func (r *resolver) loadIdentified() (User, error) {
	ctx := r.c.Request.Context()
	if !r.loading.TryLock() {
		return r.m.found(r.m.load(r.toLoader(ctx), r.record.userID))
	}
	defer r.loading.Unlock()
	return r.userByID(ctx, r.record.userID)
}

// userByID runs the user loader, at most once per ID. r.loading is held.
func (r *resolver) userByID(ctx context.Context, id string) (User, error) {
	if !r.tried || r.triedID != id {
		u, err := r.m.found(r.m.load(r.toLoader(ctx), id))
		r.user, r.userErr, r.triedID = u, err, id
		// That somebody below HTTP ran out of time settles nothing.
		r.tried = err == nil || ctx.Err() == nil
	}
	return r.user, r.userErr
}

// toLoader returns the context for the user loader, which may ask for the user of
// it. That is what it is to find out, so it has to be told nobody, not to wait.
func (r *resolver) toLoader(ctx context.Context) context.Context {
	if ctx.Value(contextKey{}) == r {
		return context.WithValue(ctx, loadingKey{}, r)
	}
	return ctx
}

// found tells the three answers of a loader apart: a user, nobody (nil, nil),
// and an outage.
func (m *manager) found(u User, err error) (User, error) {
	switch {
	case err != nil && m.isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("ginlogin: loading the user: %w%s", err, hintAt(err))
	case isNil(u):
		return nil, nil
	}
	return u, nil
}

// hintAt helps with an outage that is none: the error of a database library that
// has one of its own for a missing row. It is only for the eye.
func hintAt(err error) string {
	text := err.Error()
	for _, missing := range []string{"not found", "no rows", "no documents"} {
		if strings.Contains(text, missing) {
			return ` (if that means "no such user": return ErrUserNotFound, or set LoginManager.IsNotFound)`
		}
	}
	return ""
}

func (m *manager) isNotFound(err error) bool {
	if errors.Is(err, ErrUserNotFound) {
		return true
	}
	if m.IsNotFound != nil {
		return m.IsNotFound(err)
	}
	return errors.Is(err, sql.ErrNoRows)
}

// isNil finds a nil pointer inside the interface, too: compared with nil, a nil
// *Account in a User would pass for a user.
func isNil(u User) bool {
	if u == nil {
		return true
	}
	switch v := reflect.ValueOf(u); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.Interface:
		return v.IsNil()
	}
	return false
}
