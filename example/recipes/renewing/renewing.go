// Package renewing logs users in whatever Unicode form their keyboards give a password, and replaces old hashes
// while it does.
package renewing

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, PasswordHash string
	// Stamp is random text, replaced with each new password and not with a renewed hash.
	Stamp string
}

func (a *Account) GetID() string { return a.ID }

// SessionHash is not the PasswordHash here: a renewed hash would log the user out on all devices.
func (a *Account) SessionHash() string { return a.Stamp }

// Accounts is a table of them. FindByName returns ginlogin.ErrUserNotFound if there is no such account.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	FindByName(ctx context.Context, name string) (*Account, error)
	// RenewHash replaces old by hash, unless the password has changed meanwhile.
	RenewHash(ctx context.Context, id, old, hash string) error
}

// authenticate returns the account with that name and password.
func authenticate(ctx context.Context, accounts Accounts, name, typed string) (*Account, error) {
	account, err := accounts.FindByName(ctx, name)
	if err != nil && !errors.Is(err, ginlogin.ErrUserNotFound) { // an outage
		return nil, err
	}
	if err != nil || account == nil {
		account = &Account{} // takes as long as a wrong password
	}
	if err := verify(ctx, accounts, account, typed); err != nil {
		return nil, err
	}
	return account, nil
}

// verify checks a password, and renews its hash if password.Verify asks for it.
func verify(ctx context.Context, accounts Accounts, account *Account, typed string) error {
	renew, err := password.Verify(ctx, account.PasswordHash, typed)
	if err != nil || !renew {
		return err
	}
	hash, err := password.Hash(ctx, typed)
	if err == nil {
		err = accounts.RenewHash(ctx, account.ID, account.PasswordHash, hash)
	}
	if err != nil {
		slog.WarnContext(ctx, "renewing a password hash", "error", err) // no reason to refuse the login
	}
	return nil
}

// Site is an app with it.
func Site(accounts Accounts, key []byte) *gin.Engine {
	lm := ginlogin.New(accounts.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), accounts, c.PostForm("name"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account)
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			c.String(http.StatusUnauthorized, "wrong name or password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
		}
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	return r
}
