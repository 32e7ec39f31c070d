package main

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// A known device is a browser that somebody has logged in to an account with. It keeps a cookie that
// says so, beyond the logout and for no other account. The cookie logs nobody in and says nothing of
// whose it is: it is only spared the throttle of strangers. OWASP calls it a device cookie.

const deviceCookie = "known_device"

// rememberDevice makes the browser a known device of the account.
func (s *site) rememberDevice(c *gin.Context, email string) {
	const year = 365 * 24 * time.Hour
	id := rand.Text()
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     deviceCookie,
		Value:    id + "." + s.deviceSignature(s.keys[0], id, email),
		Path:     "/", // of both login forms
		MaxAge:   int(year / time.Second),
		Secure:   s.secureCookies,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// knownDevice returns the ID of the browser, or "" if it is a stranger to the account.
func (s *site) knownDevice(c *gin.Context, email string) string {
	value, err := c.Cookie(deviceCookie)
	if err != nil {
		return ""
	}
	id, signature, _ := strings.Cut(value, ".")
	for _, key := range s.keys {
		if hmac.Equal([]byte(signature), []byte(s.deviceSignature(key, id, email))) {
			return id
		}
	}
	return ""
}

// deviceSignature signs with a key that is derived from the site's for this purpose alone.
func (s *site) deviceSignature(key []byte, id, email string) string {
	derived, err := hkdf.Key(sha256.New, key, nil, "ginlogin example: known device", sha256.Size)
	if err != nil {
		panic(err) // only for a key longer than any
	}
	mac := hmac.New(sha256.New, derived)
	mac.Write([]byte(id + " " + normalizeEmail(email)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
