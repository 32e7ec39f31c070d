package cookiestore

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

// ErrRequestOver is returned by a Save after the handlers have returned, from a goroutine that outlives its request or from a
// middleware outside of Sessions. Gin reuses the response writer for other requests: such a write could put one visitor's session
// on another's response.
var ErrRequestOver = errors.New("cookiestore: the request has ended: save the session before the handler returns")

// maxLookups is how many values are looked up one by one, for a request that needs the login and little else. Beyond it, decoding
// all of them is faster.
const maxLookups = 4

// flashKey is where gorilla/sessions keeps the flashes without a category.
const flashKey = "_flash"

// Sessions returns the middleware that gives each request its session, as sessions.Sessions does, and in the same place:
// sessions.Default(c) finds it. It needs neither gorilla's registry nor its copy of the request, opens the cookie when the
// session is first used, and decodes only the values that are asked for. A request that never uses the session costs one small
// object.
//
// A response is marked Vary: Cookie if the session was used before the headers were sent; [Store.Save] says how a Save marks it.
//
// It panics without a store, if name cannot be the name of a cookie, and if the store's cookies are Partitioned without being
// Secure.
func Sessions(name string, store *Store) gin.HandlerFunc {
	if store == nil {
		panic("cookiestore: Sessions needs a store: make one with NewStore")
	}
	if !validName(name) {
		panic(invalidName(name).Error())
	}
	if err := checkPartitioned(store.attributes()); err != nil {
		panic(err.Error())
	}
	place := &place{name, store}
	return func(c *gin.Context) {
		s := &Session{place: place, request: c.Request, writer: responseWriter{ResponseWriter: c.Writer}}
		c.Writer = &s.writer
		c.Set(sessions.DefaultKey, s)
		defer s.close()
		c.Next()
	}
}

// A place is where the sessions of one middleware are kept.
type place struct {
	name  string
	store *Store
}

// A Session is what sessions.Default(c) returns under our Sessions. Beyond sessions.Session it has Name and Range, may be used by
// several goroutines, and knows when its request has ended.
type Session struct {
	mu sync.Mutex
	*place
	request *http.Request
	writer  responseWriter
	over    bool // the request

	loaded  bool
	changed bool
	count                    // of the cookies of this name
	lookups uint8            // in content
	content string           // the entries as they came, until values is made of them
	values  map[any]any      // nil until content does not do
	options *gorilla.Options // nil: the store's
	fault   error            // of AddFlash, for Save
}

var _ sessions.Session = (*Session)(nil)

// Name returns the name of the session, which is that of its cookie.
func (s *Session) Name() string { return s.name }

// ID returns "": a session that lives in its cookie has no ID.
func (s *Session) ID() string { return "" }

// CookieOptions returns the attributes of the cookie that Save sets: the store's, with those that Options adds. If Save would
// refuse the added ones, it returns the store's. It does not open the cookie.
func (s *Session) CookieOptions() sessions.Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := narrow(s.store.attributes(), s.options)
	if err != nil {
		o = s.store.attributes()
	}
	return sessions.Options{
		Path: o.Path, Domain: o.Domain, MaxAge: o.MaxAge,
		Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite,
	}
}

// Get returns the value under key, or nil. A slice or map is the session's own: the next Get returns it with your changes, and a
// Set followed by a Save stores them.
func (s *Session) Get(key any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load()
	if name, ok := key.(string); ok && s.values == nil && s.lookups < maxLookups {
		s.lookups++
		if v, settled := lookup(s.content, name); settled {
			return v
		}
	}
	return s.all()[key]
}

// GetString returns the string under key, or "". It is the fastest way to one: nothing is put into an interface.
func (s *Session) GetString(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load()
	if s.values == nil {
		return lookupString(s.content, key)
	}
	v, _ := s.values[key].(string)
	return v
}

// Set puts the value under key. If it cannot be stored, Save returns an error: see the package comment for the types.
func (s *Session) Set(key, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all()[key] = value
	s.changed = true
}

// Delete removes the value under key.
func (s *Session) Delete(key any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all(), key)
	s.changed = true
}

// Clear removes all values. A Save then deletes the cookie.
func (s *Session) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.all())
	s.changed = true
}

// Range calls f for each key and value until it returns false, in no order. It goes through the values as they were when it
// began, so f may use the session, and delete from it.
func (s *Session) Range(f func(key, value any) bool) {
	s.mu.Lock()
	values := maps.Clone(s.all())
	s.mu.Unlock()
	for k, v := range values {
		if !f(k, v) {
			return
		}
	}
}

// AddFlash adds a flash message to the list under the category, or under "_flash". If another value was Set under the same key,
// AddFlash leaves it, drops the message, and the next Save returns an error.
func (s *Session) AddFlash(value any, category ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := flashCategory(category)
	flashes, isList := s.all()[key].([]any)
	if taken := s.values[key]; taken != nil && !isList {
		s.fault = fmt.Errorf("cookiestore: AddFlash: the key %q holds a %T: choose another category", key, taken)
	} else {
		s.values[key] = append(flashes, value)
	}
	s.changed = true
}

// Flashes removes and returns the flash messages of the category, or of "_flash", oldest first. Without any it returns nil and
// changes nothing.
func (s *Session) Flashes(category ...string) []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := flashCategory(category)
	flashes, isList := s.all()[key].([]any)
	if isList {
		delete(s.values, key)
		s.changed = true
	}
	return flashes
}

func flashCategory(category []string) string {
	if len(category) > 0 {
		return category[0]
	}
	return flashKey
}

// Options sets the cookie attributes for this request: with MaxAge -1, the next Save deletes the cookie; with another, the
// session lives that long, here as in the browser. They add to the store's: an empty Path or unset SameSite means the store's,
// Secure and HttpOnly of the store stay, and a deletion without Domain uses the store's.
func (s *Session) Options(options sessions.Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options = options.ToGorillaOptions()
	s.changed = true
}

// Save writes the session into the response if it was changed, as Store.Save does. A second Save replaces what the first wrote.
// After the handlers have returned it returns ErrRequestOver and touches nothing.
func (s *Session) Save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.changed {
		return nil
	}
	if s.over {
		return ErrRequestOver
	}
	if err := s.fault; err != nil {
		s.fault = nil
		return err
	}
	values := s.all()
	if err := s.store.write(&s.writer, s.name, values, s.options, s.came > 0); err != nil {
		return err
	}
	deleteOthers(s.request, s.writer.Header(), s.name, s.count)
	s.changed = false
	return nil
}

// load opens the cookie, once.
func (s *Session) load() {
	if s.loaded {
		return
	}
	s.loaded = true
	s.writer.sessionRead.Store(true)
	found := s.store.read(s.request, s.name)
	s.count, s.content, s.values = found.count, found.content, found.values
	s.changed = s.changed || found.values != nil // to be moved to our format
}

// all is the values as a map, in which they can be changed.
func (s *Session) all() map[any]any {
	s.load()
	if s.values == nil && s.content != "" {
		s.values, _ = decodeValues(s.content)
		s.content = ""
	}
	if s.values == nil {
		s.values = make(map[any]any)
	}
	return s.values
}

// close stops the session from writing to the response. If the handler wrote nothing, Gin sends the headers later.
func (s *Session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer.vary()
	s.over = true
}
