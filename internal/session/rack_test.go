package session

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/ginlogin/ginlogin/cookiestore"
	gsessions "github.com/gorilla/sessions"
)

// errStoreDown is the error of a store that is down.
var errStoreDown = errors.New("connection refused")

// A rackStore keeps sessions on the server; its cookie is the bare ID. It fails on demand, one
// method at a time, and has the ways of one kind of store or another.
type rackStore struct {
	mu       sync.Mutex
	rows     map[string]map[any]any
	options  gsessions.Options
	made     int
	reads    int
	saves    int
	readErrs []error // of the next reads, one each
	readErr  error   // of all others
	refuses  func(*gsessions.Session) bool

	byCookie    bool   // like gorm's: the request's cookie says which row is saved, and not the ID
	byIsNew     bool   // like postgres': IsNew inserts, and a row that exists is not replaced
	zeroDeletes bool   // like redis': MaxAge 0 is a deletion
	forgets     bool   // like memcached's beyond 30 days: what is saved is not kept
	fixedID     string // the only ID it gives
	eager       bool   // it gives an ID when a session is made, and not when it is saved
	hidesID     bool   // it does not tell the session its ID
	thrifty     bool   // it does not send a cookie that the browser has
}

func newRack() *rackStore {
	st := &rackStore{rows: map[string]map[any]any{}}
	st.Options(testOptions())
	return st
}

func testOptions() sessions.Options {
	return sessions.Options{Path: "/", MaxAge: 3600, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func (st *rackStore) Options(o sessions.Options) { st.options = *o.ToGorillaOptions() }

func (st *rackStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(r).Get(st, name)
}

func (st *rackStore) New(r *http.Request, name string) (*gsessions.Session, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.reads++
	s := gsessions.NewSession(st, name)
	options := st.options
	s.Options, s.IsNew = &options, true
	err := st.readErr
	if len(st.readErrs) > 0 {
		err, st.readErrs = st.readErrs[0], st.readErrs[1:]
	}
	brought, missing := r.Cookie(name)
	if st.eager {
		s.ID = st.newID()
	}
	if err != nil || missing != nil {
		return s, err
	}
	id, _, _ := strings.Cut(brought.Value, ".") // a cookie may spell an ID in several ways
	if !st.hidesID {
		s.ID = id
	}
	if values, ok := st.rows[id]; ok {
		s.Values, s.IsNew = maps.Clone(values), false
	}
	return s, nil
}

func (st *rackStore) Save(r *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.refuses != nil && st.refuses(s) {
		return errStoreDown
	}
	st.saves++
	brought := ""
	if cookie, err := r.Cookie(s.Name()); err == nil {
		brought = cookie.Value
	}
	id := s.ID
	if st.byCookie {
		id = ""
		if _, ok := st.rows[brought]; ok {
			id = brought
		}
	}
	if s.Options.MaxAge < 0 || s.Options.MaxAge == 0 && st.zeroDeletes {
		delete(st.rows, id)
		clear(s.Values) // as memstore does
		http.SetCookie(w, gsessions.NewCookie(s.Name(), "", s.Options))
		return nil
	}
	if id == "" {
		id = st.newID()
		s.ID = id
	}
	if st.fixedID != "" {
		s.ID, id = st.fixedID, st.fixedID
	}
	if st.hidesID {
		s.ID = ""
	}
	if _, exists := st.rows[id]; !st.forgets && (!st.byIsNew || s.IsNew != exists) {
		st.rows[id] = maps.Clone(s.Values)
	}
	if !st.thrifty || brought != id {
		http.SetCookie(w, gsessions.NewCookie(s.Name(), id, s.Options))
	}
	return nil
}

func (st *rackStore) newID() string {
	st.made++
	return fmt.Sprintf("id%d", st.made)
}

// size returns how many sessions are kept.
func (st *rackStore) size() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.rows)
}

// readsFail makes every read fail with err; nil ends that.
func (st *rackStore) readsFail(err error) { st.mu.Lock(); st.readErr = err; st.mu.Unlock() }

// nextReadsFail makes the next reads fail, one error each.
func (st *rackStore) nextReadsFail(errs ...error) { st.mu.Lock(); st.readErrs = errs; st.mu.Unlock() }

// savesFail makes those saves fail that refuse picks; nil ends that.
func (st *rackStore) savesFail(refuse func(*gsessions.Session) bool) {
	st.mu.Lock()
	st.refuses = refuse
	st.mu.Unlock()
}

