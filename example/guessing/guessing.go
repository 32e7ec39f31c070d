// Package guessing slows down guessing of passwords. It checks them under the limits of package throttle, which
// explains why known devices have their own limits.
package guessing

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/operations"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// Guard checks passwords.
type Guard struct {
	Users         *account.Users
	Throttle      *throttle.Throttle
	Keys          [][]byte // sign the cookies of known devices
	SecureCookies bool
	Audit         web.Audit
	Metrics       *operations.Metrics
}

// Registrations limits how often one network may register. A registration reveals whether there is an account
// with an address, and costs a hash if there is none, so each one counts, whether it succeeds or not. A class
// may register at once, but not every day. At one a minute it takes two years to try a million addresses.
var Registrations = throttle.Limit{Name: "registration", Failures: 20, Every: time.Minute}

// Authenticate is Users.Authenticate for a visitor who wants to log in. Further errors are
// *throttle.WaitError.
func (g *Guard) Authenticate(c *gin.Context, email, plain string) (*account.User, error) {
	email = rules.NormalizeEmail(email)
	if rules.Email(email) != "" {
		return nil, g.wrong(c)
	}
	device, err := g.knownDevice(c, email)
	if err != nil {
		return nil, err
	}
	if device != "" {
		return g.try(c, email, plain, g.Throttle.Device.Of(device), g.Throttle.Devices.Of(email))
	}
	return g.try(c, email, plain, g.Throttle.Network.Of(throttle.Network(c.ClientIP())), g.Throttle.Account.Of(email))
}

// Confirm is Users.Authenticate for a user who is logged in. Further errors are *throttle.WaitError.
//
// Failures are counted against the user, and not against the login: logging in again makes a new login, and
// each would allow ten guesses more. A thief with a copied session can use up this limit, but it does not lock
// the owner out: a new login has another limit, is fresh, and can end the thief's login on the page of devices.
func (g *Guard) Confirm(c *gin.Context, user *account.User, plain string) (*account.User, error) {
	return g.try(c, user.Email, plain, g.Throttle.User.Of(user.GetID()))
}

func (g *Guard) try(c *gin.Context, email, plain string, subjects ...throttle.Subject) (*account.User, error) {
	if len(plain) > password.MaxLength {
		return nil, g.wrong(c)
	}
	done, err := g.Throttle.Attempt(c.Request.Context(), subjects...)
	if err != nil {
		g.Metrics.CountPassword(err)
		g.Audit.Event(c, slog.LevelWarn, "password_refused", err.Error())
		return nil, err
	}
	failed := false
	defer func() { done(failed) }() // in a panic, too
	user, err := g.Users.Authenticate(c.Request.Context(), email, plain)
	if failed = errors.Is(err, account.ErrWrongCredentials); failed {
		return nil, g.wrong(c)
	}
	return user, err
}

// wrong records wrong credentials, and returns ErrWrongCredentials. Credentials that no user can have come
// straight here: no hash is computed for them, so they are no guesses, and a flood of them would fill the
// throttle at no cost if they were counted.
func (g *Guard) wrong(c *gin.Context) error {
	g.Metrics.CountPassword(account.ErrWrongCredentials)
	g.Audit.Event(c, slog.LevelInfo, "password_refused", account.ErrWrongCredentials.Error())
	return account.ErrWrongCredentials
}

// CountRegistration counts another registration, or returns a *throttle.WaitError.
func (g *Guard) CountRegistration(c *gin.Context) error {
	done, err := g.Throttle.Attempt(c.Request.Context(), Registrations.Of(throttle.Network(c.ClientIP())))
	if err != nil {
		g.Audit.Event(c, slog.LevelWarn, "registration_refused", err.Error())
		return err
	}
	done(true)
	return nil
}

// CheckCredentials returns the user with the e-mail address and password in the form. It returns false if there
// is none, and has answered then.
func (g *Guard) CheckCredentials(c *gin.Context, form *web.Form) (*account.User, bool) {
	user, err := g.Authenticate(c, c.PostForm("email"), c.PostForm("password"))
	// One message for both: do not reveal which of the two was wrong.
	return user, g.passes(c, form, err, http.StatusUnauthorized, "form", "That e-mail address and password do not match. Please try again.")
}

// CheckPassword returns the user, as the database has it now, if the password is in a field of the form; or
// false if it is not, and has answered then.
func (g *Guard) CheckPassword(c *gin.Context, form *web.Form, user *account.User, field string) (*account.User, bool) {
	user, err := g.Confirm(c, user, c.PostForm(field))
	return user, g.passes(c, form, err, http.StatusUnprocessableEntity, field, "This is not your password. Please try again.")
}

func (g *Guard) passes(c *gin.Context, form *web.Form, err error, status int, field, wrong string) bool {
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.TooMany(c, field, wait)
	case errors.Is(err, account.ErrWrongCredentials):
		form.Refuse(c, status, field, wrong)
	case err != nil:
		form.Fail(c, err)
	}
	return err == nil
}
