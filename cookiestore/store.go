package cookiestore

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/ginlogin/ginlogin/internal/setcookie"
	"github.com/gorilla/securecookie"
	gorilla "github.com/gorilla/sessions"
)

const purposeSession = "session"

// ErrHeadersWritten is returned by a Save after the response has begun: the cookie could not be sent any more. Save
// before the body is written, and before a redirect.
var ErrHeadersWritten = errors.New("cookiestore: the response headers are written already: save the session before the body or the redirect")

// A Store keeps sessions in encrypted cookies. [Sessions] and sessions.Sessions take it. All requests use it at once. Set its
// field and call its methods Options and MigrateFrom before the first request.
type Store struct {
	// Partitioned gives each site that embeds this one a session of its own: browsers that block third-party cookies keep these
	// (CHIPS). The cookie has to be Secure and, to be embedded, SameSite=None. Change the session's name together with it, as
	// with Domain. The default is false.
	Partitioned bool

	ring    *ring
	options atomic.Pointer[gorilla.Options]
	old     atomic.Pointer[[]securecookie.Codec]
	now     func() time.Time
	failed  sync.Once
}

var _ sessions.Store = (*Store)(nil)

// NewStore returns a store whose cookies are sealed with the first key, and read with any. To change the key, put the new one before
// the old one, and remove the old one when the sessions it sealed have expired.
//
// Its sessions end with the browser, as Flask's do, and 30 days after their last Save at the latest. See [Store.Options].
//
// A key consists of 32 or more random bytes, the same on all servers, and is not a password: openssl rand -base64 32 makes one.
// NewStore panics without a key, or with a shorter one. The same bytes may also be ginlogin's SecretKeys, because the actual keys
// are derived from them for one purpose each.
func NewStore(keys ...[]byte) *Store {
	if len(keys) == 0 {
		panic("cookiestore: NewStore needs a key of 32 random bytes")
	}
	for i, key := range keys {
		if len(key) < minSecret {
			panic(fmt.Sprintf("cookiestore: key %d of NewStore has %d bytes: use %d random bytes or more", i+1, len(key), minSecret))
		}
	}
	s := &Store{ring: newRing(purposeSession, keys), now: time.Now}
	s.options.Store(defaults())
	return s
}

// Get returns the session of that name, the same one throughout the request. It is what sessions.Sessions calls. The error is nil
// unless no cookie can have the name. A cookie that cannot be opened is an empty session and no error.
func (s *Store) Get(r *http.Request, name string) (*gorilla.Session, error) {
	if !validName(name) {
		return s.empty(name), invalidName(name)
	}
	return gorilla.GetRegistry(r).Get(s, name)
}

// New decodes the session of that name from the cookie of the request. It is empty, and IsNew, without a cookie, or with one that
// is forged, damaged, expired, or for another name. The error is always nil: cookies have no outages, and gin-contrib would log
// an error for every invalid cookie.
func (s *Store) New(r *http.Request, name string) (*gorilla.Session, error) {
	session := s.empty(name)
	found := s.read(r, name)
	if values, ok := found.decode(); ok {
		session.Values = values
		session.IsNew = false
	}
	return session, nil
}

func (s *Store) empty(name string) *gorilla.Session {
	session := gorilla.NewSession(s, name)
	*session.Options = *s.attributes()
	session.IsNew = true
	return session
}

// Save writes the session into the response, in place of what an earlier Save of the same name wrote there. A session without
// values, or with a negative MaxAge, deletes the cookie; without values and without a cookie in the request it writes nothing. A
// response with such a cookie is marked Vary: Cookie and, unless the app has set its own, Cache-Control: private, no-store. The
// errors are ErrHeadersWritten, ErrTooLarge, or name the value or option that cannot be stored. The first error of the store is
// also logged.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	if !validName(session.Name()) {
		return invalidName(session.Name())
	}
	name, present := session.Name(), carries(r, session.Name())
	if err := s.write(w, name, session.Values, session.Options, present); err != nil {
		return err
	}
	if present && (setcookie.Several(r, name) || deletes(w.Header(), name)) {
		deleteOthers(r, w.Header(), name, s.read(r, name).count)
	}
	return nil
}

// found is what the request brought.
type found struct {
	content string      // of a cookie of ours, to be decoded on demand
	values  map[any]any // of a cookie of the stock store, which knows only all or nothing
	count
}

