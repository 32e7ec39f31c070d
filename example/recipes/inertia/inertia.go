// Package inertia sends visitors of an Inertia app to the login page.
package inertia

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

// loginRequired is the guard with an answer for Inertia: a 409 with a location, which its client opens as a whole
// page. A guard would answer it as a script, and the client shows such an answer in a dialog.
func loginRequired(loginView string) gin.HandlerFunc {
	guard := ginlogin.LoginRequired()
	return func(c *gin.Context) {
		user, err := ginlogin.LoadUser(c)
		if err != nil || c.GetHeader("X-Inertia") == "" || user.IsAuthenticated() && user.IsActive() {
			guard(c) // an outage, too
			return
		}
		next := "" // a form cannot be sent again
		if c.Request.Method == http.MethodGet {
			next = c.Request.URL.RequestURI()
		}
		c.Header("X-Inertia-Location", ginlogin.LoginURL(c, loginView, next))
		c.Header("Cache-Control", "private, no-store")
		c.AbortWithStatus(http.StatusConflict)
	}
}

// Site is an app with it. Its login page is a plain page, with a form that posts without Inertia.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	members := r.Group("/", loginRequired(lm.LoginView))
	members.GET("/orders", func(c *gin.Context) {
		c.Header("X-Inertia", "true")
		c.JSON(http.StatusOK, gin.H{"component": "Orders", "props": gin.H{}, "url": "/orders", "version": ""})
	})
	members.POST("/orders", func(c *gin.Context) { c.Redirect(http.StatusSeeOther, "/orders") })
	return r
}
