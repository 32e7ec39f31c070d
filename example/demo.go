package main

import (
	"context"
	"errors"
)

// The demo account, for a first look. Everybody may know its password: anybody can register, so it
// opens nothing that is not open anyway.
const (
	demoEmail    = "demo@example.com"
	demoPassword = "look-around-a-little"
)

// demoAccount makes sure that there is the demo account, and says how to log in to it.
func (us *Users) demoAccount(ctx context.Context) (string, error) {
	_, err := us.Create(ctx, demoEmail, "Demo", demoPassword)
	if errors.Is(err, errEmailTaken) {
		_, err = us.Authenticate(ctx, demoEmail, demoPassword)
	}
	if errors.Is(err, errWrongCredentials) {
		return demoEmail + " (its password has been changed)", nil
	}
	return demoEmail + " " + demoPassword, err
}
