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

// Site is that site. Static has its pictures and styles.
func Site(find func(context.Context, string) (*Account, error), static http.FileSystem, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login" // open by itself
	lm.LoginRequired = true // all else is closed, unknown paths too

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusOK) }) // before Use: no middleware, no sessions
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "log in") })
	r.POST("/login", func(c *gin.Context) { c.String(http.StatusUnauthorized, "wrong password") })

	open := r.Group("/", ginlogin.LoginNotRequired())
	open.GET("/about", func(c *gin.Context) { c.String(http.StatusOK, "about us") })
	open.StaticFS("/static", static)

	r.GET("/orders", func(c *gin.Context) { c.String(http.StatusOK, "orders") })
	return r
}
