// Package views renders pages that know the user, with html/template.
package views

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
}

func (a *Account) GetID() string { return a.ID }

var pages = template.New("pages")

const homePage = `<title>{{ .title }}</title>
{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ if not .LoginFresh }} <a href="/reauthenticate">Confirm</a>{{ end }}
{{ else }}<a href="/login">Log in</a>{{ end }}`

func init() { template.Must(pages.New("home").Parse(homePage)) }

// Site is an app with such a page.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", func(c *gin.Context) {
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, gin.H{"title": "Home"}))
	})
	r.GET("/news", func(c *gin.Context) {
		if _, err := ginlogin.LoadUser(c); err != nil { // a template can only show the anonymous user
			c.String(http.StatusServiceUnavailable, "back in a minute")
			return
		}
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, gin.H{"title": "News"}))
	})
	return r
}
