// Package account has the pages of a user's account: settings that ask for the password once more, a
// new password, and the devices that the user is logged in on.
package account

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// SessionHash ends all other logins when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// Accounts is a table of them.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	SetPasswordHash(ctx context.Context, id, hash string) error
}

var pages = template.New("pages")

const devicesPage = `{{ range .logins }}<form method="post" action="/devices/end">
	{{ .UserAgent }} at {{ .Address }}, last seen {{ .LastSeen.Format "2 Jan 2006, 15:04" }}
	<input type="hidden" name="id" value="{{ .ID }}">
	<button>{{ if eq .ID $.current }}Log out here{{ else }}Log out there{{ end }}</button>
</form>{{ end }}`

func init() { template.Must(pages.New("devices").Parse(devicesPage)) }

const passwordPage = `<form method="post">
	<label>New password <input type="password" name="new_password" autocomplete="new-password"></label>
	<button>Change the password</button>
</form>`

const refreshPage = `<form method="post">
	<label>Your password, again <input type="password" name="password" autocomplete="current-password"></label>
	<button>Go on</button>
</form>`

// Site is an app with these pages. Its clock is time.Now, but in tests.
func Site(accounts Accounts, now func() time.Time, key []byte) *gin.Engine {
	lm := ginlogin.New(accounts.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Now = now

	lm.RefreshView = "/reauthenticate"
	lm.FreshFor = time.Hour // after the password was given; for routes without a limit of their own

	lm.Logins = loginmem.New() // to try it; loginsql.New(db, loginsql.SQLite) keeps them

	lm.SessionProtection = ginlogin.ProtectBasic // the default

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	r.GET("/settings", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "settings") })
	r.GET("/reauthenticate", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.Data(http.StatusOK, "text/html", []byte(refreshPage))
	})
	r.POST("/reauthenticate", ginlogin.LoginRequired(), reauthenticate)

	setHash := accounts.SetPasswordHash
	// The POST is allowed for longer than its page, so that a form opened in time can still be sent.
	r.GET("/password", ginlogin.FreshLoginRequired(ginlogin.FreshFor(15*time.Minute)), func(c *gin.Context) {
		c.Data(http.StatusOK, "text/html", []byte(passwordPage))
	})
	r.POST("/password", ginlogin.FreshLoginRequired(ginlogin.FreshFor(45*time.Minute)), changePassword(setHash))

	r.GET("/devices", ginlogin.LoginRequired(), showDevices)
	r.POST("/devices/end", ginlogin.LoginRequired(), endDevice)
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "profile") })
	return r
}

// reauthenticate makes the login fresh again.
func reauthenticate(c *gin.Context) {
	account, _ := ginlogin.UserAs[*Account](c)
	_, err := password.Verify(c.Request.Context(), account.PasswordHash, c.PostForm("password"))
	if errors.Is(err, password.ErrMismatch) {
		c.String(http.StatusUnauthorized, "wrong password")
		return
	}
	if err == nil {
		err = ginlogin.ConfirmLogin(c, account)
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
}

// changePassword ends all logins of the user but this one, which has to be fresh.
func changePassword(setHash func(ctx context.Context, id, hash string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		chosen := c.PostForm("new_password")
		if len(chosen) < 8 || password.Common(chosen) {
			c.String(http.StatusUnprocessableEntity, "Please choose a longer or rarer password.")
			return
		}
		hash, err := password.Hash(c.Request.Context(), chosen)
		if err == nil {
			err = setHash(c.Request.Context(), account.GetID(), hash)
		}
		if err == nil {
			account.PasswordHash = hash // what SessionHash returns from now on
			err = ginlogin.LogoutOthers(c, account)
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/profile")
	}
}

func showDevices(c *gin.Context) {
	logins, err := ginlogin.Logins(c)
	if err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.HTML(http.StatusOK, "devices", ginlogin.TemplateData(c, gin.H{
		"logins": logins, "current": ginlogin.LoginID(c),
	}))
}

// endDevice ends one login of the user. With the ID of this one it is a logout; another one takes the
// password, which a thief with a copied session does not know.
func endDevice(c *gin.Context) {
	switch err := ginlogin.EndLogin(c, c.PostForm("id")); {
	case errors.Is(err, ginlogin.ErrNotFresh):
		ginlogin.NeedsRefresh(c, ginlogin.RefreshView("/reauthenticate?next=/devices"))
	case err != nil && !errors.Is(err, ginlogin.ErrLoginNotFound): // that one has ended already
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	default:
		c.Redirect(http.StatusSeeOther, "/devices")
	}
}
