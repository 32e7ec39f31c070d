// Package refusals has its own pages for visitors that a guard refuses.
package refusals

import (
	"context"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string

	Admin bool
}

// IsAdmin is the test of a guard.
func (a *Account) IsAdmin() bool { return a.Admin }

func (a *Account) GetID() string { return a.ID }

var pages = template.New("pages")

func init() {
	template.Must(pages.New("error").Parse(`{{ .title }}`))
	template.Must(pages.New("members").Parse(`Members only. <a href="{{ .login }}">Log in</a>`))
}

var titles = map[int]string{
	http.StatusForbidden:          "This page is not for your account.",
	http.StatusServiceUnavailable: "Back in a minute. You have not been logged out.",
}

// errorPages renders a page for the refusals that have no body. Those to scripts have one, in JSON.
func errorPages(c *gin.Context) {
	c.Next()
	if title := titles[c.Writer.Status()]; title != "" && !c.Writer.Written() {
		c.HTML(c.Writer.Status(), "error", gin.H{"title": title})
	}
}

// Site is an app with them.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	store := cookiestore.NewStore(key)
	lm := ginlogin.New(find)
	lm.UnauthorizedHandler = func(c *gin.Context) {
		c.HTML(http.StatusUnauthorized, "members", gin.H{
			"login": ginlogin.LoginURL(c, "/login", c.Request.URL.RequestURI()),
		})
	}
	lm.ErrorHandler = func(c *gin.Context, err error) {
		c.Header("Retry-After", "60")
		c.Status(http.StatusServiceUnavailable) // errorPages has the page
	}

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(errorPages, cookiestore.Sessions("session", store), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "welcome") })
	r.GET("/admin", ginlogin.UserPasses((*Account).IsAdmin), func(c *gin.Context) { c.String(http.StatusOK, "accounts") })
	return r
}
