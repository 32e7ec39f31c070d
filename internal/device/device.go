// Package device writes and reads the texts of Device Bound Session Credentials: headers,
// proofs and answers. With a proof a browser shows that it has a key that cannot leave its
// device. The package decides nothing.
//
// The texts are Chromium's. Some differ from the Editor's Draft (w3c/webappsec-dbsc).
package device

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/ginlogin/ginlogin/internal/keyring"
)

// The headers, spelled as net/http does.
const (
	HeaderRegistration = "Secure-Session-Registration" // of a response: register a key
	HeaderChallenge    = "Secure-Session-Challenge"    // of a response: sign this
	HeaderResponse     = "Secure-Session-Response"     // of a request: the proof
	HeaderID           = "Sec-Secure-Session-Id"       // of a request: the session to refresh
	HeaderSkipped      = "Secure-Session-Skipped"      // of a request: why the cookie is missing
)

// attributes are what the browser checks in the device cookie.
const attributes = "Path=/; Secure; HttpOnly; SameSite=Lax"

// Registration returns the header that makes a browser register a key at path.
func Registration(path, challenge string) string {
	return `(ES256);path="` + path + `";challenge="` + challenge + `"`
}

// Challenge returns the header that makes a browser sign a challenge with the session's
// key.
func Challenge(challenge, session string) string {
	return `"` + challenge + `";id="` + session + `"`
}

// Instructions returns the answer to a registration. Pages of all sites may cause a
// refresh: otherwise a user who follows a link in a mail would look logged out.
func Instructions(session, path, cookie string) []byte {
	type credential struct {
		Type       string `json:"type"`
		Name       string `json:"name"`
		Attributes string `json:"attributes"`
	}
	type scope struct {
		IncludeSite bool `json:"include_site"` // required, even if false
	}
	return marshal(struct {
		Session    string       `json:"session_identifier"`
		Refresh    string       `json:"refresh_url"`
		Scope      scope        `json:"scope"`
		Cookies    []credential `json:"credentials"`
		Initiators []string     `json:"allowed_refresh_initiators"`
	}{session, path, scope{}, []credential{{"cookie", cookie, attributes}}, []string{"*"}})
}

// End returns the answer that ends a session in the browser.
func End(session string) []byte {
	return marshal(struct {
		Session  string `json:"session_identifier"`
		Continue bool   `json:"continue"`
	}{session, false})
}

func marshal(v any) []byte {
	text, _ := json.Marshal(v) // strings and booleans always marshal
	return text
}

// MaxSession is the longest session identifier that is read, in bytes. Ours have 49.
const MaxSession = 1024

// Session returns the session identifier of a login with that key. It names both, since a
// refresh may come without any cookie.
func Session(login, key string) string { return login + "." + fingerprint(key) }

// LoginOf returns the login that a session identifier names.
func LoginOf(session string) string {
	login, _, _ := strings.Cut(session, ".")
	return login
}

// fingerprint returns 22 characters that identify a key.
func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Skipped reports whether the browser says that it could not refresh the session. A line
// without a session identifier counts for all sessions.
func Skipped(lines []string, session string) bool {
	for _, line := range lines {
		if !strings.Contains(line, "session_identifier") || strings.Contains(line, `"`+session+`"`) {
			return true
		}
	}
	return false
}

// A Purpose says what a MAC is for.
type Purpose string

// The purposes. A MAC for one is not valid for another.
const (
	ToRegister Purpose = "register"
	ToRefresh  Purpose = "refresh"
	ofCookie   Purpose = "cookie" // the device cookie, which is no challenge
)

// sign returns the moment, and a MAC of all arguments. None of them contains a line break.
func sign(keys *keyring.Ring, purpose Purpose, login, device string, moment int64) string {
	at := strconv.FormatInt(moment, 10)
	return at + "." + keys.MAC(signed(purpose, login, device, at))
}

func signed(purpose Purpose, login, device, at string) string {
	return string(purpose) + "\n" + login + "\n" + device + "\n" + at
}

// verify returns the moment in a text that sign made for the same arguments.
func verify(keys *keyring.Ring, text string, purpose Purpose, login, device string) (moment int64, ok bool) {
	at, mac, _ := strings.Cut(text, ".")
	if keys.Find(signed(purpose, login, device, at), mac) < 0 {
		return 0, false
	}
	moment, err := strconv.ParseInt(at, 10, 64)
	return moment, err == nil
}

// MakeChallenge returns a challenge for a login with that device.
func MakeChallenge(keys *keyring.Ring, purpose Purpose, login, device string, now int64) string {
	return login + "." + sign(keys, purpose, login, device, now)
}

// ReadChallenge returns when a challenge was made, if that was for this purpose, login
// and device. [LoginOf] returns the login that a challenge names.
func ReadChallenge(keys *keyring.Ring, challenge string, purpose Purpose, login, device string) (issued int64, ok bool) {
	text, ok := strings.CutPrefix(challenge, login+".")
	if !ok {
		return 0, false
	}
	return verify(keys, text, purpose, login, device)
}

// MakeCookie returns the value of the device cookie of a login with that key, which
// expires at until.
func MakeCookie(keys *keyring.Ring, login, key string, until int64) string {
	return sign(keys, ofCookie, login, key, until)
}

// ReadCookie returns when a device cookie expires, if it was made for that login and key.
func ReadCookie(keys *keyring.Ring, value, login, key string) (until int64, ok bool) {
	return verify(keys, value, ofCookie, login, key)
}
