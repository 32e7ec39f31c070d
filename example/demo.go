package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
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

// firstAdmin is the address of the first administrator.
const firstAdmin = "admin@example.com"

// demoAdmin makes sure that there is a first administrator, and says how to log in. Nobody may guess
// that password. It is random, and only the start that makes the account can tell it; or it is the one
// that the operator has chosen, in ADMIN_PASSWORD. It does not come of the secret key: keys are
// replaced, by somebody who believes that the old one is worth nothing from then on.
func (s *site) demoAdmin(ctx context.Context, chosen string) (string, error) {
	plain := or(chosen, rand.Text())
	_, err := s.users.create(ctx, firstAdmin, "Admin", plain, roleAdmin)
	switch taken := errors.Is(err, errEmailTaken); {
	case taken && chosen == "":
		return firstAdmin + " (its password was printed or chosen when the account was made; ADMIN_PASSWORD sets another one)", nil
	case taken:
		err = s.setAdminPassword(ctx, chosen)
	case chosen == "":
		return firstAdmin + " " + plain + " (this is not printed again)", err
	}
	return firstAdmin + " (its password is in ADMIN_PASSWORD)", err
}

// setAdminPassword gives the first administrator the password that is chosen, unless it is that
// already. It is the operator's way back in, so whoever is in is out: the security stamp is a new one.
// As long as the variable is set, each start undoes what the administrator has changed since.
func (s *site) setAdminPassword(ctx context.Context, chosen string) error {
	admin, err := s.users.findBy(ctx, "email", firstAdmin)
	if err != nil {
		return err
	}
	if !admin.IsAdmin() {
		return fmt.Errorf("ADMIN_PASSWORD: %s is no administrator, so its password is not ours to set", firstAdmin)
	}
	if _, err := s.users.Authenticate(ctx, firstAdmin, chosen); !errors.Is(err, errWrongCredentials) {
		return err
	}
	err = s.users.SetPassword(ctx, admin, chosen)
	if errors.Is(err, errWrongCredentials) { // another instance that starts just now was faster
		_, err = s.users.Authenticate(ctx, firstAdmin, chosen)
		return err
	}
	if err != nil {
		return err
	}
	s.audit.LogAttrs(ctx, slog.LevelWarn, "password_changed",
		slog.String("reason", "by ADMIN_PASSWORD"), slog.String("user", admin.GetID()))
	return s.logins.DeleteLogins(ctx, admin.GetID(), "")
}
