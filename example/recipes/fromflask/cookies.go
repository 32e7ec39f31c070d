package fromflask

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// FlaskCookies reads the cookies of Flask's session and of Flask-Login.
type FlaskCookies struct {
	SecretKey []byte           // the SECRET_KEY of the Flask site
	Now       func() time.Time // time.Now
}

// Read returns the ID that the cookies name, "" if none, and whether the user asked to be remembered; and
// whether there are any cookies.
func (f FlaskCookies) Read(req *http.Request) (id string, remembered, found bool) {
	if cookie, err := req.Cookie("remember_token"); err == nil {
		id, found = f.remembered(cookie.Value), true
		remembered = id != ""
	}
	if cookie, err := req.Cookie("session"); err == nil {
		found = true
		if inSession := f.session(cookie.Value); inSession != "" {
			remembered = remembered && inSession == id
			id = inSession
		}
	}
	return id, remembered, found
}

// remembered reads a cookie of Flask-Login, the ID with its HMAC.
func (f FlaskCookies) remembered(value string) string {
	bar := strings.LastIndexByte(value, '|')
	if bar < 0 {
		return ""
	}
	id, mac := value[:bar], hmac.New(sha512.New, f.SecretKey)
	mac.Write([]byte(id))
	if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(value[bar+1:])) {
		return ""
	}
	return id
}

// sessionLife is Flask's PERMANENT_SESSION_LIFETIME, which it asks of all sessions.
const sessionLife = 31 * 24 * time.Hour

// session reads a cookie of Flask's session: the data, the time, and the signature of both.
func (f FlaskCookies) session(value string) string {
	signed, signature, ok := cutLast(value, ".")
	if !ok || !hmac.Equal([]byte(f.sign(signed)), []byte(signature)) {
		return ""
	}
	payload, stamp, _ := cutLast(signed, ".")
	if f.Now().Sub(issued(stamp)) > sessionLife {
		return ""
	}
	var data struct {
		UserID string `json:"_user_id"`
	}
	text, err := inflate(payload)
	if err != nil || json.Unmarshal(text, &data) != nil {
		return ""
	}
	return data.UserID
}

func (f FlaskCookies) sign(signed string) string {
	derived := hmac.New(sha1.New, f.SecretKey)
	derived.Write([]byte("cookie-session"))
	mac := hmac.New(sha1.New, derived.Sum(nil))
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// issued reads the time: seconds since 1970, the most significant byte first.
func issued(stamp string) time.Time {
	raw, _ := base64.RawURLEncoding.DecodeString(stamp)
	var seconds int64
	for _, b := range raw {
		seconds = seconds<<8 | int64(b)
	}
	return time.Unix(seconds, 0)
}

// inflate reads the data, which is compressed if a dot stands before it.
func inflate(payload string) ([]byte, error) {
	packed, compressed := strings.CutPrefix(payload, ".")
	raw, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil || !compressed {
		return raw, err
	}
	unpacked, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
