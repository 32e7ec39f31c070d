package session

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"

	"github.com/ginlogin/ginlogin/internal/setcookie"
	gsessions "github.com/gorilla/sessions"
)

// longestLifetime is the longest lifetime, in seconds, that every store keeps: 30 days. memcached
// takes a longer one for a date in 1970.
const longestLifetime = 30 * 24 * 60 * 60

// An oddity is a lifetime that not every store keeps, in one store: none at all, or one beyond
// longestLifetime.
type oddity struct {
	store  gsessions.Store
	beyond bool
}

// proven has each oddity whose store has been seen to keep it. What a store makes of a lifetime
// depends on its code and its server, not on the request, so that one check in the life of the
// process is enough. The key is the store and not its type, because a type may wrap stores of
// several kinds. It belongs to the process and not to a manager, because managers share stores. A
// loss is not noted: it has to be an error each time.
var proven sync.Map // oddity → struct{}

// checkKept returns an error if the store has not kept the session that it has just saved without an
// error: redis' takes a lifetime of 0 for a deletion, gorm's for one that has passed, and memcached
// drops what should live longer than 30 days.
func checkKept(req *http.Request, response http.Header, s *gsessions.Session) error {
	sent := setcookie.Sent(response, s.Name())
	if sent == nil {
		return nil // the browser has the cookie already
	}
	if sent.Value == "" || sent.MaxAge < 0 {
		return errDropped(s.Options.MaxAge)
	}
	odd := s.Options.MaxAge == 0 || s.Options.MaxAge > longestLifetime
	if !odd || s.ID == "" { // without an ID the session is in the cookie
		return nil
	}
	key := oddity{beneath(s), s.Options.MaxAge > 0}
	usable := reflect.ValueOf(key).Comparable() // not so for a store that is a struct with a slice
	if usable {
		if _, done := proven.Load(key); done {
			return nil
		}
	}
	again, err := key.store.New(setcookie.AsSent(req, response, s.Name()), s.Name())
	switch {
	case err != nil && !isNoSession(err, sent):
		return err
	case err != nil || again.IsNew:
		return errDropped(s.Options.MaxAge)
	}
	if usable {
		proven.Store(key, struct{}{})
	}
	return nil
}

func errDropped(maxAge int) error {
	return fmt.Errorf("the session store has deleted or dropped a session whose Options.MaxAge is %d: "+
		"set a lifetime in seconds, at most 30 days", maxAge)
}
