package ginlogin_test

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// A faultyStore is a session store that fails when told, and counts.
type faultyStore struct {
	sessions.Store
	mu              sync.Mutex
	newErr, saveErr error
	news, saves     int
	onSave          func()
}

func (f *faultyStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(r).Get(f, name)
}

func (f *faultyStore) New(r *http.Request, name string) (*gsessions.Session, error) {
	f.mu.Lock()
	f.news++
	err := f.newErr
	f.mu.Unlock()
	if err != nil {
		s := gsessions.NewSession(f, name)
		s.IsNew = true
		return s, err
	}
	return f.Store.New(r, name)
}

func (f *faultyStore) Save(r *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	f.mu.Lock()
	f.saves++
	err, onSave := f.saveErr, f.onSave
	f.mu.Unlock()
	if err != nil {
		return err
	}
	if onSave != nil {
		onSave()
	}
	return f.Store.Save(r, w, s)
}

func (f *faultyStore) failLoads(err error) { f.mu.Lock(); f.newErr = err; f.mu.Unlock() }

func (f *faultyStore) failSaves(err error) { f.mu.Lock(); f.saveErr = err; f.mu.Unlock() }

// counted returns how often a session was opened and saved since the last time.
func (f *faultyStore) counted() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	counted := fmt.Sprintf("opened %d, saved %d", f.news, f.saves)
	f.news, f.saves = 0, 0
	return counted
}

// rackStore keeps sessions on the server; its cookie is the bare ID. It counts
// what it does, fails as told, and has the ways of one kind of store or another.
type rackStore struct {
	mu      sync.Mutex
	rows    map[string]map[any]any
	options gsessions.Options
	made    int
	reads   int
	saves   int
	readErr error
	refuses func(*gsessions.Session) bool

	byCookie    bool // like gorm's: the request's cookie says which row is saved, and not the ID
	byIsNew     bool // like that for postgres: IsNew inserts, and a row of an ID that exists is never seen
	zeroDeletes bool // like redis: MaxAge 0 is a deletion
}

func newRack() *rackStore {
	st := &rackStore{rows: map[string]map[any]any{}}
	st.Options(ginlogin.SessionOptions())
	return st
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
	brought, missing := r.Cookie(name)
	if st.readErr != nil || missing != nil {
		return s, st.readErr
	}
	s.ID = brought.Value
	if values, ok := st.rows[s.ID]; ok {
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
		http.SetCookie(w, gsessions.NewCookie(s.Name(), "", s.Options))
		return nil
	}
	if id == "" {
		st.made++
		id = fmt.Sprintf("id%d", st.made)
		s.ID = id
	}
	if _, exists := st.rows[id]; !st.byIsNew || s.IsNew != exists {
		st.rows[id] = maps.Clone(s.Values)
	}
	http.SetCookie(w, gsessions.NewCookie(s.Name(), id, s.Options))
	return nil
}

// readsFail makes every read fail with err; nil ends that.
func (st *rackStore) readsFail(err error) { st.mu.Lock(); st.readErr = err; st.mu.Unlock() }

// savesFail makes the saves fail that refuse picks; nil ends that.
func (st *rackStore) savesFail(refuse func(*gsessions.Session) bool) {
	st.mu.Lock()
	st.refuses = refuse
	st.mu.Unlock()
}

// counts returns how often it was read and saved since the last time.
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

// eachServerStore runs a test with every store that keeps sessions on the server.
func eachServerStore(t *testing.T, test func(t *testing.T, store sessions.Store)) {
	t.Run("memstore", func(t *testing.T) { test(t, memStore()) })
	t.Run("a store like redis", func(t *testing.T) { test(t, newRack()) })
	t.Run("a store like gorm's", func(t *testing.T) {
		rack := newRack()
		rack.byCookie = true
		test(t, rack)
	})
	t.Run("a store like that for postgres", func(t *testing.T) {
		rack := newRack()
		rack.byIsNew = true
		test(t, rack)
	})
}

// eachStore adds the store that keeps sessions in the cookie.
func eachStore(t *testing.T, test func(t *testing.T, store sessions.Store)) {
	eachServerStore(t, test)
	t.Run("cookie store", func(t *testing.T) { test(t, cookieStore()) })
}

func sealedStore() sessions.Store { return cookiestore.NewStore(keyOf("session")) }

// ownStore keeps the one session of a site, of the app's own making.
type ownStore struct {
	mu     sync.Mutex
	values map[any]any
	err    error
	saves  int
}

func (o *ownStore) saved() map[any]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.values)
}

// ownSession is that session in one request. There is no gorilla beneath it.
type ownSession struct {
	store  *ownStore
	values map[any]any
}

func (o *ownSession) ID() string { return "" }

func (o *ownSession) Get(key any) any { return o.values[key] }

func (o *ownSession) Set(key, value any) { o.values[key] = value }

func (o *ownSession) Delete(key any) { delete(o.values, key) }

func (o *ownSession) Clear() { clear(o.values) }

func (o *ownSession) AddFlash(any, ...string) {}

func (o *ownSession) Flashes(...string) []any { return nil }

func (o *ownSession) Options(sessions.Options) {}

func (o *ownSession) Save() error {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if o.store.err == nil {
		o.store.values = maps.Clone(o.values)
		o.store.saves++
	}
	return o.store.err
}

// rangedSession also tells its values.
type rangedSession struct{ *ownSession }

func (o rangedSession) Range(f func(key, value any) bool) {
	for key, value := range o.values {
		if !f(key, value) {
			return
		}
	}
}

// eachOwnSession runs a test on a site whose one session is not gorilla's.
func eachOwnSession(t *testing.T, test func(t *testing.T, s *site, own *ownStore)) {
	for name, as := range map[string]func(*ownSession) sessions.Session{
		"a session that tells its values": func(o *ownSession) sessions.Session { return rangedSession{o} },
		"a session that does not":         func(o *ownSession) sessions.Session { return o },
	} {
		t.Run(name, func(t *testing.T) {
			own := &ownStore{values: map[any]any{}}
			s := siteBehind(t, func(c *gin.Context) {
				c.Set(sessions.DefaultKey, as(&ownSession{store: own, values: own.saved()}))
			}, nil, nil)
			test(t, s, own)
		})
	}
}
