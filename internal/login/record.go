package login

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// A Record is the login in the session. It is one string under one key: quick to
// decode, touched by no other code, and the same in every store and serializer.
type Record struct {
	UserID     string
	Fresh      bool
	LoginAt    int64  // the user gave the credentials of this login
	AuthAt     int64  // the user last gave credentials
	BegunAt    int64  // this session of the login began
	Generation int64  // of the row, when this session was last confirmed or begun
	Client     string // hash of the client, for session protection
	LoginID    string // random; names this login
	Binding    string // HMAC of the user's SessionHash
	Methods    string // of the login: RFC 8176 names, separated by spaces
	Confirmed  string // of the last confirmation, likewise
	Acting     string // the record of the user who acts as this one, or ""
}

// recordVersion stands in front of the record. A record of another version is no
// login and stays where it is: in a rolling deploy it belongs to a newer program.
const recordVersion = "1"

// Encode returns the record as text. The later times are written as seconds after
// the login, and IDs as in a query, because every byte of a session is paid for in
// every request.
func (r *Record) Encode() string {
	fresh := "0"
	if r.Fresh {
		fresh = "1"
	}
	return strings.Join([]string{
		recordVersion,
		fresh,
		strconv.FormatInt(r.LoginAt, 10),
		strconv.FormatInt(r.AuthAt-r.LoginAt, 10),
		strconv.FormatInt(r.BegunAt-r.LoginAt, 10),
		strconv.FormatInt(r.Generation, 10),
		r.Client,
		r.LoginID,
		r.Binding,
		escape(r.Methods),
		escape(r.Confirmed),
		base64.RawURLEncoding.EncodeToString([]byte(r.Acting)),
		url.QueryEscape(r.UserID),
	}, ".")
}

// escape writes text of a few words so that it holds no dot.
func escape(s string) string {
	if s == "" {
		return ""
	}
	return strings.ReplaceAll(url.QueryEscape(s), ".", "%2E")
}

// Decode reads text into r and reports whether it is a record; otherwise r is
// undefined. r shares memory with text.
func (r *Record) Decode(text string) bool {
	var fields [12]string // in front of the user ID
	if !split(&text, fields[:]) || fields[0] != recordVersion {
		return false
	}
	var n [4]int64
	if !numbers(n[:], fields[2:6]) {
		return false
	}
	var ok [4]bool
	r.UserID, ok[0] = unescape(text)
	r.Methods, ok[1] = unescape(fields[9])
	r.Confirmed, ok[2] = unescape(fields[10])
	r.Acting, ok[3] = fromBase64(fields[11])
	r.Fresh = fields[1] == "1"
	if ok != [4]bool{true, true, true, true} || r.UserID == "" || !r.Fresh && fields[1] != "0" {
		return false
	}
	r.LoginAt, r.AuthAt, r.BegunAt, r.Generation = n[0], n[0]+n[1], n[0]+n[2], n[3]
	r.Client, r.LoginID, r.Binding = fields[6], fields[7], fields[8]
	return true
}

// NewerThan reports whether the session of r counts instead of that of o. A browser
// sends both after a change of the cookie's Domain or Path. The session counts whose
// login was made, confirmed or restored last; of one login, the session of the higher
// generation. A session without a login has the zero Record, which is older than any: a
// logout deletes the cookies that it sees, so a login that is still sent has not been
// logged out.
func (r *Record) NewerThan(o *Record) bool {
	return cmp.Or(
		cmp.Compare(max(r.AuthAt, r.BegunAt), max(o.AuthAt, o.BegunAt)),
		cmp.Compare(r.Generation, o.Generation),
	) > 0
}

// split fills fields with the parts of text before the dots; text keeps the rest. The
// fields are so short that one pass is quicker than a search for each dot.
func split(text *string, fields []string) bool {
	whole, start, filled := *text, 0, 0
	for i := range len(whole) {
		if whole[i] != '.' {
			continue
		}
		fields[filled] = whole[start:i]
		start, filled = i+1, filled+1
		if filled == len(fields) {
			*text = whole[start:]
			return true
		}
	}
	return false
}

func numbers(n []int64, fields []string) bool {
	for i, field := range fields {
		var err error
		if n[i], err = number(field); err != nil {
			return false
		}
	}
	return true
}

// number is strconv.ParseInt, quicker for what a record is made of: some digits,
// which cannot overflow.
func number(s string) (n int64, err error) {
	if s == "" || len(s) > 18 {
		return strconv.ParseInt(s, 10, 64)
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return strconv.ParseInt(s, 10, 64)
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, nil
}

func unescape(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	text, err := url.QueryUnescape(s)
	return text, err == nil
}

func fromBase64(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	return string(text), err == nil
}
