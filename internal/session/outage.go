package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/ginlogin/ginlogin/internal/setcookie"
	"github.com/gorilla/securecookie"
	gsessions "github.com/gorilla/sessions"
)

// storeOutage finds out why s is new although the request brought a cookie for it. gin-contrib logs
// the reason and drops it, so the store is asked again. If the store has recovered, its answer
// becomes the session: saving the empty session in its place would destroy it.
func storeOutage(req *http.Request, response http.Header, s *gsessions.Session) error {
	if !s.IsNew {
		return nil
	}
	if setcookie.Sent(response, s.Name()) != nil { // the app has saved it in this request
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
		// The store does not know the ID in the cookie. An attacker who planted that cookie does:
		// saved under that ID, the session would be shared (session fixation).
		s.ID = ""
	default:
		return fmt.Errorf("ginlogin: reading the session: %w", err)
	}
	return nil
}

// isNoSession reports whether err means that there is no session, and not that the store is down.
// In doubt it is an outage, because an outage logs no user out.
func isNoSession(err error, cookie *http.Cookie) bool {
	var undecodable securecookie.Error
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &undecodable) && undecodable.IsDecode():
		return true
	case len(cookie.Value) > setcookie.MaxSize: // securecookie's error for it is not a decoding error
		return true
	case errors.Is(err, fs.ErrNotExist): // the store that keeps sessions in files
		return true
	case errors.As(err, &syntax) || errors.As(err, &mistyped): // written by another serializer
		return true
	}
	// gob and the memcached clients have no error types, or are too heavy to import.
	text := err.Error()
	return strings.HasPrefix(text, "gob: ") ||
		strings.HasSuffix(text, "memcache: cache miss") || strings.HasSuffix(text, "mc: not found")
}
