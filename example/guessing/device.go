package guessing

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/throttle"
)

// DeviceCookie makes a browser a known device: see package throttle. It outlives the logout.
const DeviceCookie = "known_device"

func (g *Guard) devices() *throttle.Devices {
	devices := throttle.NewDevices(g.Keys...)
	devices.Now = g.Throttle.Now
	return devices
}

// RememberDevice makes the browser a known device of the account. The security stamp is the version, so
// a new password makes all other browsers strangers.
func (g *Guard) RememberDevice(c *gin.Context, u *account.User) {
	devices := g.devices()
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     DeviceCookie,
		Value:    devices.New(u.GetID(), u.SessionHash()),
		Path:     "/", // of both login forms
		MaxAge:   int(devices.Lifetime / time.Second),
		Secure:   g.SecureCookies,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// knownDevice returns the ID of the browser, or "" if it is a stranger to the account. An error is an
// outage. The database is asked only if there is a cookie.
func (g *Guard) knownDevice(c *gin.Context, email string) (string, error) {
	value, err := c.Cookie(DeviceCookie)
	if err != nil {
		return "", nil
	}
	user, err := g.Users.FindByEmail(c.Request.Context(), email)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	}
	id, _ := g.devices().ID(value, user.GetID(), user.SessionHash())
	return id, nil
}
