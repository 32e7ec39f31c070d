package login

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"
)

// A Token is the content of a remember cookie. Package remember signs it.
type Token struct {
	UserID     string
	IssuedAt   int64
	Lifetime   int64 // in seconds
	LoginAt    int64 // stays when the cookie is renewed or the login restored
	AuthAt     int64 // the user last gave credentials
	Generation int64 // counts the cookies of the login, with a login store
	LoginID    string
	Binding    string
	Methods    string // of the login, as in a Record
}

// tokenVersion names purpose and format.
const tokenVersion = "r1"

// Encode returns the token as the text to sign.
func (t *Token) Encode() string {
	return strings.Join([]string{
		tokenVersion,
		strconv.FormatInt(t.IssuedAt, 10),
		strconv.FormatInt(t.Lifetime, 10),
		strconv.FormatInt(t.LoginAt, 10),
		strconv.FormatInt(t.AuthAt, 10),
		strconv.FormatInt(t.Generation, 10),
		t.LoginID,
		t.Binding,
		escape(t.Methods),
		base64.RawURLEncoding.EncodeToString([]byte(t.UserID)),
	}, ".")
}

// DecodeToken reads text whose signature has been verified.
func DecodeToken(text string) (Token, bool) {
	var fields [9]string // in front of the user ID
	if !split(&text, fields[:]) || fields[0] != tokenVersion {
		return Token{}, false
	}
	var n [5]int64
	if !numbers(n[:], fields[1:6]) {
		return Token{}, false
	}
	methods, ok := unescape(fields[8])
	user, ok2 := fromBase64(text)
	if !ok || !ok2 || user == "" {
		return Token{}, false
	}
	return Token{
		UserID: user, IssuedAt: n[0], Lifetime: n[1], LoginAt: n[2], AuthAt: n[3], Generation: n[4],
		LoginID: fields[6], Binding: fields[7], Methods: methods,
	}, true
}

// ExpiresAt returns when the token ends.
func (t *Token) ExpiresAt() int64 { return t.IssuedAt + t.Lifetime }

// NewerThan reports which of two valid remember cookies counts when a browser sends
// both, as after a change of the cookie's Domain or Path: that of the later login; of
// one login that of the higher generation, because the lower one has been replaced,
// whenever it was issued; of one generation the one issued last.
func (t *Token) NewerThan(u Token) bool {
	return cmp.Or(
		cmp.Compare(t.LoginAt, u.LoginAt),
		cmp.Compare(t.Generation, u.Generation),
		cmp.Compare(t.IssuedAt, u.IssuedAt),
	) > 0
}

// Renews reports whether a remember cookie beside a good session is to be sent again,
// with its own lifetime from now. With a login store only the newest cookie is sent
// again, and only outside the grace: a late response would overwrite a newer one.
func (p *Policy) Renews(t Token, row Row, now int64) bool {
	if p.Stored && (t.LoginID != row.ID || t.Generation < row.Generation || p.inGrace(row, now)) {
		return false
	}
	return p.renewalDue(t, now)
}

// renewalDue reports whether a remember cookie is old enough to be renewed.
func (p *Policy) renewalDue(t Token, now int64) bool {
	return p.RenewEach || p.RenewAfter > 0 && age(t.IssuedAt, now) >= p.RenewAfter
}

// slides returns the lifetime of a remember cookie that may be renewed, and 0 for one
// that may not.
func (p *Policy) slides(t *Token) int64 {
	if p.RenewEach || p.RenewAfter > 0 {
		return t.Lifetime
	}
	return 0
}
