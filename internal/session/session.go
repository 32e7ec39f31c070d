// Package session reads and writes the app's session, whatever keeps it: a store of
// gin-contrib/sessions, cookiestore, or a sessions.Session of the app's own making. It makes good
// what those stores leave to their callers:
//
//   - An outage of the store looks like an empty session, because gin-contrib logs the error and
//     drops it. Open returns it.
//   - A session whose cookie the store does not know keeps the ID of that cookie, which an attacker
//     may have planted. Open removes the ID.
//   - Stores are made for one save in a request. Update makes them repeatable, for the app's own
//     saves, too.
//   - Stores keep the ID of a session for life. Update gives it a new one in mode Renew, which
//     prevents session fixation.
//   - Some stores drop a session without an error. Update returns one.
//   - Of several cookies of one name, stores take the first. Open takes the newest valid one, and
//     Update deletes the others.
//
// The package knows nothing about what is kept in the session.
package session

import (
	"fmt"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/internal/setcookie"
	gsessions "github.com/gorilla/sessions"
)

// A Session is the visitor's session in one request. It is a value, to be embedded where a request
// is kept. Make one with [Of]. It belongs to the goroutine of the handler.
type Session struct {
	// Newer reports whether the session with values a is newer than the one with b. It chooses between
	// sessions whose cookies came in one request. To be set before Open; nil knows no difference.
	Newer func(a, b map[any]any) bool

	app     sessions.Session   // what the app's handlers use
	gorilla *gsessions.Session // beneath app, once it is open; nil for a foreign session
	opened  bool
	err     error // of Open
}

// Of returns the visitor's session, which the sessions middleware has put into c, without opening
// it. Of the sessions of sessions.SessionsMany it is the one of that name; the one of
// sessions.Sessions needs no name. Of panics without a session, and says which line is missing.
func Of(c *gin.Context, name string) Session {
	v, _ := c.Get(sessions.DefaultKey)
	switch s := v.(type) {
	case sessions.Session:
		return Session{app: s}
	case map[string]sessions.Session:
		if one, ok := s[name]; ok {
			return Session{app: one}
		}
		panic(fmt.Sprintf("ginlogin: sessions.SessionsMany has no session named %q: "+
			"set LoginManager.SessionName to one of its names", name))
	}
	panic(`ginlogin: there is no session: add r.Use(sessions.Sessions("session", store)) before LoginManager.Middleware`)
}

// Opened reports whether Open or Update has been called.
func (s *Session) Opened() bool { return s.opened }

// Open reads the session, once in a request. The error is an outage of its store. A cookie that is
// forged, expired or unknown is an empty session and no error: otherwise a visitor with an old
// cookie could not use the site at all. Of several cookies of the name the newest valid one counts.
func (s *Session) Open(c *gin.Context) error {
	if s.opened {
		return s.err
	}
	s.opened = true
	beneath, ok := s.app.(interface{ Session() *gsessions.Session })
	if !ok {
		return nil
	}
	if s.gorilla = beneath.Session(); s.gorilla == nil {
		panic("ginlogin: the name given to sessions.Sessions is not a valid cookie name: use letters, digits, '-' and '_'")
	}
	if setcookie.Several(c.Request, s.gorilla.Name()) {
		s.err = s.choose(c.Request, c.Writer.Header())
	} else {
		s.err = storeOutage(c.Request, c.Writer.Header(), s.gorilla)
	}
	return s.err
}

// Err returns the outage that Open has met, if it was called.
func (s *Session) Err() error { return s.err }

// Get returns the string under key, or "" if there is none or the value is no string. The session
// has to be open.
func (s *Session) Get(key string) string {
	if s.gorilla != nil {
		value, _ := s.gorilla.Values[key].(string)
		return value
	}
	// cookiestore has a way to a string that does not allocate.
	if direct, ok := s.app.(interface{ GetString(key string) string }); ok {
		return direct.GetString(key)
	}
	value, _ := s.app.Get(key).(string)
	return value
}

// HoldsOnly reports whether the session has no values but those whose key is a string for which
// known returns true. It reports false for a session that is not gorilla's and cannot list its
// values (it has no Range). The session has to be open.
func (s *Session) HoldsOnly(known func(key string) bool) bool {
	only := true
	look := func(key, _ any) bool {
		name, ok := key.(string)
		only = ok && known(name)
		return only
	}
	if s.gorilla != nil {
		for key := range s.gorilla.Values {
			if !look(key, nil) {
				break
			}
		}
		return only
	}
	if ranger, ok := s.app.(interface {
		Range(func(key, value any) bool)
	}); ok {
		ranger.Range(look)
		return only
	}
	return false
}

// Cookie returns name and attributes of the session's cookie, without a value. It reports false for
// a session that does not tell them: one that is neither gorilla's nor cookiestore's, and gorilla's
// before Open.
func (s *Session) Cookie() (http.Cookie, bool) {
	if s.gorilla != nil {
		o := s.gorilla.Options
		return http.Cookie{
			Name: s.gorilla.Name(), Path: o.Path, Domain: o.Domain, MaxAge: o.MaxAge,
			Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite, Partitioned: o.Partitioned,
		}, true
	}
	telling, ok := s.app.(interface {
		Name() string
		CookieOptions() sessions.Options
	})
	if !ok {
		return http.Cookie{}, false
	}
	o := telling.CookieOptions()
	return http.Cookie{
		Name: telling.Name(), Path: o.Path, Domain: o.Domain, MaxAge: o.MaxAge,
		Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite,
	}, true
}
