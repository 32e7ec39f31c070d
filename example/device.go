package main

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// A known device is a browser that somebody has logged in to an account with. It keeps a cookie that
// says so, beyond the logout and for no other account. The cookie logs nobody in and says nothing of
// whose it is: it is only spared the throttle of strangers. OWASP calls it a device cookie.
//
// It says so for a year, and no longer than the password is the same: who has known the last one, and
// has put cookies aside meanwhile, guesses at the next one as a stranger does. The price is that all of
// the owner's other devices are strangers, too, until they have logged in once with the new password.

const deviceCookie = "known_device"

const deviceLife = 365 * 24 * time.Hour

// rememberDevice makes the browser a known device of the account.
func (s *site) rememberDevice(c *gin.Context, u *User) {
	id, issued := rand.Text(), strconv.FormatInt(s.guesses.now().Unix(), 10)
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     deviceCookie,
		Value:    id + "." + issued + "." + s.deviceSignature(s.keys[0], id, issued, u),
		Path:     "/", // of both login forms
		MaxAge:   int(deviceLife / time.Second),
		Secure:   s.secureCookies,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// knownDevice returns the ID of the browser, or "" if it is a stranger to the account. An error is an
// outage. The database is asked only for who comes with a cookie.
func (s *site) knownDevice(c *gin.Context, email string) (string, error) {
	value, err := c.Cookie(deviceCookie)
	if err != nil {
		return "", nil
	}
	id, rest, _ := strings.Cut(value, ".")
	issued, signature, _ := strings.Cut(rest, ".")
	at, err := strconv.ParseInt(issued, 10, 64)
	if err != nil || s.guesses.now().Sub(time.Unix(at, 0)) > deviceLife {
		return "", nil
	}
	user, err := s.users.findBy(c.Request.Context(), "email", email)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	}
	for _, key := range s.keys {
		if hmac.Equal([]byte(signature), []byte(s.deviceSignature(key, id, issued, user))) {
			return id, nil
		}
	}
	return "", nil
}

// deviceSignature signs with a key that is derived from the site's for this purpose alone. The
// security stamp is in it, and so it is good for one password.
func (s *site) deviceSignature(key []byte, id, issued string, u *User) string {
	derived, err := hkdf.Key(sha256.New, key, nil, "ginlogin example: known device", sha256.Size)
	if err != nil {
		panic(err) // only for a key longer than any
	}
	mac := hmac.New(sha256.New, derived)
	mac.Write([]byte(strings.Join([]string{id, issued, u.GetID(), u.securityStamp}, " ")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
