package cookiestore

import (
	"fmt"

	"github.com/gorilla/securecookie"
)

// MigrateFrom lets the store read the sessions that gin-contrib/sessions/cookie has written, so that changing the store logs
// nobody out. It takes the same key pairs as cookie.NewStore did:
//
//	store := cookiestore.NewStore(key)
//	store.MigrateFrom(oldAuthenticationKey, oldEncryptionKey)
//
// Sessions are saved in our own format. A session read in the old one counts as changed, so that with Sessions the next Save
// converts it; with sessions.Sessions the first change does. Remove the line when the old cookies have expired, 30 days after the
// change: until then sessions are only as safe as the old keys.
//
// Give the store the Path and Domain of the old store, usually "/". With others the old cookie stays in the browser beside the new
// one, and is used again when the new one is deleted, for instance by a logout.
//
// The types of the values must be registered with gob as before. MigrateFrom belongs to setting up, and panics on keys that
// cookie.NewStore could not have used either.
func (s *Store) MigrateFrom(oldKeyPairs ...[]byte) {
	codecs := securecookie.CodecsFromPairs(oldKeyPairs...)
	for i, codec := range codecs {
		if _, err := codec.Encode("session", map[any]any{}); err != nil {
			panic(fmt.Sprintf("cookiestore: MigrateFrom: key pair %d cannot be used: %v", i+1, err))
		}
	}
	s.old.Store(&codecs)
}

// readOld reads a cookie of the stock store. Its age is checked by securecookie, which knows 30 days whatever the options of the
// stock store said; a shorter lifetime than that is not enforced on what the browser has kept.
func (s *Store) readOld(name, value string) (map[any]any, bool) {
	codecs := s.old.Load()
	if codecs == nil {
		return nil, false
	}
	var values map[any]any
	err := securecookie.DecodeMulti(name, value, &values, *codecs...)
	return values, err == nil
}
