// Package loginform is a site with a login form that has a box for "remember me" and shows flash
// messages.
package loginform

import (
	"context"
	"errors"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
	Banned   bool
}

func (a *Account) GetID() string  { return a.ID }
func (a *Account) IsActive() bool { return !a.Banned }

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// Authenticator returns password.ErrMismatch if no account has that e-mail address and password.
type Authenticator func(ctx context.Context, email, typed string) (*Account, error)

const loginPage = `{{ template "messages" . }}
<form method="post">
	{{ with .problem }}<p role="alert">{{ . }}</p>{{ end }}
	<label>E-mail address <input type="email" name="email" value="{{ .email }}" autocomplete="username"></label>
	<label>Password <input type="password" name="password" autocomplete="current-password"></label>
	<label><input type="checkbox" name="remember" value="1"> Remember me on this device</label>
	<button>Log in</button>
</form>`

func init() { template.Must(pages.New("login").Parse(loginPage)) }

const messages = `{{ range .flashes }}<p class="{{ .Category }}" role="status">{{ .Message }}</p>{{ end }}`

func init() { template.Must(pages.New("messages").Parse(messages)) }

const homePage = `{{ template "messages" . }}{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ else }}Hi{{ end }}`

var pages = template.Must(template.New("home").Parse(homePage))

// show renders a page with the messages that wait for it.
func show(c *gin.Context, status int, page string, data gin.H) {
	flashes, err := ginlogin.Flashes(c) // before the page, since it sets the session cookie
	if err != nil {
		_ = c.Error(err) // the messages stay for the next page
	}
	data["flashes"] = flashes
	c.HTML(status, page, ginlogin.TemplateData(c, data))
}

// Site is an app with that form. plainHTTP lets it run without HTTPS, in development.
func Site(find Finder, authenticate Authenticator, key []byte, plainHTTP bool) *gin.Engine {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	store := cookiestore.NewStore(key)
	if plainHTTP { // in development only
		options := ginlogin.SessionOptions()
		options.MaxAge = 0 // the session ends with the browser
		options.Secure = false
		store.Options(options)
		lm.Remember.Secure = false
	} else {
		options := ginlogin.SessionOptions()
		options.MaxAge = 0 // the session ends with the browser
		store.Options(options)
	}

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", store), lm.Middleware())

	r.GET("/", func(c *gin.Context) { show(c, http.StatusOK, "home", gin.H{}) })
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) { show(c, http.StatusOK, "home", gin.H{}) })
	r.GET("/login", func(c *gin.Context) { show(c, http.StatusOK, "login", gin.H{}) })
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			show(c, http.StatusUnauthorized, "login", gin.H{
				"problem": "Wrong e-mail address or password.", "email": c.PostForm("email"),
			})
		case err != nil: // an outage, which is not a wrong password
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
		}
	})
	r.POST("/logout", logout)
	return r
}

func logout(c *gin.Context) {
	if err := ginlogin.Logout(c, ginlogin.ClearSession()); err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	if err := ginlogin.AddFlash(c, "success", "You are logged out."); err != nil {
		_ = c.Error(err) // the logout stands without it
	}
	c.Redirect(http.StatusSeeOther, "/login")
}
