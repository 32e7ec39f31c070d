// Package actingas lets the support see what a customer sees: "log in as", with a banner and a line in the audit
// log.
package actingas

import (
	"context"
	"database/sql"
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
	Support  bool
}

func (a *Account) GetID() string { return a.ID }

// IsSupport is the test of a guard.
func (a *Account) IsSupport() bool { return a.Support }

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// actAs begins to act as a customer. The app decides who may act as which user: here not as one of the support.
func (find Finder) actAs(c *gin.Context) {
	customer, err := find(c.Request.Context(), c.Param("id"))
	if err == nil && customer != nil && !customer.Support {
		err = ginlogin.Impersonate(c, customer)
	}
	switch {
	case errors.Is(err, ginlogin.ErrUserNotFound), errors.Is(err, sql.ErrNoRows), err == nil && customer == nil:
		c.Status(http.StatusNotFound)
	case err == nil && customer.Support:
		c.Status(http.StatusForbidden)
	case errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusConflict, "this account is closed")
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	default:
		c.Redirect(http.StatusSeeOther, "/")
	}
}

// stop goes back to one's own login.
func stop(c *gin.Context) {
	err := ginlogin.StopImpersonating(c)
	if err != nil && !errors.Is(err, ginlogin.ErrNotAuthenticated) { // that has ended already
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/")
}

// deleteAccount is what one does for oneself only.
func deleteAccount(c *gin.Context) {
	if _, acting := ginlogin.Impersonator[*Account](c); acting {
		c.String(http.StatusForbidden, "not for a customer")
		return
	}
	c.String(http.StatusOK, "deleted")
}

// banner is a part of every page.
const banner = `{{ with .Impersonator }}<form method="post" action="/stop" role="status">
	{{ .Name }}, you see what {{ $.CurrentUser.Name }} sees. <button>Stop</button>
</form>{{ end }}`

const homePage = `{{ template "banner" . }}<p>orders of {{ .CurrentUser.Name }}</p>`

// Site is an app with it. The audit log gets a line that names both, for all that is done meanwhile.
func Site(find Finder, audit *slog.Logger, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"
	lm.AuditLog = audit

	pages := template.Must(template.New("banner").Parse(banner))
	template.Must(pages.New("home").Parse(homePage))

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, nil))
	})
	// Two guards: who passes both is of the support and has given the password lately.
	r.POST("/customers/:id/act", ginlogin.UserPasses((*Account).IsSupport), ginlogin.FreshLoginRequired(), find.actAs)
	r.POST("/stop", ginlogin.LoginRequired(), stop)
	r.POST("/delete", ginlogin.LoginRequired(), deleteAccount)
	r.GET("/password", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "a new password") })
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
