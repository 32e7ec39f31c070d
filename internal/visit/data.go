package visit

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/session"
)

const (
	nextKey = redirect.NextKey // where a stored next is in the session, as in Flask-Login

	// flashKey is where flashes wait, as one list in one string: gorilla's own lose
	// the order between categories, and panic when the app keeps another type under
	// the key.
	flashKey = "_flashes"
)

// save edits and saves the session. When that fails, session and response are as
// they were before.
func (v *Visit) save(mode session.Mode, edit func(*session.Values)) error {
	if err := v.session.Update(v.c, mode, edit); err != nil {
		return err
	}
	if cookie, ok := v.session.Cookie(); ok {
		v.warnPlainHTTP(cookie.Secure, "the session store's Options.Secure")
		v.warnNoPath(cookie.Path)
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

// takeNext takes the stored next out of the session.
func (v *Visit) takeNext(s *session.Values) {
	if !v.m.ForNext {
		return
	}
	if next := s.Get(nextKey); next != "" {
		v.next = next
		s.Delete(nextKey)
	}
}

// Next returns the page that the session has, or had before a login, as the one
// that asked for the login. On a copy of the context it returns none.
func (v *Visit) Next(c *gin.Context) string {
	if !v.m.ForNext || !v.Owns(c) {
		return ""
	}
	v.Vary()
	if v.next != "" || !v.mayHaveSession() || v.session.Open(c) != nil {
		return v.next
	}
	return v.session.Get(nextKey)
}

// mayHaveSession reports whether there can be a session: without a cookie none is
// opened.
func (v *Visit) mayHaveSession() bool {
	return v.session.Opened() || len(v.c.Request.Header["Cookie"]) > 0
}

// A Flash is a message that waits in the session until a page shows it.
type Flash struct{ Category, Message string }

// NewFlash makes a message that the session gives back as it is: invalid UTF-8 would
// come back changed, and be added again and again.
func NewFlash(category, message string) *Flash {
	return &Flash{strings.ToValidUTF8(category, "\uFFFD"), strings.ToValidUTF8(message, "\uFFFD")}
}

// Leave puts a message, if there is one, and a next, if there is one, into the
// session, and saves it if that changes it.
func (v *Visit) Leave(message *Flash, next string) error {
	if message == nil && next == "" {
		return nil
	}
	if err := v.session.Open(v.c); err != nil {
		return err
	}
	waiting := v.flashes()
	news := message != nil && !slices.Contains(waiting, *message)
	if !news && (next == "" || next == v.session.Get(nextKey)) {
		return nil
	}
	return v.save(session.Keep, func(s *session.Values) {
		if news {
			text, _ := json.Marshal(append(waiting, *message)) // two strings always marshal
			s.Set(flashKey, string(text))
		}
		if next != "" {
			s.Set(nextKey, next)
		}
	})
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
	var waiting []Flash
	if err := json.Unmarshal([]byte(v.session.Get(flashKey)), &waiting); err != nil {
		return nil
	}
	return waiting
}
