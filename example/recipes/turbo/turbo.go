// Package turbo is a site whose pages Hotwire's Turbo fetches. Guards know its requests; the login page and the
// statuses of forms are the app's.
package turbo

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

var pages = template.New("profile")

// loginPage makes Turbo load it as a whole, also if a frame has asked for something else.
const loginPage = `<head><meta name="turbo-visit-control" content="reload"></head>
{{ range .flashes }}<p role="status">{{ .Message }}</p>{{ end }}
<form method="post"><label>Email <input name="email"></label>
<label>Password <input type="password" name="password"></label> <button>Log in</button></form>`

var _ = template.Must(pages.New("login").Parse(loginPage))

// showLogin leaves the messages for the second request: Turbo drops the answer to the first.
func showLogin(c *gin.Context) {
	var flashes []ginlogin.Flash
	if c.GetHeader("X-Turbo-Request-Id") == "" {
		var err error
		if flashes, err = ginlogin.Flashes(c); err != nil {
			_ = c.Error(err) // the messages stay for the next page
		}
	}
	c.HTML(http.StatusOK, "login", ginlogin.TemplateData(c, gin.H{"flashes": flashes}))
}

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(func(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil })
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "the diary") })
	r.GET("/login", showLogin)
	r.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, &Account{ID: "ada"}); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/")) // Turbo wants a 303
	})
	return r
}
