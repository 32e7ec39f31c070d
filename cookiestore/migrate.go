package cookiestore

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/gorilla/securecookie"
)

// MigrateFrom lets the store read the sessions that gin-contrib/sessions/cookie has written, so that users stay logged in when
// the store changes. It takes the same key pairs as cookie.NewStore did:
//
//	store := cookiestore.NewStore(key)
//	store.MigrateFrom(oldAuthenticationKey, oldEncryptionKey)
//
// Sessions are saved in our own format. A session in the old format counts as changed, so that with Sessions the next Save
// converts it; with sessions.Sessions the first change does. Remove the line once the old cookies have expired: after the MaxAge
// of [Store.Options], which also applies to them, and after 30 days at the latest. Until then sessions are only as safe as the
// old keys.
//
// Give the store the Path and Domain of the old store, usually "/". Otherwise the browser has both cookies until the next Save
// that sees the old one and deletes it.
//
// The types of the values must be registered with gob as before. Call MigrateFrom before the first request. It panics on keys
// that cookie.NewStore could not have used either.
func (s *Store) MigrateFrom(oldKeyPairs ...[]byte) {
	codecs := securecookie.CodecsFromPairs(oldKeyPairs...)
	for i, codec := range codecs {
		if _, err := codec.Encode("session", map[any]any{}); err != nil {
			panic(fmt.Sprintf("cookiestore: MigrateFrom: key pair %d is invalid: %v: use the arguments of cookie.NewStore", i+1, err))
		}
		codec.(*securecookie.SecureCookie).MaxAge(0) // readOld checks the age
	}
	s.old.Store(&codecs)
}

// readOld reads a cookie of the stock store. Without a MaxAge it lives as long as that store would have read it: securecookie
// ends it after 30 days, whatever the options of the stock store say.
func (s *Store) readOld(name, value string) (map[any]any, bool) {
	codecs := s.old.Load()
	if codecs == nil {
		return nil, false
	}
	var values map[any]any
	if securecookie.DecodeMulti(name, value, &values, *codecs...) != nil {
		return nil, false
	}
	issued, ok := oldIssueTime(value)
	if !ok || !s.alive(issued, min(s.lifetime(), defaultLifetime)) {
		return nil, false
	}
	return values, true
}

// oldIssueTime returns when securecookie made a cookie. The cookie has to be authentic.
func oldIssueTime(value string) (seconds int64, ok bool) {
	text, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		return 0, false
	}
	stamp, _, _ := bytes.Cut(text, []byte("|"))
	seconds, err = strconv.ParseInt(string(stamp), 10, 64)
	return seconds, err == nil
}
