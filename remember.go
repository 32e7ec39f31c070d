package ginlogin

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RememberCookie describes the cookie that keeps a user logged in after the
// browser has been closed. [New] presets it; assign single fields.
type RememberCookie struct {
	// Name of the cookie. Default: "remember_token", and with a
	// LoginManager.Name "remember_token_" and that.
	Name string
	// Duration is how long a cookie is good for, in whole seconds, and is
	// enforced on the server, too. [RememberFor] overrides it. Default: 365 days.
	Duration time.Duration
	// Domain of the cookie. Default: "", this host only. With a domain all its
	// subdomains get the cookie, and those of other people as well.
	Domain string
	// Path of the cookie. Default: "/".
	Path string
	// Secure keeps the cookie from plain HTTP, where anybody on the way could
	// read it. Turn it off for development on another machine only; browsers
	// let localhost pass. Default: true, where Flask-Login has false.
	Secure bool
	// HTTPOnly keeps the cookie from scripts. Default: true.
	HTTPOnly bool
	// SameSite keeps the cookie from requests that come from other sites.
	// Default: http.SameSiteLaxMode, where Flask-Login sends none.
	SameSite http.SameSite
	// RefreshEachRequest sets the cookie anew, with its own lifetime from now,
	// in every response to a request that brings it. It makes every page
	// unfit for shared caches. Default: false.
	RefreshEachRequest bool
}

// A token is what a remember cookie says. Its times are inside the signature,
// so that the server, not the browser, decides when it ends.
type token struct {
	userID   string
	issuedAt int64 // these in seconds since 1970
	lifetime int64 // in seconds
	loginAt  int64 // moved by no refresh, re-signing or restore, as is
	authAt   int64 // the last time credentials were given
}

// tokenVersion names purpose and format. The value of a cookie is the version,
// the times, the user ID in base64 and the signature of all that before it.
const tokenVersion = "r1"

func (t token) encode(key []byte) string {
	payload := strings.Join([]string{
		tokenVersion,
		strconv.FormatInt(t.issuedAt, 10),
		strconv.FormatInt(t.lifetime, 10),
		strconv.FormatInt(t.loginAt, 10),
		strconv.FormatInt(t.authAt, 10),
		base64.RawURLEncoding.EncodeToString([]byte(t.userID)),
	}, ".")
	return payload + "." + signature(payload, key)
}

func signature(payload string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(payload))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// decodeToken returns what a cookie says and which key signed it. The signature
// is compared in its encoded form, so that no second spelling of a valid cookie
// is valid, and nothing is parsed before it has been verified.
func decodeToken(value string, keys [][]byte) (t token, key int, ok bool) {
	dot := strings.LastIndexByte(value, '.')
	if dot < 0 {
		return token{}, 0, false
	}
	payload, signed := value[:dot], []byte(value[dot+1:])
	key = slices.IndexFunc(keys, func(k []byte) bool {
		return hmac.Equal([]byte(signature(payload, k)), signed)
	})
	if key < 0 {
		return token{}, 0, false
	}
	t, ok = parseToken(payload)
	return t, key, ok
}

func parseToken(payload string) (token, bool) {
	fields := strings.Split(payload, ".")
	if len(fields) != 6 || fields[0] != tokenVersion {
		return token{}, false
	}
	var times [4]int64
	for i := range times {
		n, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil {
			return token{}, false
		}
		times[i] = n
	}
	id, err := base64.RawURLEncoding.DecodeString(fields[5])
	if err != nil || len(id) == 0 {
		return token{}, false
	}
	return token{string(id), times[0], times[1], times[2], times[3]}, true
}

// expiresAt returns when the token ends.
func (t token) expiresAt() int64 { return t.issuedAt + t.lifetime }

// rememberKeys derives a key for remember cookies from each secret, so that the
// secrets may sign sessions too, and a cookie of one manager means nothing to
// another.
func rememberKeys(secrets [][]byte, name string) [][]byte {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "ginlogin remember cookie "+name, sha256.Size)
		if err != nil {
			panic(err) // only for a key of over 8 kB
		}
		keys[i] = key
	}
	return keys
}

// maxCookie is what browsers keep of a cookie, with its name and attributes.
const maxCookie = 4096

