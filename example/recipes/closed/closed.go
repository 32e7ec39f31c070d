// Package closed is a site on which a route without a guard is closed.
package closed

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

func findByID(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"

	lm.LoginRequired = true // closed are all routes but LoginView, and unknown paths too

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "log in") })
	r.POST("/login", func(c *gin.Context) { c.String(http.StatusUnauthorized, "wrong password") })

	open := r.Group("/", ginlogin.LoginNotRequired())
	open.GET("/about", func(c *gin.Context) { c.String(http.StatusOK, "about us") })
	open.Static("/static", "static") // the files in the folder static, but no list of them

	r.GET("/orders", func(c *gin.Context) { c.String(http.StatusOK, "orders") })
	return r
}
