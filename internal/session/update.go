package session

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/internal/setcookie"
	gsessions "github.com/gorilla/sessions"
)

// A Mode says what an update does to a session that lives on the server. A session that lives in
// its cookie has no ID, so that Renew is Keep there.
type Mode uint8

const (
	// Keep leaves the session its ID.
	Keep Mode = iota
	// Renew gives the session a new ID and deletes the session of the old ID in the store. Otherwise
	// an attacker who planted the session's cookie in the browser would share what the visitor
	// becomes (session fixation).
	Renew
	// EndIfEmpty deletes the session and its cookie if the edit leaves no values.
	EndIfEmpty
	// Forget is EndIfEmpty after which nothing may come back of what the edit has removed: the cookie
	// that came is also deleted if it was set with another Domain or Path than the session has now.
	Forget
	// Brief is Keep for a session that lives on the server and may be gone in ten minutes.
	Brief
)

// ends reports whether a session without values is deleted.
func (m Mode) ends() bool { return m == EndIfEmpty || m == Forget }

// Update opens the session, edits its values and saves it. On an error, which is an outage or a
// store that does not do what the mode asks for, nothing has changed: values, ID, flags and the
// response's cookies are as before. What the store has written by then is not taken back; with Renew
// it is under an ID that no browser has. Exception: a store that gives no new ID has lost the
// session.
//
// The response must not have begun: its cookies could not be sent any more.
func (s *Session) Update(c *gin.Context, mode Mode, edit func(*Values)) error {
	if err := s.Open(c); err != nil {
		return err
	}
	cookies := setcookie.Lines(c.Writer.Header())
	var before gsessions.Session
	if s.gorilla != nil {
		before = *s.gorilla
		if mode == Forget {
			s.forget(c.Request, c.Writer.Header())
		}
		makeRepeatable(s.gorilla, c.Writer.Header())
	}
	values := Values{session: s}
	edit(&values)
	if err := s.save(c, mode); err != nil {
		setcookie.Restore(c.Writer.Header(), cookies)
		if s.gorilla != nil {
			*s.gorilla = before
		}
		values.undo()
		return fmt.Errorf("ginlogin: saving the session: %w", err)
	}
	return nil
}

func (s *Session) save(c *gin.Context, mode Mode) error {
	g := s.gorilla
	if g == nil {
		return s.saveForeign(mode)
	}
	if err := s.endOthers(c.Request); err != nil {
		return err
	}
	switch {
	case mode.ends() && len(g.Values) == 0:
		return s.end(c)
	case g.Options.MaxAge < 0:
		// The app has set it. The store would delete the session, and memstore's the values with it.
		return errDropped(g.Options.MaxAge)
	case mode == Renew && (g.ID != "" || !g.IsNew): // otherwise the store gives it a new ID anyway
		return s.saveUnderNewID(c)
	}
	if mode == Brief && (g.Options.MaxAge > briefly || g.Options.MaxAge == 0) { // 0 may be for ever on the server
		usual := g.Options.MaxAge
		defer func() { g.Options.MaxAge = usual }() // for the app's own saves in this request
		g.Options.MaxAge = briefly
	}
	if err := g.Save(c.Request, c.Writer); err != nil {
		return err
	}
	return checkKept(c.Request, c.Writer.Header(), g)
}

// briefly is the lifetime of a session saved with Brief, in seconds.
const briefly = 10 * 60

// saveForeign saves a session that is not gorilla's. Only its own code could give it a new ID.
func (s *Session) saveForeign(mode Mode) error {
	if mode == Renew && s.app.ID() != "" {
		return errors.New("the session lives on the server and cannot be given a new ID, so an attacker who planted the old ID would share the login (session fixation): use a store of gin-contrib/sessions")
	}
	if cookie, ok := s.Cookie(); ok && cookie.MaxAge < 0 && !mode.ends() {
		return errDropped(cookie.MaxAge) // set by the app: the save would delete the cookie
	}
	if own, ok := s.app.(interface{ DeleteOthers() }); ok && mode == Forget {
		own.DeleteOthers()
	}
	return s.app.Save()
}

// saveUnderNewID saves the session as a new one, and deletes the session of the old ID: an attacker
// who has a cookie with that ID is left with a dead session. A store that keeps everything in the
// cookie gives no ID, and is simply saved.
func (s *Session) saveUnderNewID(c *gin.Context) error {
	g, old := s.gorilla, s.gorilla.ID
	header := c.Writer.Header()
	came := setcookie.AsSent(c.Request, header, g.Name())
	g.ID, g.IsNew = "", true
	// gorm's store would find the row of the old ID by the cookie.
	setcookie.Drop(header, g.Name())
	if err := g.Save(setcookie.With(c.Request, nil), c.Writer); err != nil {
		return err
	}
	if err := checkKept(c.Request, header, g); err != nil {
		return err
	}
	if old == "" {
		return nil
	}
	// This comes before the comparison, because a store that has kept the ID has just saved the
	// login under it. An attacker who planted the ID must not find it there.
	if err := s.delete(came, old, unsent{http.Header{}}); err != nil {
		return err
	}
	if g.ID == old {
		return errors.New("the session store has given the session no new ID, so an attacker who planted the old one would share the login (session fixation): use another store")
	}
	return nil
}

// delete deletes the session of that ID, whose cookie is in req, from the store, and writes the
// deletion of the cookie to w. It saves a session without values, because memcached's store does not
// know deletions.
func (s *Session) delete(req *http.Request, id string, w http.ResponseWriter) error {
	dead := gsessions.NewSession(s.gorilla.Store(), s.gorilla.Name())
	options := *s.gorilla.Options
	options.MaxAge = -1
	dead.ID, dead.Options = id, &options
	return dead.Save(req, w)
}

// end deletes the session and its cookie. Values that are set later in the request begin a session
// with a new ID.
//
// A cookie that did not come is not deleted: browsers send a form of another site without our
// SameSite cookies, and the answer would delete the visitor's session.
func (s *Session) end(c *gin.Context) error {
	name := s.gorilla.Name()
	if s.gorilla.IsNew && !setcookie.Brought(c.Request, name) && setcookie.Sent(c.Writer.Header(), name) == nil {
		return nil
	}
	if err := s.delete(c.Request, s.gorilla.ID, c.Writer); err != nil {
		return err
	}
	s.gorilla.ID, s.gorilla.IsNew = "", true
	return nil
}

// unsent is a response that goes nowhere.
type unsent struct{ header http.Header }

func (u unsent) Header() http.Header         { return u.header }
func (u unsent) Write(b []byte) (int, error) { return len(b), nil }
func (u unsent) WriteHeader(int)             {}