// rememberFor returns a new remember cookie for a login.
func (m *manager) rememberFor(rec record, d time.Duration) (*http.Cookie, error) {
	switch {
	case len(m.rememberKeys) == 0:
		return nil, ErrNoSecretKey
	case d < 0 || d > 0 && d < time.Second:
		return nil, fmt.Errorf("ginlogin: RememberFor: a lifetime of %v is not at least a second", d)
	case d == 0:
		d = m.Remember.Duration
	}
	t := token{rec.userID, rec.authAt, int64(d / time.Second), rec.loginAt, rec.authAt}
	cookie := m.rememberCookie(t.encode(m.rememberKeys[0]), t.lifetime)
	if n := len(cookie.String()); n > maxCookie {
		return nil, fmt.Errorf("ginlogin: the remember cookie would have %d bytes and browsers keep %d: the user ID is too long", n, maxCookie)
	}
	return cookie, nil
}

// rememberCookie builds the cookie, to set it as to delete it: a browser deletes
// a cookie only if name, domain and path are the same, and some look at the
// other attributes, too. A lifetime of -1 deletes.
func (m *manager) rememberCookie(value string, lifetime int64) *http.Cookie {
	cookie := &http.Cookie{
		Name:     m.Remember.Name,
		Value:    value,
		Path:     m.Remember.Path,
		Domain:   m.Remember.Domain,
		Secure:   m.Remember.Secure,
		HttpOnly: m.Remember.HTTPOnly,
		SameSite: m.Remember.SameSite,
		MaxAge:   int(lifetime),
		Expires:  m.clock().Add(time.Duration(lifetime) * time.Second),
	}
	if lifetime < 0 {
		cookie.Expires = time.Unix(1, 0)
	}
	return cookie
}

// rememberToken returns the token of the remember cookie that came with req, and
// whether the newest key signed it. Of several cookies of the name, which a
// subdomain may have planted, the first that is valid counts.
func (m *manager) rememberToken(req *http.Request) (t token, newest, ok bool) {
	if len(m.rememberKeys) == 0 {
		return token{}, false, false
	}
	now := m.clock().Unix()
	for _, cookie := range req.CookiesNamed(m.Remember.Name) {
		t, key, ok := decodeToken(cookie.Value, m.rememberKeys)
		if ok && now < t.expiresAt() {
			return t, key == 0, true
		}
	}
	return token{}, false, false
}

// broughtRemember reports whether the request has a remember cookie, valid or not.
func (r *resolver) broughtRemember() bool {
	_, err := r.c.Request.Cookie(r.m.Remember.Name)
	return err == nil
}

// remembered says what this response does to the remember cookie.
type remembered uint8

const (
	asBefore remembered = iota
	nowRemembered
	nowForgotten
)

// rememberedAs reports whether a valid remember cookie of that user comes with
// req, or is set by the response.
func (r *resolver) rememberedAs(req *http.Request, id string) bool {
	switch r.snapshot().remembered {
	case nowRemembered:
		return true
	case nowForgotten:
		return false
	}
	t, _, ok := r.m.rememberToken(req)
	return ok && t.userID == id
}

// setRemember sends the remember cookie.
func (r *resolver) setRemember(cookie *http.Cookie) {
	r.sendCookie(cookie)
	r.warnPlainHTTP(r.m.Remember.Secure, "LoginManager.Remember.Secure")
	r.note(nowRemembered)
}

// refreshRemember sends the remember cookie of the current login anew, with its
// own lifetime from now.
func (r *resolver) refreshRemember() {
	if !r.broughtRemember() || r.identify() != nil {
		return
	}
	t, _, ok := r.m.rememberToken(r.c.Request)
	if id, _ := r.identity(); !ok || t.userID != id {
		return
	}
	t.issuedAt = r.m.clock().Unix()
	r.setRemember(r.m.rememberCookie(t.encode(r.m.rememberKeys[0]), t.lifetime))
	r.pending.remember = leave
}

// resignRemember sends the remember cookie signed with the newest key. It ends
// when it would have ended.
func (r *resolver) resignRemember() {
	t, _, ok := r.m.rememberToken(r.c.Request)
	if ok {
		r.setRemember(r.m.rememberCookie(t.encode(r.m.rememberKeys[0]), t.expiresAt()-r.m.clock().Unix()))
	}
}

// clearRemember deletes the remember cookie, if the browser has one, and takes
// back one that this response was to set.
func (r *resolver) clearRemember() {
	if r.broughtRemember() {
		r.sendCookie(r.m.rememberCookie("", -1))
	} else {
		dropCookies(r.c.Writer.Header(), r.m.Remember.Name)
	}
	r.note(nowForgotten)
}

// sendCookie sets a cookie in place of one of the same name.
func (r *resolver) sendCookie(cookie *http.Cookie) {
	header := r.c.Writer.Header()
	dropCookies(header, cookie.Name)
	http.SetCookie(r.c.Writer, cookie)
	r.markPrivate()
}

func (r *resolver) note(what remembered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer.remembered = what
}
