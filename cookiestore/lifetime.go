package cookiestore

import (
	"encoding/binary"
	"time"

	gorilla "github.com/gorilla/sessions"
)

// clockSlack is how far in the future a session may have been saved. Clocks differ between servers, and jump back when they are
// corrected; that should not log users out. A session from further ahead was saved under a wrong clock, and would outlive its
// lifetime by that much.
const clockSlack = 24 * time.Hour

// appendTimes appends when the session was saved, and for how many seconds it lives if the session itself said so.
func (s *Store) appendTimes(dst []byte, o *gorilla.Options) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.now().Unix()))
	return binary.AppendUvarint(dst, s.ownLifetime(o))
}

// ownLifetime is 0 for a session that has the store's lifetime, which it follows when the store's changes.
func (s *Store) ownLifetime(o *gorilla.Options) uint64 {
	if o.MaxAge == s.options.Load().MaxAge {
		return 0
	}
	return uint64(max(o.MaxAge, 0))
}

// takeTimes cuts the times off, and reports when the session was saved and whether it is still alive.
func (s *Store) takeTimes(content string) (values string, saved int64, alive bool) {
	d := decoder{in: content}
	issued, lifetime := d.uvarint(), d.uvarint()
	if lifetime == 0 {
		lifetime = s.lifetime()
	}
	if d.bad || !s.alive(int64(issued), lifetime) {
		return "", 0, false
	}
	return d.in[d.at:], int64(issued), true
}

// alive reports whether a session that was saved at a time, for a lifetime in seconds, has not expired.
func (s *Store) alive(issued int64, lifetime uint64) bool {
	age := s.now().Unix() - issued
	return age <= int64(lifetime) && age >= -int64(clockSlack/time.Second)
}

// lifetime is for how many seconds a session without a lifetime of its own lives.
func (s *Store) lifetime() uint64 {
	if age := s.options.Load().MaxAge; age > 0 {
		return uint64(age)
	}
	return defaultLifetime
}