func (f found) decode() (map[any]any, bool) {
	if f.values != nil {
		return f.values, true
	}
	if f.content == "" {
		return nil, false
	}
	return decodeValues(f.content)
}

// read opens the cookies of that name, and takes the session saved last. Only if none is ours does it take one of the stock store:
// such a cookie, left behind for another path, must not hide the session that has replaced it.
func (s *Store) read(r *http.Request, name string) found {
	var f found
	var newest int64
	var seen [maxSameName]string
	scan := scanCookies(r, name)
	for value, ok := scan.next(); ok; value, ok = scan.next() {
		if slices.Contains(seen[:f.came], value) { // a client or a proxy has doubled the cookie
			continue
		}
		seen[f.came] = value
		f.came++
		if content, saved, alive := s.unseal(name, value); alive {
			if f.ours == 0 || s.supersedes(saved, newest) {
				f.content, newest = content, saved
			}
			f.ours++
		}
	}
	if f.ours == f.came || s.old.Load() == nil {
		return f
	}
	for _, value := range seen[:f.came] {
		if values, alive := s.readOld(name, value); alive {
			if f.ours == 0 {
				f.values = values
			}
			f.ours++
		}
	}
	return f
}

// unseal opens one cookie. What it returns is authentic, for this name, and not expired.
func (s *Store) unseal(name, value string) (content string, saved int64, ok bool) {
	if len(value) > maxCookie {
		return "", 0, false
	}
	m := newScratch()
	defer m.free()
	n, err := encoding.Decode(m.sealed[:cap(m.sealed)], []byte(value))
	if err != nil {
		return "", 0, false
	}
	m.additional = s.ring.additionalData(m.additional[:0], name)
	m.plain, ok = s.ring.open(m.plain[:0], m.sealed[:n:cap(m.sealed)], m.additional)
	if !ok {
		return "", 0, false
	}
	return s.takeTimes(string(m.plain))
}

// write is send that logs the first failure: programs ignore the error of Save, and then wonder where a value has gone.
func (s *Store) write(w http.ResponseWriter, name string, values map[any]any, own *gorilla.Options, present bool) error {
	err := s.send(w, name, values, own, present)
	if err != nil {
		s.failed.Do(func() {
			slog.Warn("cookiestore: a session was not saved: check the error of Save, which is not logged again", "error", err)
		})
	}
	return err
}

// send sets, replaces or deletes the cookie of that name in the response.
func (s *Store) send(w http.ResponseWriter, name string, values map[any]any, own *gorilla.Options, present bool) error {
	if written(w) {
		return ErrHeadersWritten
	}
	o, err := narrow(s.attributes(), own)
	if err != nil {
		return err
	}
	line := ""
	switch {
	case o.MaxAge < 0 || len(values) == 0 && present:
		line = deletion(name, o)
	case len(values) > 0:
		if line, err = s.sealLine(name, values, o); err != nil {
			return err
		}
	}
	setLine(w.Header(), name, line)
	if line != "" {
		forbidStoring(w.Header())
	}
	return nil
}

// sealLine is the Set-Cookie line that carries the values.
func (s *Store) sealLine(name string, values map[any]any, o *gorilla.Options) (string, error) {
	m := newScratch()
	defer m.free()
	var err error
	m.plain, err = appendValues(s.appendTimes(m.plain[:0], o), values)
	if err != nil {
		return "", err
	}
	if size := len(name) + encoding.EncodedLen(len(m.plain)+sealOverhead); size > maxCookie {
		return "", tooLarge(name, size, values)
	}
	m.additional = s.ring.additionalData(m.additional[:0], name)
	m.sealed = s.ring.seal(m.sealed[:0], m.plain, m.additional)
	m.text = append(append(m.text[:0], name...), '=')
	m.text = encoding.AppendEncode(m.text, m.sealed)
	m.text = appendAttributes(m.text, o)
	return string(m.text), nil
}

func deletion(name string, o *gorilla.Options) string {
	gone := *o
	gone.MaxAge = -1
	line := make([]byte, 0, 256) // on the stack: few are longer
	return string(appendAttributes(append(append(line, name...), '='), &gone))
}

// written asks the writers that know, above all Gin's.
func written(w http.ResponseWriter) bool {
	asked, ok := w.(interface{ Written() bool })
	return ok && asked.Written()
}

func invalidName(name string) error {
	return fmt.Errorf("cookiestore: %q cannot be the name of a cookie: use letters, digits, - and _", name)
}
