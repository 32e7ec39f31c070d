// Package demo makes the accounts for a first look: a member, and the first administrator.
package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/loginsql"
)

// The demo account, for a first look. Its password may be public: every visitor can register, so it opens
// nothing that is not open anyway.
const (
	Email    = "demo@example.com"
	Password = "look-around-a-little"
)

// Accounts makes the accounts.
type Accounts struct {
	Users  *account.Users
	Logins *loginsql.Store
	Audit  *slog.Logger

	stamp atomic.Pointer[string] // the demo account's, as long as its password was Password
}

// Shown reports whether the login page shows how to log in to the demo account: while it is there, may be used,
// and has the password that we know.
func (a *Accounts) Shown(ctx context.Context) bool {
	stamp := a.stamp.Load()
	if stamp == nil {
		return false
	}
	user, err := a.Users.FindByEmail(ctx, Email)
	return err == nil && user.IsActive() && user.SessionHash() == *stamp
}

// Make makes both, and prints how to log in.
func (a *Accounts) Make(ctx context.Context, adminPassword string, out io.Writer) error {
	member, err := a.Member(ctx)
	if err != nil {
		return err
	}
	admin, err := a.Admin(ctx, adminPassword)
	if err != nil {
		return err
	}
	// Nobody reads mails to example.com: no link can show that these addresses are whose accounts they are.
	_, err = a.Users.DB.ExecContext(ctx, `UPDATE users SET email_verified = TRUE WHERE email IN ($1, $2)`, Email, AdminEmail)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "demo account: %s\nadmin account: %s\n", member, admin)
	return err
}

// Member makes sure that there is the demo account, and says how to log in to it.
func (a *Accounts) Member(ctx context.Context) (string, error) {
	user, err := a.Users.Create(ctx, Email, "Demo", Password)
	if errors.Is(err, account.ErrEmailTaken) {
		user, err = a.Users.Authenticate(ctx, Email, Password)
	}
	if errors.Is(err, account.ErrWrongCredentials) {
		return Email + " (its password has been changed)", nil
	}
	if err != nil {
		return "", err
	}
	stamp := user.SessionHash()
	a.stamp.Store(&stamp)
	return Email + " " + Password, nil
}

// AdminEmail is the address of the first administrator.
const AdminEmail = "admin@example.com"

// Admin makes sure that there is a first administrator, and says how to log in. That password must not be
// guessed. It is random, and only the start that makes the account prints it, or the operator has chosen it in
// ADMIN_PASSWORD. It is not derived from the secret key: an operator who replaces a key expects that the old
// one is worth nothing from then on.
func (a *Accounts) Admin(ctx context.Context, chosen string) (string, error) {
	plain := cmp.Or(chosen, rand.Text())
	_, err := a.Users.CreateWithRole(ctx, AdminEmail, "Admin", plain, account.RoleAdmin)
	switch taken := errors.Is(err, account.ErrEmailTaken); {
	case taken && chosen == "":
		return AdminEmail + " (its password was printed or chosen when the account was made; ADMIN_PASSWORD sets another one)", nil
	case taken:
		err = a.setAdminPassword(ctx, chosen)
	case chosen == "":
		return AdminEmail + " " + plain + " (this is not printed again)", err
	}
	return AdminEmail + " (its password is in ADMIN_PASSWORD)", err
}

// setAdminPassword gives the first administrator the chosen password, unless it is the current one. It is the
// operator's way back in, so it ends all logins of the account by a new security stamp. As long as the variable
// is set, each start resets a password that the administrator has changed.
func (a *Accounts) setAdminPassword(ctx context.Context, chosen string) error {
	admin, err := a.Users.FindByEmail(ctx, AdminEmail)
	if err != nil {
		return err
	}
	if !admin.IsAdmin() {
		return fmt.Errorf("ADMIN_PASSWORD: %s is no administrator, so its password is not ours to set", AdminEmail)
	}
	if _, err := a.Users.Authenticate(ctx, AdminEmail, chosen); !errors.Is(err, account.ErrWrongCredentials) {
		return err
	}
	err = a.Users.SetPassword(ctx, admin, chosen)
	if errors.Is(err, account.ErrWrongCredentials) { // another instance that starts just now was faster
		_, err = a.Users.Authenticate(ctx, AdminEmail, chosen)
		return err
	}
	if err != nil {
		return err
	}
	a.Audit.LogAttrs(ctx, slog.LevelWarn, "password_changed",
		slog.String("reason", "by ADMIN_PASSWORD"), slog.String("user", admin.GetID()))
	return a.Logins.DeleteLogins(ctx, admin.GetID(), "")
}
