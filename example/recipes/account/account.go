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
	"github.com/ginlogin/ginlogin/password"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// SessionHash ends all other logins when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// Accounts is a table of them.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	SetPasswordHash(ctx context.Context, id, hash string) error
}

const devicesPage = `{{ range .logins }}<form method="post" action="/devices/end">
	{{ .UserAgent }} at {{ .Address }}, last seen {{ .LastSeen.Format "2 Jan 2006, 15:04" }}
	<input type="hidden" name="id" value="{{ .ID }}">
	<button>{{ if eq .ID $.current }}Log out here{{ else }}Log out there{{ end }}</button>
</form>{{ end }}`

const passwordPage = `<form method="post">
	<label>New password <input type="password" name="new_password" autocomplete="new-password"></label>
	<button>Change the password</button>
</form>`

// Site is an app with these pages, and its logins in a store such as loginsql's.
func Site(accounts Accounts, logins ginlogin.LoginStore, now func() time.Time, key []byte) *gin.Engine {
	lm := ginlogin.New(accounts.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.RefreshView = "/reauthenticate"
	lm.FreshFor = time.Hour // after the password was given; for routes without a limit of their own
	lm.Logins = logins
	lm.Now = now // time.Now, but in tests

	lm.SessionProtection = ginlogin.ProtectBasic // the default

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	pages := template.Must(template.New("devices").Parse(devicesPage))
	template.Must(pages.New("password").Parse(passwordPage))
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	change := changePassword(accounts.SetPasswordHash)
	// The form takes more time than its page, so that a form that was opened can be sent.
	r.GET("/settings/password", ginlogin.FreshLoginRequired(ginlogin.FreshFor(15*time.Minute)), showForm)
	r.POST("/settings/password", ginlogin.FreshLoginRequired(ginlogin.FreshFor(45*time.Minute)), change)
	r.POST("/reauthenticate", ginlogin.LoginRequired(), reauthenticate)

	r.GET("/settings", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "settings") })
	r.GET("/devices", ginlogin.LoginRequired(), showDevices)
	r.POST("/devices/end", ginlogin.LoginRequired(), endDevice)
	return r
}

func showForm(c *gin.Context) { c.HTML(http.StatusOK, "password", nil) }

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
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/settings"))
}

// changePassword ends all logins of the user but this one, which has to be fresh.
func changePassword(setHash func(ctx context.Context, id, hash string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		hash, err := password.Hash(c.Request.Context(), c.PostForm("new_password"))
		if err == nil {
			err = setHash(c.Request.Context(), account.ID, hash)
		}
		if err == nil {
			account.PasswordHash = hash // what SessionHash returns from now on
			err = ginlogin.LogoutOthers(c, account)
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/settings")
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
