package visit

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/session"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

const (
	nextKey = redirect.NextKey // where a stored next is in the session, as in Flask-Login

	// flashKey is where flashes wait, as one list in one string: gorilla's own lose
	// the order between categories, and panic when the app keeps another type under
	// the key.
	flashKey = "_flashes"

	// ownerKey has the ID of the user whose data the session holds, once that user's
	// login has ended without a logout; that of a manager with a Name is behind a dot.
	ownerKey = "_login_owner"
)

func (m *Manager) ownerKey() string { return keyOf(ownerKey, m.Name) }

// save edits and saves the session. When that fails, session and response are as
// they were before.
func (v *Visit) save(mode session.Mode, edit func(*session.Values)) error {
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	v.refuseOneName()
	if err := v.session.Update(v.c, mode, edit); err != nil {
		return err
	}
	if cookie, ok := v.session.Cookie(); ok {
		v.warnPlainHTTP(cookie.Secure, "the session store's Options.Secure")
		v.warnNoPath(cookie.Path)
		v.warnDropped(&cookie, "the session store's Options")
	}
	v.Private()
	return nil
}

// clear removes all data of the session but the records of other managers.
func (v *Visit) clear(s *session.Values) {
	known := []string{nextKey, flashKey}
	for o := v; o != nil; o = o.outer {
		known = append(known, o.m.SessionKey)
	}
	s.Clear(func(key string) bool { return isRecordKey(key) && key != v.m.SessionKey }, known...)
}

// endRecord removes the record of a login that has ended without a logout. The data stays
// for the same user, and the next login or restore clears it for another one.
func (v *Visit) endRecord(s *session.Values) {
	s.Delete(v.m.SessionKey)
	if owner := v.claim.Held().UserID; owner != "" && !v.session.HoldsOnly(isOurs) {
		s.Set(v.m.ownerKey(), owner)
	}
}

// isOurs reports whether the value under key belongs to this package and not to the app.
func isOurs(key string) bool {
	return isRecordKey(key) || isKeyOf(pendingKey, key) || isKeyOf(ownerKey, key) || key == flashKey || key == nextKey
}

// putRecord puts the record of a login into the session, and clears the data of another
// user. before is the user whose login was there, or "".
func (v *Visit) putRecord(s *session.Values, rec *login.Record, before string) {
	owner := s.Get(v.m.ownerKey())
	if before = cmp.Or(before, owner); before != "" && before != rec.UserID {
		v.clear(s)
	} else if owner != "" {
		s.Delete(v.m.ownerKey())
	}
	s.Set(v.m.SessionKey, rec.Encode())
}

// takeNext takes the stored next out of the session.
func (v *Visit) takeNext(s *session.Values) {
	if !v.m.ForNext {
		return
	}
	if next := s.Get(nextKey); next != "" {
		v.noteSeldom().next = next
		s.Delete(nextKey)
	}
}

// Next returns the page that asked for the login, if the session has it or had it before
// the login. On a copy of the context it returns none.
func (v *Visit) Next(c *gin.Context) string {
	if !v.m.ForNext || !v.Owns(c) {
		return ""
	}
	v.Vary()
	if v.known().next != "" || !v.mayHaveSession() || v.session.Open(c) != nil {
		return v.known().next
	}
	return v.session.Get(nextKey)
}

// mayHaveSession reports whether there can be a session: without a cookie none is
// opened.
func (v *Visit) mayHaveSession() bool {
	return v.session.Opened() || len(v.c.Request.Header["Cookie"]) > 0
}

// A Flash is a message that waits in the session until a page shows it.
type Flash struct {
	Category, Message string
	Guard             bool `json:",omitempty"` // a guard has left it; a login removes it
}

// NewFlash makes a message that the session returns unchanged: invalid UTF-8 would come
// back changed, and be added again and again.
func NewFlash(category, message string) *Flash {
	return &Flash{Category: strings.ToValidUTF8(category, "\uFFFD"), Message: strings.ToValidUTF8(message, "\uFFFD")}
}

// leaveAtGuard is Leave for a guard. A session that holds only what guards have left
// there lives for ten minutes: otherwise each hit of a crawler would put a session of 30
// days into the store.
func (v *Visit) leaveAtGuard(message *Flash, next string) error {
	if message == nil && next == "" {
		return nil
	}
	if message != nil {
		message.Guard = true
	}
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	mode := session.Keep
	if v.session.HoldsOnly(func(key string) bool { return key == flashKey || key == nextKey }) {
		mode = session.Brief
	}
	return v.leave(mode, message, next)
}

// Leave puts a message into the session, and saves the session if that changes it. If
// another site has posted the form without the session's cookie, the message is dropped:
// a new session would replace the visitor's, who may be logged in there.
func (v *Visit) Leave(message *Flash) error {
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	cookie, known := v.session.Cookie()
	if known && respond.CookiesWithheld(v.c.Request) && !setcookie.Brought(v.c.Request, cookie.Name) {
		return nil
	}
	return v.leave(session.Keep, message, "")
}

func (v *Visit) leave(mode session.Mode, message *Flash, next string) error {
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	waiting := v.flashes()
	same := func(f Flash) bool { return f.Category == message.Category && f.Message == message.Message }
	news := message != nil && !slices.ContainsFunc(waiting, same)
	if !news && (next == "" || next == v.session.Get(nextKey)) {
		return nil
	}
	return v.save(mode, func(s *session.Values) {
		if news {
			setFlashes(s, append(waiting, *message))
		}
		if next != "" {
			s.Set(nextKey, next)
		}
	})
}

// setFlashes puts the waiting messages into the session.
func setFlashes(s *session.Values, waiting []Flash) {
	if len(waiting) == 0 {
		s.Delete(flashKey)
		return
	}
	text, _ := json.Marshal(waiting) // strings always marshal
	s.Set(flashKey, string(text))
}

// answerGuards removes from the session what guards have left there for a login: the
// stored next, and the message that asks for the login.
func (v *Visit) answerGuards(s *session.Values) {
	v.takeNext(s)
	v.dropMessages(s)
}

// dropMessages removes the messages of guards from the session: what they ask for has
// happened, or no longer makes sense.
func (v *Visit) dropMessages(s *session.Values) {
	waiting := v.flashes()
	left := slices.DeleteFunc(slices.Clone(waiting), func(f Flash) bool { return f.Guard })
	if len(left) < len(waiting) {
		setFlashes(s, left)
	}
}

// TakeFlashes returns the waiting messages and removes them from the session.
func (v *Visit) TakeFlashes() ([]Flash, error) {
	v.Vary()
	if !v.mayHaveSession() {
		return nil, nil
	}
	if err := v.session.Open(v.c); err != nil {
		return nil, err
	}
	waiting := v.flashes()
	if len(waiting) == 0 {
		return nil, nil
	}
	if err := v.save(session.EndIfEmpty, func(s *session.Values) { s.Delete(flashKey) }); err != nil {
		return nil, err
	}
	return waiting, nil
}

// flashes returns the waiting messages. A value that is not ours is none.
func (v *Visit) flashes() []Flash {
	text := v.session.Get(flashKey)
	if text == "" {
		return nil
	}
	var waiting []Flash
	if err := json.Unmarshal([]byte(text), &waiting); err != nil {
		return nil
	}
	return waiting
}
