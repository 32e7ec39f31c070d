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
	ID, Name, Email, PasswordHash string
	// Stamp is random text, replaced with each new password and not with a renewed hash.
	Stamp string
}

func (a *Account) GetID() string { return a.ID }

// SessionHash is not the PasswordHash here: a renewed hash would log the user out on all devices.
func (a *Account) SessionHash() string { return a.Stamp }

// Accounts is a table of them.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	// FindByEmail returns nil, nil if there is no such account.
	FindByEmail(ctx context.Context, email string) (*Account, error)
	// SwapHash replaces old by hash and returns true, unless the account has another hash meanwhile.
	SwapHash(ctx context.Context, id, old, hash string) (bool, error)
}

// swapHash is that of the site's accounts.
var swapHash func(ctx context.Context, id, old, hash string) (bool, error)

// verifyAndRenew checks a password, and renews its hash if password.Verify asks for it.
func verifyAndRenew(ctx context.Context, account *Account, typed string) error {
	renew, err := password.Verify(ctx, account.PasswordHash, typed)
	if err != nil || !renew {
		return err
	}
	hash, err := password.Hash(ctx, typed)
	if err == nil {
		_, err = swapHash(ctx, account.GetID(), account.PasswordHash, hash)
	}
	if err != nil {
		slog.WarnContext(ctx, "renewing a password hash", "error", err) // no reason to refuse the login
	}
	return nil
}

// Site is an app with it.
func Site(accounts Accounts, key []byte) *gin.Engine {
	swapHash = accounts.SwapHash
	authenticate := func(ctx context.Context, email, typed string) (*Account, error) {
		found, err := accounts.FindByEmail(ctx, email)
		if err != nil { // an outage
			return nil, err
		}
		if found == nil {
			found = &Account{} // takes as long as a wrong password
		}
		return found, verifyAndRenew(ctx, found, typed)
	}

	lm := ginlogin.New(accounts.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account)
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			c.String(http.StatusUnauthorized, "wrong e-mail address or password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
		}
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	return r
}
