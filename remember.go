package ginlogin

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
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
	// Duration is how long a cookie is good for, in whole seconds, and is also
	// enforced on the server. [RememberFor] overrides it. Default: 365 days.
	Duration time.Duration
	// Domain of the cookie. Default: "", this host only. With a domain all its
	// subdomains get the cookie, including those of other people.
	Domain string
	// Path of the cookie. Default: "/". With a longer path, put the logout page
	// under it: as in Flask-Login, a logout deletes the cookie that the browser sends.
	Path string
	// Secure keeps the cookie from plain HTTP, where anybody between browser and
	// server could read it. Turn it off in development only, for other machines and
	// for Safari: Chrome and Firefox accept the cookie from localhost, Safari does
	// not. Default: true, where Flask-Login has false.
	Secure bool
	// HTTPOnly keeps the cookie from scripts. Default: true.
	HTTPOnly bool
	// SameSite keeps the cookie from requests that come from other sites.
	// Default: http.SameSiteLaxMode, where Flask-Login sends none.
	SameSite http.SameSite
	// Grace is how long, with LoginManager.Logins set, the remember cookie before
	// the newest is still good: a browser that comes back sends several requests
	// at once, and only one of them gets the new cookie. It has to be longer than your
	// slowest handler or long poll: an answer that comes later looks like a theft,
	// and with 0, which is for tests only, so do two requests at once.
	// Default: one minute.
	Grace time.Duration
	// RefreshEachRequest sets the cookie anew, with its own lifetime from now,
	// in every response to a request that brings it. Then shared caches can keep
	// none of these pages. Default: false.
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

	generation int64  // counts the cookies of the login, with a LoginStore
	loginID    string // of the login that the cookie continues
	binding    string // to the user's SessionHash
}

// tokenVersion names purpose and format. The value of a cookie is the version,
// the fields, with the user ID in base64, and the signature of all that before it.
const tokenVersion = "r1"

