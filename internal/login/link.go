package login

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// A Link is the content of a token in a link, for one purpose.
type Link struct {
	UserID    string
	ExpiresAt int64
	Until     string // MAC of the text whose change ends the token
}

// linkVersion names the format; the purpose is in the key.
const linkVersion = "t1"

// Encode returns the link as the text to sign. It is made for URLs.
func (l Link) Encode() string {
	return strings.Join([]string{
		linkVersion, strconv.FormatInt(l.ExpiresAt, 10), l.Until, base64.RawURLEncoding.EncodeToString([]byte(l.UserID)),
	}, ".")
}

// DecodeLink reads text whose signature has been verified.
func DecodeLink(text string) (Link, bool) {
	var fields [3]string // in front of the user ID
	if !split(&text, fields[:]) || fields[0] != linkVersion {
		return Link{}, false
	}
	expires, err := number(fields[1])
	user, ok := fromBase64(text)
	return Link{UserID: user, ExpiresAt: expires, Until: fields[2]}, err == nil && ok && user != ""
}

// Expired reports whether the link has expired.
func (l Link) Expired(now int64) bool { return now >= l.ExpiresAt }
