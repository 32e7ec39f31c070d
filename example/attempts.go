package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// Passwords are tried under the limits of package throttle. It explains why known devices have limits of
// their own.

// registrations limits how often one network may register. A registration tells whether there is an
// account with an address, and costs a hash if there is none, so each one counts, whether it succeeds or
// not. A class registers at once, but not every day. At one a minute it takes two years to ask for a
// million addresses.
var registrations = throttle.Limit{Name: "registration", Failures: 20, Every: time.Minute}

// authenticate is Users.Authenticate for a visitor who wants to log in. Further errors are
// *throttle.WaitError.
func (s *site) authenticate(c *gin.Context, email, plain string) (*User, error) {
	email = normalizeEmail(email)
	if checkEmail(email) != "" {
		return nil, s.wrong(c)
	}
	device, err := s.knownDevice(c, email)
	if err != nil {
		return nil, err
	}
	if device != "" {
		return s.try(c, email, plain, s.guesses.Device.Of(device), s.guesses.Devices.Of(email))
	}
	return s.try(c, email, plain, s.guesses.Network.Of(throttle.Network(c.ClientIP())), s.guesses.Account.Of(email))
}

// confirmPassword is Users.Authenticate for a user who is logged in. Further errors are *throttle.WaitError.
//
// Failures are counted against the user, and not against the login: logging in again makes a new login,
// and each would allow ten guesses more. A thief with a copied session can use up this limit, but it does
// not lock the owner out: logging in counts elsewhere, gives a fresh login, and a fresh login may end the
// thief's on the page of devices.
func (s *site) confirmPassword(c *gin.Context, user *User, plain string) (*User, error) {
	return s.try(c, user.Email, plain, s.guesses.User.Of(user.GetID()))
}

func (s *site) try(c *gin.Context, email, plain string, subjects ...throttle.Subject) (*User, error) {
	if len(plain) > password.MaxLength {
		return nil, s.wrong(c)
	}
	done, err := s.guesses.Attempt(c.Request.Context(), subjects...)
	if err != nil {
		s.metrics.countPassword(err)
		s.auditEvent(c, slog.LevelWarn, "password_refused", err.Error())
		return nil, err
	}
	failed := false
	defer func() { done(failed) }() // in a panic, too
	user, err := s.users.Authenticate(c.Request.Context(), email, plain)
	if failed = errors.Is(err, errWrongCredentials); failed {
		return nil, s.wrong(c)
	}
	return user, err
}

// wrong notes that credentials are nobody's, and returns errWrongCredentials. Those that cannot be
// anybody's come straight here: no hash is computed for them, so they are no guesses, and if they were
// counted, a flood of them would fill the throttle at no cost.
func (s *site) wrong(c *gin.Context) error {
	s.metrics.countPassword(errWrongCredentials)
	s.auditEvent(c, slog.LevelInfo, "password_refused", errWrongCredentials.Error())
	return errWrongCredentials
}

// countRegistration counts another registration, or returns a *throttle.WaitError.
func (s *site) countRegistration(c *gin.Context) error {
	done, err := s.guesses.Attempt(c.Request.Context(), registrations.Of(throttle.Network(c.ClientIP())))
	if err != nil {
		s.auditEvent(c, slog.LevelWarn, "registration_refused", err.Error())
		return err
	}
	done(true)
	return nil
}

// auditEvent writes to the audit log what ginlogin cannot know of. It leaves out what was typed, the
// e-mail address as well: people type passwords there.
func (s *site) auditEvent(c *gin.Context, level slog.Level, event, reason string) {
	attrs := []slog.Attr{slog.String("address", c.ClientIP()), slog.String("reason", reason)}
	if id, ok := ginlogin.UserID(c); ok {
		attrs = append(attrs, slog.String("user", id), slog.String("login", ginlogin.LoginID(c)))
	}
	s.audit.LogAttrs(context.WithoutCancel(c.Request.Context()), level, event, attrs...)
}
