package ginlogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
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
// scripts. These options keep it from scripts (HttpOnly), from plain HTTP (Secure)
// and from posts that come from other sites (SameSite=Lax).
//
// The session lives for 30 days. The cookie store enforces this on the server
// whatever MaxAge says, and the memcached store supports no more. For a session
// that ends with the browser, so that [Remember] decides who stays logged in, set
// MaxAge to 0:
//
//	options := ginlogin.SessionOptions()
//	options.MaxAge = 0
//	store.Options(options)
//
// The redis and gorm stores lose such a session at once.
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
	generation int64  // of the login's remember cookies, when this session began
	loginAt    int64  // these in seconds since 1970
	authAt     int64  // credentials were last given
	seenAt     int64  // last activity that was noted
}

// A loginName says whose a login is, and which of them.
type loginName struct{ userID, loginID string }

func (rec record) name() loginName { return loginName{rec.userID, rec.loginID} }

// recordVersion stands in front of the record. A version that is not known is
// no login and is left alone: in a rolling deploy it belongs to a newer program.
const recordVersion = "1"

// encode writes the later times as seconds after the login, and the user ID as in
// a query, because every byte of a session costs in every request.
func (rec record) encode() string {
	fresh := "0"
	if rec.fresh {
		fresh = "1"
	}
	return strings.Join([]string{
		recordVersion,
		fresh,
		strconv.FormatInt(rec.loginAt, 10),
		strconv.FormatInt(rec.authAt-rec.loginAt, 10),
		strconv.FormatInt(rec.seenAt-rec.loginAt, 10),
		strconv.FormatInt(rec.generation, 10),
		rec.identifier,
		rec.loginID,
		rec.binding,
		url.QueryEscape(rec.userID),
	}, ".")
}

func decodeRecord(s string) (record, bool) {
	var fields [9]string // in front of the user ID
	for i := range fields {
		dot := strings.IndexByte(s, '.')
		if dot < 0 {
			return record{}, false
		}
		fields[i], s = s[:dot], s[dot+1:]
	}
	var numbers [4]int64
	for i := range numbers {
		n, err := parseNumber(fields[i+2])
		if err != nil {
			return record{}, false
		}
		numbers[i] = n
	}
	id, err := url.QueryUnescape(s)
	fresh := fields[1] == "1"
	if fields[0] != recordVersion || !fresh && fields[1] != "0" || err != nil || id == "" {
		return record{}, false
	}
	loginAt := numbers[0]
	return record{
		userID: id, fresh: fresh, identifier: fields[6], loginID: fields[7], binding: fields[8],
		loginAt: loginAt, authAt: loginAt + numbers[1], seenAt: loginAt + numbers[2], generation: numbers[3],
	}, true
}

