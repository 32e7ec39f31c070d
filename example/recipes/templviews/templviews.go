// Package templviews renders pages with templ.
package templviews

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.1118 generate

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// render shows a page to the current user; Context carries the user to the templates.
func render(c *gin.Context, status int, page templ.Component) {
	if _, err := ginlogin.LoadUser(c); err != nil { // otherwise an outage would look like a logout
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(status)
	if err := page.Render(ginlogin.Context(c), c.Writer); err != nil {
		_ = c.Error(err)
	}
}

// Site is an app with such pages.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", func(c *gin.Context) { render(c, http.StatusOK, home("Analytical engines")) })
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		render(c, http.StatusOK, profile(account))
	})
	return r
}
