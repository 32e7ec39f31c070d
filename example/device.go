package main

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/throttle"
)

// deviceCookie makes a browser a known device: see package throttle. It outlives the logout.
const deviceCookie = "known_device"

func (s *site) devices() *throttle.Devices {
	devices := throttle.NewDevices(s.keys...)
	devices.Now = s.guesses.Now
	return devices
}

// rememberDevice makes the browser a known device of the account. The security stamp is the version, so
// a new password makes strangers of all other browsers.
func (s *site) rememberDevice(c *gin.Context, u *User) {
	devices := s.devices()
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     deviceCookie,
		Value:    devices.New(u.GetID(), u.securityStamp),
		Path:     "/", // of both login forms
		MaxAge:   int(devices.Lifetime / time.Second),
		Secure:   s.secureCookies,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// knownDevice returns the ID of the browser, or "" if it is a stranger to the account. An error is an
// outage. The database is asked only if there is a cookie.
func (s *site) knownDevice(c *gin.Context, email string) (string, error) {
	value, err := c.Cookie(deviceCookie)
	if err != nil {
		return "", nil
	}
	user, err := s.users.findBy(c.Request.Context(), "email", email)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	}
	id, _ := s.devices().ID(value, user.GetID(), user.securityStamp)
	return id, nil
}
