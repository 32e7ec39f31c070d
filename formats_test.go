package ginlogin_test

import (
	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

// Where the session holds what is ginlogin's: a promise to sessions that exist.
const (
	sessionKey = "_login"
	nextKey    = "next"
	flashKey   = "_flashes"
)

// rememberKeysOf returns the keys that a manager of that name derives from the
// secrets of these names.
func rememberKeysOf(manager string, secrets ...string) *keyring.Ring {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = keyOf(secret)
	}
	return keyring.New(keys, "remember cookie", manager)
}

// tokenOf returns a token of a user who logged in when it was issued.
func tokenOf(id string, issuedAt, lifetime int64) login.Token {
	return login.Token{UserID: id, IssuedAt: issuedAt, Lifetime: lifetime, LoginAt: issuedAt, AuthAt: issuedAt, LoginID: "LOGIN"}
}

// signed returns the cookie's value that a manager with that secret makes of t.
func signed(t login.Token, secret, manager string) string {
	return rememberKeysOf(manager, secret).Sign(t.Encode())
}

func decodeToken(value string, keys *keyring.Ring) (login.Token, int, bool) {
	text, key, ok := keys.Verify(value)
	if !ok {
		return login.Token{}, 0, false
	}
	t, ok := login.DecodeToken(text)
	return t, key, ok
}

// says returns what a remember cookie of the site says, which has to be signed
// with that secret.
func (s *site) says(value, secret string) login.Token {
	s.t.Helper()
	got, _, ok := decodeToken(value, rememberKeysOf(s.lm.Name, secret))
	if !ok {
		s.t.Errorf("the cookie %q is not signed with the key %q", value, secret)
	}
	return got
}

func decodeRecord(text string) (rec login.Record, ok bool) {
	ok = rec.Decode(text)
	return rec, ok
}
