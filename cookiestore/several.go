package cookiestore

import (
	"net/http"
	"strings"

	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// A browser sends several cookies of one name if they were set with different Domains or Paths: the setting was changed, or another
// host of the domain has planted one. Of the cookies that we sealed, the one saved last counts, and a Save deletes the others.

// A count is how many cookies of the session's name came, and how many of them we sealed.
type count struct {
	came, ours uint8
	last       bool // set by DeleteOthers
}

// Several reports whether the request brings more than one valid session of that name. New takes the one saved last. It is a sign
// that the Domain or Path of the store was changed: see Options.
func (s *Store) Several(r *http.Request, name string) bool {
	return setcookie.Several(r, name) && s.read(r, name).ours > 1
}

// Several reports whether the request brought more than one valid session of this name; this is the one saved last.
func (s *Session) Several() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load()
	return s.ours > 1
}

// DeleteOthers makes the Saves of this request delete the cookies of this name that the browser may have under another Domain or
// Path than the store has now, as a Save does when several sessions came or when it deletes. Call it when deleted values must not
// come back: the cookie that came may be of another Domain or Path.
func (s *Session) DeleteOthers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load()
	s.last = true
}

// supersedes reports whether a session counts instead of an earlier one in the request.
//
// Of sessions saved within the same second the order decides: browsers send cookies with longer Paths first, and of one Path
// those that were first set earlier (RFC 6265, 5.4).
func (s *Store) supersedes(saved, before int64) bool {
	return saved > before || saved == before && s.options.Load().Path == defaultPath
}

// deleteOthers makes the response delete what the browser may have beside the cookie that is set: all if several sessions came. A
// deletion does so even if only one came, because that one may have been set with another Domain or Path, and would come back.
func deleteOthers(r *http.Request, h http.Header, name string, c count) {
	if c.ours > 1 || c.came > 0 && (c.last || deletes(h, name)) {
		setcookie.DeleteOthers(r, h, name, c.ours > 1 || c.ours == c.came)
	}
}

// deletes reports whether the last line deletes the cookie of that name.
func deletes(h http.Header, name string) bool {
	lines := h["Set-Cookie"]
	if len(lines) == 0 {
		return false
	}
	value, found := strings.CutPrefix(lines[len(lines)-1], name)
	return found && strings.HasPrefix(value, "=;")
}
