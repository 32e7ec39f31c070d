// Package devicelimit lets each account be used on three devices at a time.
package devicelimit

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// Site is an app with that limit, and its logins in a store such as loginsql's.
func Site(find func(context.Context, string) (*Account, error), logins ginlogin.LoginStore, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"
	lm.Logins = logins
	lm.MaxLogins = 3 // a fourth login ends the one that was seen longest ago

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "the film") })
	return r
}
