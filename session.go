package ginlogin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
	gsessions "github.com/gorilla/sessions"
)

// SessionOptions returns the options to give a session store:
//
//	store := cookie.NewStore(key)
//	store.Options(ginlogin.SessionOptions())
//
// The stores' own defaults send SameSite=None and leave the cookie readable to
// scripts. These keep it from scripts (HttpOnly), from plain HTTP (Secure) and
// from posts that come from other sites (SameSite=Lax), and let it live for 30
// days, which is what the cookie store enforces on the server whatever MaxAge
// says. For a cookie that ends with the browser, so that [Remember] decides who
// comes back logged in, set MaxAge to 0; but not with the redis store, which
// deletes such a session at once.
func SessionOptions() sessions.Options {
	return sessions.Options{
		Path:     "/",
		MaxAge:   30 * 24 * 60 * 60,
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// A record is the login in the session. It is one string under one key: quick to
// decode, touched by nobody else, and the same in every store and serializer.
type record struct {
	userID     string
	fresh      bool
	identifier string // of the client, for session protection
	loginID    string // random, tells this login from all others
	binding    string // to the user's SessionHash
	loginAt    int64  // these in seconds since 1970
	authAt     int64  // credentials were last given
	seenAt     int64  // last activity that was noted
}

// recordVersion stands in front of the record. A version that is not known is
// no login and is left alone: in a rolling deploy it belongs to a newer program.
const recordVersion = "1"

func (rec record) encode() string {
	return strings.Join([]string{
		recordVersion,
		strconv.FormatBool(rec.fresh),
		strconv.FormatInt(rec.loginAt, 10),
		strconv.FormatInt(rec.authAt, 10),
		strconv.FormatInt(rec.seenAt, 10),
		rec.identifier,
		rec.loginID,
		rec.binding,
		base64.RawURLEncoding.EncodeToString([]byte(rec.userID)),
	}, ".")
}

func decodeRecord(s string) (rec record, ok bool) {
	version, s, _ := strings.Cut(s, ".")
	fresh, s, _ := strings.Cut(s, ".")
	loginAt, s, _ := strings.Cut(s, ".")
	authAt, s, _ := strings.Cut(s, ".")
	seenAt, s, _ := strings.Cut(s, ".")
	identifier, s, _ := strings.Cut(s, ".")
	loginID, s, _ := strings.Cut(s, ".")
	binding, userID, _ := strings.Cut(s, ".")
	if version != recordVersion {
		return record{}, false
	}
	id, err := base64.RawURLEncoding.DecodeString(userID)
	rec = record{userID: string(id), identifier: identifier, loginID: loginID, binding: binding}
	errs := [...]error{err, nil, nil, nil, nil}
	rec.fresh, errs[1] = strconv.ParseBool(fresh)
	rec.loginAt, errs[2] = strconv.ParseInt(loginAt, 10, 64)
	rec.authAt, errs[3] = strconv.ParseInt(authAt, 10, 64)
	rec.seenAt, errs[4] = strconv.ParseInt(seenAt, 10, 64)
	if errors.Join(errs[:]...) != nil || rec.userID == "" {
		return record{}, false
	}
	return rec, true
}

// sessionKey is where the record of a manager without a Name is; others follow
// behind a dot.
const sessionKey = "_login"

// sessionOf returns the visitor's session, which the sessions middleware has put
// into c, without opening it.
func (m *manager) sessionOf(c *gin.Context) sessions.Session {
	v, _ := c.Get(sessions.DefaultKey)
	switch s := v.(type) {
	case sessions.Session:
		return s
	case map[string]sessions.Session:
		if one, ok := s[m.SessionName]; ok {
			return one
		}
		panic(fmt.Sprintf("ginlogin: sessions.SessionsMany has no session named %q: "+
			"set LoginManager.SessionName to one of its names", m.SessionName))
	}
	panic(`ginlogin: there is no session: add r.Use(sessions.Sessions("session", store)) before LoginManager.Middleware`)
}

// hasCookies reports whether the request can have a session at all. Without a
// cookie none is opened.
func (r *resolver) hasCookies() bool { return len(r.c.Request.Header["Cookie"]) > 0 }

// openSession reads the session. The error is an outage of its store; a cookie
// that does not decode is an empty session.
func (r *resolver) openSession() error {
	if r.opened {
		return r.openErr
	}
	r.opened = true
	beneath, ok := r.session.(interface{ Session() *gsessions.Session })
	if !ok {
		return nil
	}
	if r.gorilla = beneath.Session(); r.gorilla == nil {
		panic("ginlogin: the session cannot be opened: the name given to sessions.Sessions is not a valid cookie name")
	}
	r.openErr = storeOutage(r.c.Request, r.gorilla)
	return r.openErr
}

// storeOutage tells why s is new although a cookie came for it. gin-contrib logs
// the reason and forgets it, so the store is asked again. Its answer may be
// better by now: then that is the session, because saving the empty one in its
// place would destroy it.
func storeOutage(req *http.Request, s *gsessions.Session) error {
	if !s.IsNew {
		return nil
	}
	cookie, err := req.Cookie(s.Name())
	if err != nil {
		return nil
	}
	again, err := s.Store().New(req, s.Name())
	switch {
	case err == nil && !again.IsNew:
		s.ID, s.Values, s.IsNew = again.ID, again.Values, false
	case err != nil && !isNoSession(err, cookie):
		return fmt.Errorf("ginlogin: reading the session: %w", err)
	}
	return nil
}

// isNoSession reports whether err says that there is no session, and not that the
// store is down. What is in doubt is an outage: that logs nobody out.
func isNoSession(err error, cookie *http.Cookie) bool {
	var undecodable securecookie.Error
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &undecodable) && undecodable.IsDecode():
		return true
	case len(cookie.Value) > maxCookie: // of which securecookie does not say so
		return true
	case errors.Is(err, fs.ErrNotExist): // a session in a file
		return true
	case errors.As(err, &syntax) || errors.As(err, &mistyped): // another serializer's
		return true
	}
	// These packages have no types for their errors, or are too heavy to import.
	text := err.Error()
	return strings.HasPrefix(text, "gob: ") || strings.HasSuffix(text, "memcache: cache miss")
}

