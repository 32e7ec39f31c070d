// Package remember makes, finds and deletes the remember cookie: the signed token that keeps
// a user logged in after the browser has been closed. Package login decides what a token
// says and how long it is valid.
package remember

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// A Jar handles the remember cookies of one manager. Its fields do not change once it is
// in use.
type Jar struct {
	Keys   *keyring.Ring // without keys no cookie is valid, and none can be made
	Policy *login.Policy

	Name, Domain, Path string
	Secure, HTTPOnly   bool
	SameSite           http.SameSite
	Partitioned        bool
}

// ErrNoSecretKey is what [Jar.Make] returns without keys.
var ErrNoSecretKey = errors.New("ginlogin: Remember needs LoginManager.SecretKeys: set a key of 32 random bytes")

// maxCookies is how many cookies of the name are looked at. Each costs a MAC under every
// key, and a request may bring hundreds.
const maxCookies = 8

// Brought reports whether the request has a remember cookie, valid or not. Most requests
// have none, and for them it does not allocate.
func (j *Jar) Brought(req *http.Request) bool { return setcookie.Brought(req, j.Name) }

// Find returns the token of the remember cookie in the request, and whether the newest
// key has signed it. userID is the user to look for; "" means any user.
//
// A browser sends several cookies of one name if their Domain or Path differs: the setting
// was changed, or another host of the domain has planted one. The order in which they come
// says nothing about which is current, so of the valid ones the newest counts. Another
// user's cookie does not hide that of userID.
func (j *Jar) Find(req *http.Request, userID string, now int64) (t login.Token, newest, ok bool) {
	if j.Keys.Empty() || !setcookie.Mentions(req, j.Name) {
		return login.Token{}, false, false
	}
	for _, cookie := range setcookie.Named(req, j.Name, maxCookies) {
		found, key, good := j.read(cookie.Value, now)
		if good && (userID == "" || found.UserID == userID) && (!ok || j.counts(found, t)) {
			t, newest, ok = found, key == 0, true
		}
	}
	return t, newest, ok
}

// counts reports whether a token counts instead of an earlier one in the request.
//
// Of tokens made within the same second the order decides: browsers send cookies with longer
// Paths first, and of one Path those that were first set earlier (RFC 6265, 5.4).
func (j *Jar) counts(t, before login.Token) bool {
	return t.NewerThan(before) || j.Path == "/" && !before.NewerThan(t)
}

// Count returns how many remember cookies the request has, and how many of them are valid,
// of any user.
func (j *Jar) Count(req *http.Request, now int64) (brought, valid int) {
	if j.Keys.Empty() || !setcookie.Mentions(req, j.Name) {
		return 0, 0
	}
	for _, cookie := range setcookie.Named(req, j.Name, maxCookies) {
		brought++
		if _, _, ok := j.read(cookie.Value, now); ok {
			valid++
		}
	}
	return brought, valid
}

// read returns what the value of a cookie says, if it is valid, and which key has signed
// it. Nothing is parsed before the signature has been verified.
func (j *Jar) read(value string, now int64) (t login.Token, key int, ok bool) {
	payload, key, ok := j.Keys.Verify(value)
	if ok {
		t, ok = login.DecodeToken(payload)
	}
	return t, key, ok && j.Policy.Valid(t, now)
}

// Make returns a cookie with the token, signed with the newest key. The browser keeps it
// until the token ends. It fails with [ErrNoSecretKey], or if the cookie would be longer
// than browsers keep: they would drop it silently.
func (j *Jar) Make(t login.Token, now int64) (*http.Cookie, error) {
	if j.Keys.Empty() {
		return nil, ErrNoSecretKey
	}
	cookie := j.cookie(j.Keys.Sign(t.Encode()))
	// An int has 32 bits on some machines, which is 68 years.
	cookie.MaxAge = int(min(t.ExpiresAt()-now, math.MaxInt32))
	cookie.Expires = time.Unix(t.ExpiresAt(), 0)
	if n := len(cookie.String()); n > setcookie.MaxSize {
		return nil, fmt.Errorf("ginlogin: the remember cookie would have %d bytes, and browsers keep %d: use a shorter user ID", n, setcookie.MaxSize)
	}
	return cookie, nil
}

// Delete returns the cookie that deletes the remember cookie.
func (j *Jar) Delete() *http.Cookie {
	cookie := j.cookie("")
	cookie.MaxAge = -1
	cookie.Expires = time.Unix(1, 0) // for browsers that do not know Max-Age
	return cookie
}

// cookie returns the cookie to set and the one to delete it alike: a browser deletes a
// cookie only if name, domain and path are the same, and some compare the other
// attributes too.
func (j *Jar) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name:        j.Name,
		Value:       value,
		Path:        j.Path,
		Domain:      j.Domain,
		Secure:      j.Secure,
		HttpOnly:    j.HTTPOnly,
		SameSite:    j.SameSite,
		Partitioned: j.Partitioned,
	}
}
