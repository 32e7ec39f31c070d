package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/password"
)

// Who may try how many passwords. OWASP's ASVS (6.3.1) wants guessing to be slowed down without
// anybody being able to lock others out, and these two pull in opposite directions: what is counted
// per account can be used up by somebody who is not its owner. With a dozen wrong passwords an hour, an
// attacker who will never guess the right one could keep the owner out for good.
//
// So the count of an account is that of strangers only. A browser that somebody has logged in to the
// account with before is known to us by a cookie (see device.go) and has a count of its own, as has
// every login that exists. An attack on the account does not touch these: the owner gets in on the
// laptop and the phone, and stays in there. Only who comes with a new device, in the middle of an
// attack, has to be quicker than the attacker when an attempt is free again, or wait until the attack
// is over. That is the price of slowing down somebody who may have a million addresses. It is kept
// low: an attempt is free again after five minutes, and none that is refused puts that off. A site
// that sends mail can do better still, with a link that makes the new device a known one.
//
// A success gives nothing back. Otherwise whoever has an account could guess at those of others, and
// log in to the own one every few guesses.
var (
	// The count of an account is of the address that was typed, whether there is such an account or
	// not: who is told to wait learns nothing. 10 and 12 more an hour are enough to find out which of
	// one's passwords it was. ASVS 4.0 allows 100 an hour.
	byAccount = &suspectKind{what: "account", burst: 10, every: 5 * time.Minute}
	// Behind one address there may be an office or a village, so it may fail more often. It stops who
	// tries one password with every account.
	byAddress = &suspectKind{what: "address", burst: 50, every: time.Minute}
	// Somebody else may sit at a known device.
	byDevice = &suspectKind{what: "device", burst: 10, every: 5 * time.Minute}
	// Somebody who knows the password can make as many known devices as they like. So there is a count of
	// all those of an account, too, that nobody meets who has forgotten a password. It is of the account
	// and not of an address: people who share one can use up nothing of each other's, and it makes no
	// difference how many addresses a hoard of devices is spread over.
	byDevices = &suspectKind{what: "devices", burst: 50, every: time.Minute}
	// Or have taken over a login, and want the password to change it.
	byLogin = &suspectKind{what: "login", burst: 10, every: 5 * time.Minute}
	// A registration tells whether there is an account with an address, and costs a hash if there is none.
	// It is of a network, and every one counts. A class registers at once, but not every day; at one a
	// minute it takes two years to ask for a million addresses.
	byRegistration = &suspectKind{what: "registration", burst: 20, every: time.Minute}
)

// authenticate is Users.Authenticate for a visitor who wants to log in. Further errors are
// *tooManyError.
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
		// The device first: while it has to wait, it uses up nothing of the owner's others.
		return s.try(c, email, plain, suspect{byDevice, device}, suspect{byDevices, email})
	}
	// The address first: while it has to wait, it uses up nothing of any account.
	return s.try(c, email, plain, suspect{byAddress, network(c)}, suspect{byAccount, email})
}

// confirmPassword is Users.Authenticate for a user who is logged in. Further errors are *tooManyError.
func (s *site) confirmPassword(c *gin.Context, user *User, plain string) (*User, error) {
	return s.try(c, user.Email, plain, suspect{byLogin, ginlogin.LoginID(c)})
}

func (s *site) try(c *gin.Context, email, plain string, suspects ...suspect) (*User, error) {
	if len(plain) > password.MaxLength {
		return nil, s.wrong(c)
	}
	done, err := s.guesses.attempt(suspects...)
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

// countRegistration counts another registration, or returns a *tooManyError.
func (s *site) countRegistration(c *gin.Context) error {
	done, err := s.guesses.attempt(suspect{byRegistration, network(c)})
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

// network returns whom an address belongs to: of IPv6, everybody has at least a /64.
func network(c *gin.Context) string {
	address, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return ""
	}
	bits := 32
	if address = address.Unmap(); address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}