// parseNumber is strconv.ParseInt, quicker for what a record is made of: some digits,
// which cannot overflow.
func parseNumber(s string) (n int64, err error) {
	if s == "" || len(s) > 18 {
		return strconv.ParseInt(s, 10, 64)
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return strconv.ParseInt(s, 10, 64)
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, nil
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

// mayBringLogin reports whether one of the request's cookies can hold a login. Of
// the sessions, only cookiestore's tells whether its cookie came.
func (r *resolver) mayBringLogin() bool {
	if !r.hasCookies() {
		return false
	}
	s, tells := r.session.(interface{ HasCookie() bool })
	return !tells || s.HasCookie() || r.mayBringRemember()
}

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
	r.openErr = storeOutage(r.c.Request, r.c.Writer.Header(), r.gorilla)
	return r.openErr
}

// storeOutage tells why s is new although a cookie came for it. gin-contrib logs
// the reason and forgets it, so the store is asked again. Its answer may be
// better by now: then that is the session, because saving the empty one in its
// place would destroy it.
//
// A session that stays new begins without an ID: the one in its cookie, which the
// store does not know any more, may be known to somebody else.
func storeOutage(req *http.Request, response http.Header, s *gsessions.Session) error {
	if !s.IsNew {
		return nil
	}
	if sentCookie(response, s.Name()) != nil { // the app has saved it in this request
		s.IsNew = false
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
	case err == nil || isNoSession(err, cookie):
		s.ID = ""
	default:
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
	return strings.HasPrefix(text, "gob: ") ||
		strings.HasSuffix(text, "memcache: cache miss") || strings.HasSuffix(text, "mc: not found")
}

// A repeatable store lets a session be saved more than once in a request, by
// this package and by the app behind it. The stores are made for one save: with
// the next, gorm's looks for the row by the cookie that came and so returns to
// the session of the old ID, postgres' inserts a new session a second time, and
// all set the cookie twice.
type repeatable struct{ gsessions.Store }

func (st repeatable) Save(req *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	if err := st.Store.Save(asSent(req, w.Header(), s.Name()), w, s); err != nil {
		return err
	}
	s.IsNew = false
	lastCookieOnly(w.Header(), s.Name())
	return nil
}

// makeRepeatable puts a repeatable store under s, which is the app's session,
// too.
func makeRepeatable(s *gsessions.Session) {
	if s == nil {
		return
	}
	if _, done := s.Store().(repeatable); done {
		return
	}
	over := gsessions.NewSession(repeatable{s.Store()}, s.Name())
	over.ID, over.Values, over.Options, over.IsNew = s.ID, s.Values, s.Options, s.IsNew
	*s = *over
}

// asSent returns req as if it came from a browser that has already got what the
// response sets the session cookie to.
func asSent(req *http.Request, response http.Header, name string) *http.Request {
	sent := sentCookie(response, name)
	if sent == nil {
		return req
	}
	return withCookie(req, sent)
}

// sentCookie returns what the response sets the cookie of that name to, or nil.
func sentCookie(response http.Header, name string) *http.Cookie {
	for _, line := range slices.Backward(response["Set-Cookie"]) {
		if setsCookie(line, name) {
			if cookie, err := http.ParseSetCookie(line); err == nil {
				return cookie
			}
		}
	}
	return nil
}

// readRecord returns the login in the session.
func (r *resolver) readRecord() (record, bool, error) {
	if err := r.openSession(); err != nil {
		return record{}, false, err
	}
	rec, ok := decodeRecord(r.recordText())
	return rec, ok, nil
}

// recordText returns the record as it is in the session, by a way that does not
// allocate where there is one.
func (r *resolver) recordText() string {
	if s, ok := r.session.(interface{ GetString(key string) string }); ok {
		return s.GetString(r.m.sessionKey)
	}
	text, _ := r.session.Get(r.m.sessionKey).(string)
	return text
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
	makeRepeatable(r.gorilla)
	edit(&sessionData{r})
	if err := r.save(id); err != nil {
		undo()
		return fmt.Errorf("ginlogin: saving the session: %w", err)
	}
	if r.gorilla != nil {
		r.warnPlainHTTP(r.gorilla.Options.Secure, "the session store's Options.Secure")
		r.warnNoPath(r.gorilla.Options.Path)
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
		if r.gorilla != nil {
			sent, written := sentCookie(header, before.Name()), r.gorilla.ID
			setCookies(header, cookies)
			*r.gorilla = before
			r.gorilla.Values = values
			r.takeBack(written, sent)
			return
		}
		setCookies(header, cookies)
		for key := range (&sessionData{r}).all() {
			r.session.Delete(key)
		}
		for key, value := range values {
			r.session.Set(key, value)
		}
	}
}

// takeBack removes from the store, if that listens, what a save has written there
// before it failed, under that ID and that cookie.
func (r *resolver) takeBack(id string, sent *http.Cookie) {
	switch id {
	case "":
	case r.gorilla.ID:
		req := asSent(r.c.Request, r.c.Writer.Header(), r.gorilla.Name())
		_ = r.gorilla.Save(req, unsent{http.Header{}})
	default:
		_ = r.deleteSession(withCookie(r.c.Request, sent), id, unsent{http.Header{}})
	}
}

func (r *resolver) save(id idPolicy) error {
	switch {
	case r.gorilla == nil && id == newSessionID && r.session.ID() != "":
		return errors.New("the session lives on the server and cannot be given a new ID, so that a session planted by an attacker would become the user's")
	case r.gorilla == nil:
		return r.session.Save()
	case id == noSessionIfEmpty && len(r.gorilla.Values) == 0:
		return r.endSession()
	case id == newSessionID && !(r.gorilla.ID == "" && r.gorilla.IsNew):
		return r.saveUnderNewID()
	}
	if err := r.gorilla.Save(r.c.Request, r.c.Writer); err != nil {
		return err
	}
	return r.sessionKept()
}

// saveUnderNewID ends session fixation: an attacker who made the visitor's
// browser use a session whose cookie he has is left with a dead one. A store
// that keeps everything in the cookie has no ID and is simply saved.
func (r *resolver) saveUnderNewID() error {
	s, old := r.gorilla, r.gorilla.ID
	header := r.c.Writer.Header()
	came := asSent(r.c.Request, header, s.Name())
	s.ID, s.IsNew = "", true
	// gorm's store would look for the row to update by the cookie.
	dropCookies(header, s.Name())
	if err := s.Save(withCookie(r.c.Request, nil), r.c.Writer); err != nil {
		return err
	}
	if err := r.sessionKept(); err != nil {
		return err
	}
	if old == "" {
		return nil
	}
	if s.ID == old {
		return errors.New("the session store gives a session no new ID, so that a session planted by an attacker would become the user's")
	}
	return r.deleteSession(came, old, unsent{http.Header{}})
}

// deleteSession deletes the session of that ID, whose cookie is in req, from the
// store and writes the cookie that says so to w.
func (r *resolver) deleteSession(req *http.Request, id string, w http.ResponseWriter) error {
	dead := gsessions.NewSession(r.gorilla.Store(), r.gorilla.Name())
	options := *r.gorilla.Options
	options.MaxAge = -1
	dead.ID, dead.Options = id, &options
	return dead.Save(req, w)
}

// endSession deletes the session and its cookie. What is put into it later in
// the request begins a new one.
func (r *resolver) endSession() error {
	if err := r.deleteSession(r.c.Request, r.gorilla.ID, r.c.Writer); err != nil {
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

// longestLifetime is what every store takes for a lifetime, in seconds: 30 days.
const longestLifetime = 30 * 24 * 60 * 60

// sessionKept notices a store that has not kept what it was to save, without an
// error: redis' takes a lifetime of 0 for a deletion and gorm's for one that is
// over, memcached's takes one beyond 30 days for a date in 1970.
func (r *resolver) sessionKept() error {
	s, header := r.gorilla, r.c.Writer.Header()
	sent := sentCookie(header, s.Name())
	if sent == nil {
		return nil
	}
	lost := sent.Value == "" || sent.MaxAge < 0
	if s.ID != "" && !lost && (s.Options.MaxAge == 0 || s.Options.MaxAge > longestLifetime) {
		again, err := s.Store().New(asSent(r.c.Request, header, s.Name()), s.Name())
		if err != nil && !isNoSession(err, sent) {
			return err
		}
		lost = again.IsNew
	}
	if lost {
		return fmt.Errorf("the session store has deleted or dropped a session whose Options.MaxAge is %d: "+
			"set a lifetime in seconds, of 30 days at the most", s.Options.MaxAge)
	}
	return nil
}

// withCookie returns req with that cookie, which may be nil, and no other.
func withCookie(req *http.Request, cookie *http.Cookie) *http.Request {
	with := *req
	with.Header = maps.Clone(req.Header)
	with.Header.Del("Cookie")
	if cookie != nil {
		with.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value, Quoted: cookie.Quoted})
	}
	return &with
}

// unsent is a response that nobody gets.
type unsent struct{ header http.Header }

func (u unsent) Header() http.Header         { return u.header }
func (u unsent) Write(b []byte) (int, error) { return len(b), nil }
func (u unsent) WriteHeader(int)             {}
