package ginlogin_test

import (
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
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

// What an earlier version has written for the user m of newMemberSite, at storedAt. A
// version that cannot read it logs everybody out in an upgrade.
const (
	storedAt      = 1_800_000_000
	storedRecord  = "1.1.1800000000.0.0.0.W3vUQ6QuU3LATDagCP4IIw.EZJM4Z25RZF65EZFTRWEI3RFSR.ocD3Oli9UonGNaX7KdtHfzFDexxE5QCaODQrKIIb9Vs....m"
	storedToken   = "r1.1800000000.31536000.1800000000.1800000000.0.EZJM4Z25RZF65EZFTRWEI3RFSR.ocD3Oli9UonGNaX7KdtHfzFDexxE5QCaODQrKIIb9Vs..bQ.tJQZWk662xtpM-Y79X6Ta9e4tYoc9b5J7ZsdGLOA76U"
	storedUse     = "a1.EZJM4Z25RZF65EZFTRWEI3RFSR.1800000000.1800003000.Ws_8znf6Cf3ygfHacsxLrlWD9SpMm5JpwEnnB9_sLmw" // 50 minutes later
	storedForLink = "t1.1800175800.Q7f_yoGvX-j9aY6E2Xdnx7ShcvLlK1dLaX5w3BphkPY.bQ.L-F3X8Nj0RVShQwhNqhwBQXwDSFeMcKyxHDTqND1X1A"
)

func TestWhatAnEarlierVersionHasWrittenIsRead(t *testing.T) {
	s, m := newMemberSite(t, func(s *site) {
		s.clock.now = time.Unix(storedAt, 0)
		s.lm.IdleTimeout = time.Hour
	})
	b := s.browser()
	b.post("/data?key=" + sessionKey + "&value=" + storedRecord)
	wants(t, "the session", b.get("/whoami"), "200 user m")
	wants(t, "the session is fresh, as it is the same client's", b.get("/fresh"), "200 true")
	restored := s.browser()
	restored.put("remember_token", storedToken)
	wants(t, "the remember cookie", restored.get("/whoami"), "200 user m")

	s.clock.Advance(90 * time.Minute)
	b.put("login_activity", storedUse)
	wants(t, "the activity cookie", b.get("/whoami"), "200 user m")
	links := ginlogin.Tokens[*insured]{Manager: s.lm, Purpose: "reset", Lifetime: time.Hour}
	if u, err := links.User(t.Context(), storedForLink); err != nil || u.ID != m.ID {
		t.Errorf("the token of a link: %v, %v", u, err)
	}
	m.password = "second"
	wants(t, "the session after a new password", b.get("/whoami"), "200 user ")
}