// readRecord returns the login in the session.
func (r *resolver) readRecord() (record, bool, error) {
	if err := r.openSession(); err != nil {
		return record{}, false, err
	}
	value, _ := r.session.Get(r.m.sessionKey).(string)
	rec, ok := decodeRecord(value)
	return rec, ok, nil
}

// sessionData edits the values of a session.
type sessionData struct{ r *resolver }

func (s *sessionData) get(key string) string {
	value, _ := s.r.session.Get(key).(string)
	return value
}

// set and remove go beneath gin-contrib's session where they can: it would
// remember that it was written, and write it once more when the app saves.
func (s *sessionData) set(key, value string) {
	if s.r.gorilla != nil {
		s.r.gorilla.Values[key] = value
		return
	}
	s.r.session.Set(key, value)
}

func (s *sessionData) remove(key any) {
	if s.r.gorilla != nil {
		delete(s.r.gorilla.Values, key)
		return
	}
	s.r.session.Delete(key)
}

// clear removes everything but the logins of other managers.
func (s *sessionData) clear() {
	values := s.all()
	if s.r.gorilla == nil {
		s.r.session.Clear() // it may have more than all knows
	}
	for key, value := range values {
		name, ok := key.(string)
		switch {
		case !ok || name == s.r.m.sessionKey || !isSessionKey(name):
			s.remove(key)
		case s.r.gorilla == nil:
			s.r.session.Set(key, value)
		}
	}
}

func isSessionKey(key string) bool {
	return key == sessionKey || strings.HasPrefix(key, sessionKey+".")
}

// all returns a copy of the values. Of a session that is neither gorilla's nor
// tells its values (Range), it can only know what this package keeps there.
func (s *sessionData) all() map[any]any {
	if s.r.gorilla != nil {
		return maps.Clone(s.r.gorilla.Values)
	}
	values := map[any]any{}
	if ranger, ok := s.r.session.(interface {
		Range(func(key, value any) bool)
	}); ok {
		ranger.Range(func(key, value any) bool { values[key] = value; return true })
		return values
	}
	keys := []string{nextKey, flashKey}
	for r := s.r; r != nil; r = r.outer {
		keys = append(keys, r.m.sessionKey)
	}
	for _, key := range keys {
		if value := s.r.session.Get(key); value != nil {
			values[key] = value
		}
	}
	return values
}

// idPolicy says what a save does to the ID of a session that lives on the server.
type idPolicy uint8

const (
	sameSessionID idPolicy = iota
	// newSessionID deletes the session of the old ID: whoever knew that is out.
	newSessionID
	// noSessionIfEmpty deletes the session and its cookie if no values are left.
	noSessionIfEmpty
)

// saveSession edits and saves the session. When that fails, the session and the
// response are as they were before.
func (r *resolver) saveSession(id idPolicy, edit func(*sessionData)) error {
	if err := r.openSession(); err != nil {
		return err
	}
	undo := r.savepoint()
	edit(&sessionData{r})
	if err := r.save(id); err != nil {
		undo()
		return fmt.Errorf("ginlogin: saving the session: %w", err)
	}
	if r.gorilla != nil {
		lastCookieOnly(r.c.Writer.Header(), r.gorilla.Name())
		r.warnPlainHTTP(r.gorilla.Options.Secure, "the session store's Options.Secure")
	}
	r.markPrivate()
	return nil
}