func (t token) encode(key []byte) string {
	payload := strings.Join([]string{
		tokenVersion,
		strconv.FormatInt(t.issuedAt, 10),
		strconv.FormatInt(t.lifetime, 10),
		strconv.FormatInt(t.loginAt, 10),
		strconv.FormatInt(t.authAt, 10),
		strconv.FormatInt(t.generation, 10),
		t.loginID,
		t.binding,
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
	if len(fields) != 9 || fields[0] != tokenVersion {
		return token{}, false
	}
	var numbers [5]int64
	for i := range numbers {
		n, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil {
			return token{}, false
		}
		numbers[i] = n
	}
	id, err := base64.RawURLEncoding.DecodeString(fields[8])
	if err != nil || len(id) == 0 {
		return token{}, false
	}
	return token{
		userID: string(id), issuedAt: numbers[0], lifetime: numbers[1], loginAt: numbers[2], authAt: numbers[3],
		generation: numbers[4], loginID: fields[6], binding: fields[7],
	}, true
}

// expiresAt returns when the token ends.
func (t token) expiresAt() int64 { return t.issuedAt + t.lifetime }

// deriveKeys derives a key for one purpose from each secret, so that the secrets
// may sign sessions too, and a cookie of one manager means nothing to another.
func deriveKeys(secrets [][]byte, purpose, name string) [][]byte {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, "ginlogin "+purpose+" "+name, sha256.Size)
		if err != nil {
			panic(err) // only if the key to derive were longer than 8,160 bytes
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
	if m.AbsoluteTimeout > 0 {
		d = min(d, m.AbsoluteTimeout) // a browser need not keep what is good for nothing
	}
	t := token{
		userID: rec.userID, issuedAt: rec.authAt, lifetime: int64(d / time.Second),
		loginAt: rec.loginAt, authAt: rec.authAt, loginID: rec.loginID, binding: rec.binding,
	}
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
		MaxAge:   int(min(lifetime, math.MaxInt32)),
		Expires:  m.clock().Add(time.Duration(lifetime) * time.Second),
	}
	if lifetime < 0 {
		cookie.Expires = time.Unix(1, 0)
	}
	return cookie
}

// maxRememberCookies is how many cookies of the name are looked at: each costs a
// signature under each key.
const maxRememberCookies = 8

// rememberToken returns the token of the remember cookie that came with req, of
// the user with that ID or with "" of anybody, and whether the newest key signed
// it. Of several cookies of the name, which a subdomain may have planted, the
// first that is valid counts.
func (m *manager) rememberToken(req *http.Request, id string) (t token, newest, ok bool) {
	if len(m.rememberKeys) == 0 {
		return token{}, false, false
	}
	now := m.clock().Unix()
	brought := req.CookiesNamed(m.Remember.Name)
	for _, cookie := range brought[:min(len(brought), maxRememberCookies)] {
		t, key, ok := decodeToken(cookie.Value, m.rememberKeys)
		if ok && now < t.expiresAt() && !m.tooOld(t.loginAt) && (id == "" || t.userID == id) {
			return t, key == 0, true
		}
	}
	return token{}, false, false
}

// broughtRemember reports whether the request has a remember cookie, valid or not.
func (r *resolver) broughtRemember() bool {
	if !r.mayBringRemember() {
		return false
	}
	_, err := r.c.Request.Cookie(r.m.Remember.Name)
	return err == nil
}

// mayBringRemember tells most requests without a remember cookie, and at once.
func (r *resolver) mayBringRemember() bool {
	return slices.ContainsFunc(r.c.Request.Header["Cookie"], func(line string) bool {
		return strings.Contains(line, r.m.Remember.Name)
	})
}

// rememberedAs reports whether a valid remember cookie of that user comes with
// req, or is set by the response.
func (r *resolver) rememberedAs(req *http.Request, id string) bool {
	if now := r.snapshot().remembered; now != nil {
		return *now == id
	}
	_, _, ok := r.m.rememberToken(req, id)
	return ok
}

// setRemember sends the remember cookie of a user.
func (r *resolver) setRemember(cookie *http.Cookie, id string) {
	r.sendCookie(cookie)
	r.warnPlainHTTP(r.m.Remember.Secure, "LoginManager.Remember.Secure")
	r.nowRemembers(id)
}

// refreshRemember sends the remember cookie of the current login anew, with its
// own lifetime from now.
func (r *resolver) refreshRemember() {
	if !r.broughtRemember() || r.identify() != nil {
		return
	}
	if r.m.Logins != nil && r.from == fromCookie {
		return // it is about to be replaced, or has been
	}
	id, identified := r.identity()
	t, _, ok := r.m.rememberToken(r.c.Request, id)
	if !identified || !ok {
		return
	}
	t.issuedAt = r.m.clock().Unix()
	r.sendToken(t)
	r.pending.remember = leave
}

// resignRemember sends the remember cookie anew, signed with the newest key and
// bound with it.
func (r *resolver) resignRemember() {
	t := *r.token
	t.binding = r.record.binding
	r.sendToken(t)
}

// sendToken sends a remember cookie that ends when t does.
func (r *resolver) sendToken(t token) {
	r.setRemember(r.m.rememberCookie(t.encode(r.m.rememberKeys[0]), t.expiresAt()-r.m.clock().Unix()), t.userID)
}

// clearRemember deletes the remember cookie, if the browser has one, and takes
// back one that this response was to set.
func (r *resolver) clearRemember() {
	if r.broughtRemember() {
		r.deleteRemember()
		return
	}
	dropCookies(r.c.Writer.Header(), r.m.Remember.Name)
	r.nowRemembers("")
}

// deleteRemember deletes the remember cookie, whether the browser has one or not.
func (r *resolver) deleteRemember() {
	if len(r.m.rememberKeys) > 0 {
		r.sendCookie(r.m.rememberCookie("", -1))
	}
	r.nowRemembers("")
}

// sendCookie sets a cookie in place of one of the same name.
func (r *resolver) sendCookie(cookie *http.Cookie) {
	header := r.c.Writer.Header()
	dropCookies(header, cookie.Name)
	http.SetCookie(r.c.Writer, cookie)
	r.markPrivate()
}

// nowRemembers notes whom the browser remembers after this response, "" being
// nobody.
func (r *resolver) nowRemembers(id string) {
	a := r.answer
	a.remembered = &id
	r.publish(a)
}
