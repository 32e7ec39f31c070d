// Package clients has one guard for browsers, scripts, htmx and programs.
package clients

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
	ID string
}

func (a *Account) GetID() string { return a.ID }

// Site is an app with such a page. It needs no setting for it.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/notes", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "notes") })
	r.GET("/api/notes", ginlogin.LoginRequired(ginlogin.NoRedirect()), func(c *gin.Context) { // JSON for all clients
		c.JSON(http.StatusOK, []string{"a note"})
	})
	return r
}
