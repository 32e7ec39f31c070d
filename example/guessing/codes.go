package guessing

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/throttle"
)

// Codes limits how many codes of six digits may be wrong, for each user. Counted for each session it would be no
// limit: who has the password begins as many logins as they like. Three codes in a million are good at a time, so at
// 24 guesses a day it takes years to find one, and the owner is told.
//
// Known devices have a limit of their own, or else somebody with the password could keep the owner out.
var Codes = throttle.Limit{Name: "code", Failures: 10, Every: time.Hour}

// deviceCodes is Codes for a known device.
var deviceCodes = throttle.Limit{Name: "code on a device", Failures: 10, Every: time.Hour}

// ErrWrongCode is what a check returns for a code that opens nothing.
var ErrWrongCode = errors.New("wrong code")

// TryCode has check judge a code of the user, or returns a *throttle.WaitError. What check returns comes back.
func (g *Guard) TryCode(c *gin.Context, u *account.User, check func(context.Context) error) error {
	device, err := g.knownDevice(c, u.Email)
	switch {
	case err != nil:
		return err
	case device != "":
		return g.tryCode(c, deviceCodes.Of(u.GetID()+" "+device), check)
	}
	return g.tryCode(c, Codes.Of(u.GetID()), check)
}

// TryLongCode is TryCode for a code that nobody can guess. Only a flood is slowed down, by its network: while
// somebody with the password uses up the limit of the account, such a code still lets the owner in.
func (g *Guard) TryLongCode(c *gin.Context, check func(context.Context) error) error {
	return g.tryCode(c, g.Throttle.Network.Of(throttle.Network(c.ClientIP())), check)
}

func (g *Guard) tryCode(c *gin.Context, subject throttle.Subject, check func(context.Context) error) (err error) {
	done, err := g.Throttle.Attempt(c.Request.Context(), subject)
	if err != nil {
		return err
	}
	failed := false
	defer func() { done(failed) }() // in a panic, too
	err = check(c.Request.Context())
	failed = errors.Is(err, ErrWrongCode)
	return err
}