func anySave(*gsessions.Session) bool     { return true }
func deletions(s *gsessions.Session) bool { return s.Options.MaxAge < 0 }

// counts returns how often the store was read and saved since the last call.
func (st *rackStore) counts() (reads, saves int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	reads, saves = st.reads, st.saves
	st.reads, st.saves = 0, 0
	return reads, saves
}

// row returns what is kept under an ID, nil if nothing is.
func (st *rackStore) row(id string) map[any]any {
	st.mu.Lock()
	defer st.mu.Unlock()
	return maps.Clone(st.rows[id])
}

func key(name string) []byte { return fmt.Appendf(nil, "%-32s", name) }

func stored[S sessions.Store](store S) sessions.Store {
	store.Options(testOptions())
	return store
}

func cookieStore() sessions.Store { return stored(cookie.NewStore(key("session"))) }
func memStore() sessions.Store    { return stored(memstore.NewStore(key("session"))) }

// eachServerStore runs a test with every store that keeps sessions on the server.
func eachServerStore(t *testing.T, test func(t *testing.T, s *site)) {
	for name, store := range map[string]func() sessions.Store{
		"memstore":               memStore,
		"a store like redis'":    func() sessions.Store { return newRack() },
		"a store like gorm's":    func() sessions.Store { st := newRack(); st.byCookie = true; return st },
		"a store like postgres'": func() sessions.Store { st := newRack(); st.byIsNew = true; return st },
		"a store with early IDs": func() sessions.Store { st := newRack(); st.byIsNew, st.eager = true, true; return st },
	} {
		t.Run(name, func(t *testing.T) { test(t, newSite(t, sessions.Sessions("session", store()))) })
	}
}

// eachStore runs a test with the stores that keep sessions in the cookie, too.
func eachStore(t *testing.T, test func(t *testing.T, s *site)) {
	eachServerStore(t, test)
	t.Run("cookie store", func(t *testing.T) { test(t, newSite(t, sessions.Sessions("session", cookieStore()))) })
	sealed := cookiestore.NewStore(key("session"))
	t.Run("cookiestore", func(t *testing.T) { test(t, newSite(t, sessions.Sessions("session", sealed))) })
	t.Run("cookiestore.Sessions", func(t *testing.T) { test(t, newSite(t, cookiestore.Sessions("session", sealed))) })
}

// An ownStore keeps the one session of a site, of the app's own making.
type ownStore struct {
	mu     sync.Mutex
	values map[any]any
	id     string
	err    error
}

func (o *ownStore) fail(err error) { o.mu.Lock(); o.err = err; o.mu.Unlock() }

func (o *ownStore) saved() map[any]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.values)
}

// An ownSession is that session in one request. There is no gorilla beneath it.
type ownSession struct {
	store  *ownStore
	values map[any]any
}

func (o *ownSession) ID() string               { return o.store.id }
func (o *ownSession) Get(key any) any          { return o.values[key] }
func (o *ownSession) Set(key, value any)       { o.values[key] = value }
func (o *ownSession) Delete(key any)           { delete(o.values, key) }
func (o *ownSession) Clear()                   { clear(o.values) }
func (o *ownSession) AddFlash(any, ...string)  {}
func (o *ownSession) Flashes(...string) []any  { return nil }
func (o *ownSession) Options(sessions.Options) {}

func (o *ownSession) Save() error {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if o.store.err == nil {
		o.store.values = maps.Clone(o.values)
	}
	return o.store.err
}

// A rangedSession also lists its values.
type rangedSession struct{ *ownSession }

func (o rangedSession) Range(f func(key, value any) bool) {
	for key, value := range o.values {
		if !f(key, value) {
			return
		}
	}
}

// eachOwnSession runs a test on a site whose one session is of the app's own making.
func eachOwnSession(t *testing.T, test func(t *testing.T, s *site, own *ownStore)) {
	for name, as := range map[string]func(*ownSession) sessions.Session{
		"a session that lists its values": func(o *ownSession) sessions.Session { return rangedSession{o} },
		"a session that does not":         func(o *ownSession) sessions.Session { return o },
	} {
		t.Run(name, func(t *testing.T) {
			own := &ownStore{values: map[any]any{}}
			test(t, newSite(t, putsSession(func() sessions.Session {
				return as(&ownSession{store: own, values: own.saved()})
			})), own)
		})
	}
}