// savepoint returns a function that takes everything back to this moment.
func (r *resolver) savepoint() func() {
	header := r.c.Writer.Header()
	cookies := slices.Clone(header["Set-Cookie"])
	values := (&sessionData{r}).all()
	var before gsessions.Session
	if r.gorilla != nil {
		before = *r.gorilla
	}
	return func() {
		setCookies(header, cookies)
		if r.gorilla != nil {
			written := r.gorilla.ID
			*r.gorilla = before
			r.gorilla.Values = values
			r.takeBack(written)
			return
		}
		for key := range (&sessionData{r}).all() {
			r.session.Delete(key)
		}
		for key, value := range values {
			r.session.Set(key, value)
		}
	}
}

// takeBack removes from the store, if that listens, what a save has written there
// before it failed.
func (r *resolver) takeBack(id string) {
	switch id {
	case "":
	case r.gorilla.ID:
		_ = r.gorilla.Save(r.c.Request, unsent{http.Header{}})
	default:
		_ = r.deleteSession(id, unsent{http.Header{}})
	}
}

func (r *resolver) save(id idPolicy) error {
	switch {
	case r.gorilla == nil:
		return r.session.Save()
	case id == noSessionIfEmpty && len(r.gorilla.Values) == 0:
		return r.endSession()
	case id == sameSessionID || id == noSessionIfEmpty || r.gorilla.ID == "" && r.gorilla.IsNew:
		if err := r.gorilla.Save(r.c.Request, r.c.Writer); err != nil {
			return err
		}
		r.gorilla.IsNew = false // some stores would add it once more
	default:
		return r.saveUnderNewID()
	}
	return sessionKept(r.c.Writer.Header(), r.gorilla.Name())
}

// saveUnderNewID ends session fixation: an attacker who made the visitor's
// browser use a session whose cookie he has is left with a dead one. A store
// that keeps everything in the cookie has no ID and is simply saved.
func (r *resolver) saveUnderNewID() error {
	s, old := r.gorilla, r.gorilla.ID
	s.ID, s.IsNew = "", true
	// Some stores look for the row to update by the request's cookie.
	if err := s.Store().Save(withoutCookies(r.c.Request), r.c.Writer, s); err != nil {
		return err
	}
	if err := sessionKept(r.c.Writer.Header(), s.Name()); err != nil {
		return err
	}
	s.IsNew = false
	if old == "" {
		return nil
	}
	if s.ID == old {
		return errors.New("the session store gives a session no new ID, so that a session planted by an attacker would become the user's")
	}
	// Some stores save by the request's cookie: with the old session still there,
	// what the app saves later in this request would go there, login and all.
	return r.deleteSession(old, unsent{http.Header{}})
}

// deleteSession deletes the session of that ID from the store and writes the
// cookie that says so to w.
func (r *resolver) deleteSession(id string, w http.ResponseWriter) error {
	dead := gsessions.NewSession(r.gorilla.Store(), r.gorilla.Name())
	options := *r.gorilla.Options
	options.MaxAge = -1
	dead.ID, dead.Options = id, &options
	return dead.Save(r.c.Request, w)
}

// endSession deletes the session and its cookie. What is put into it later in
// the request begins a new one.
func (r *resolver) endSession() error {
	if err := r.deleteSession(r.gorilla.ID, r.c.Writer); err != nil {
		return err
	}
	r.gorilla.ID, r.gorilla.IsNew = "", true
	return nil
}

// removeLogin removes the login from the session, or everything.
func (r *resolver) removeLogin(everything bool) error {
	switch {
	case everything && (r.opened || r.hasCookies()):
		return r.saveSession(noSessionIfEmpty, (*sessionData).clear)
	case r.inSession.userID != "":
		return r.saveSession(noSessionIfEmpty, func(s *sessionData) { s.remove(r.m.sessionKey) })
	}
	return nil
}

// sessionKept notices a store that has deleted what it was to save, which says
// so by an empty cookie only.
func sessionKept(h http.Header, name string) error {
	for _, line := range slices.Backward(h["Set-Cookie"]) {
		switch {
		case !setsCookie(line, name):
			continue
		case strings.HasPrefix(line, name+"=;"):
			return errors.New("the session store has deleted the session instead: " +
				"it takes an Options.MaxAge of 0 or less for a deletion; set a lifetime in seconds")
		}
		return nil
	}
	return nil
}

func withoutCookies(req *http.Request) *http.Request {
	bare := *req
	bare.Header = maps.Clone(req.Header)
	bare.Header.Del("Cookie")
	return &bare
}

// unsent is a response that nobody gets.
type unsent struct{ header http.Header }

func (u unsent) Header() http.Header         { return u.header }
func (u unsent) Write(b []byte) (int, error) { return len(b), nil }
func (u unsent) WriteHeader(int)             {}
