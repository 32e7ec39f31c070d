// Package guests has a type for visitors who are not logged in, so that templates may call the same methods on
// everybody.
package guests

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

func (a *Account) DisplayName() string        { return a.Name }
func (a *Account) MayEdit(author string) bool { return author == a.ID }

// Guest is a visitor without a login. The embedded AnonymousUser keeps guests out of guarded pages.
type Guest struct {
	ginlogin.AnonymousUser
	Language string
}

func (g Guest) DisplayName() string {
	if g.Language == "de" {
		return "Gast"
	}
	return "guest"
}

func (g Guest) MayEdit(string) bool { return false }

// Viewer has what the templates need of users and guests.
type Viewer interface {
	ginlogin.User
	DisplayName() string
	MayEdit(author string) bool
}

var ( // a type that lacks a method does not compile
	_ Viewer = (*Account)(nil)
	_ Viewer = Guest{}
)

var pages = template.New("pages")

const articlePage = `Hi {{ .CurrentUser.DisplayName }}{{ if .CurrentUser.MayEdit .author }} <a href="/edit">Edit</a>{{ end }}`

func init() { template.Must(pages.New("article").Parse(articlePage)) }

// Site is an app with guests.
func Site(find func(context.Context, string) (*Account, error), key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"
	lm.AnonymousUser = func(c *gin.Context) ginlogin.User { return Guest{Language: c.Query("lang")} }

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/article", func(c *gin.Context) {
		c.HTML(http.StatusOK, "article", ginlogin.TemplateData(c, gin.H{"author": "1"}))
	})
	r.GET("/edit", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "edit") })
	r.GET("/name", func(c *gin.Context) {
		c.String(http.StatusOK, ginlogin.CurrentUser(c).(Viewer).DisplayName())
	})
	return r
}
