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
	ID, Name, Email, PasswordHash string

	Support bool
}

// IsSupport is the test of a guard.
func (a *Account) IsSupport() bool { return a.Support }

func (a *Account) GetID() string { return a.ID }

var accounts = map[string]*Account{
	"1": {ID: "1", Name: "Ada", Support: true},
	"2": {ID: "2", Name: "Grace"},
	"3": {ID: "3", Name: "Barbara", Support: true},
}

func findByID(_ context.Context, id string) (*Account, error) { return accounts[id], nil }

// actAs begins to act as a customer. The app decides who may act as which user: here not as one of the support.
func actAs(c *gin.Context) {
	customer, err := findByID(c.Request.Context(), c.Param("id"))
	if errors.Is(err, sql.ErrNoRows) || err == nil && (customer == nil || customer.Support || !customer.IsActive()) {
		c.String(http.StatusNotFound, "no such customer")
		return
	}
	if err == nil {
		err = ginlogin.Impersonate(c, customer)
	}
	goOn(c, err)
}

// stop goes back to the user's own login.
func stop(c *gin.Context) { goOn(c, ginlogin.StopImpersonating(c)) }

func goOn(c *gin.Context, err error) {
	if err != nil && !errors.Is(err, ginlogin.ErrNotAuthenticated) { // it has ended already
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/profile")
}

// deleteAccount is what users do for themselves only.
func deleteAccount(c *gin.Context) {
	if _, acting := ginlogin.Impersonator[*Account](c); acting {
		c.String(http.StatusForbidden, "not for a customer")
		return
	}
	c.String(http.StatusOK, "deleted")
}

var pages = template.Must(template.New("profile").Parse(`{{ template "banner" . }}<p>orders of {{ .CurrentUser.Name }}</p>`))

const banner = `{{ with .Impersonator }}<form method="post" action="/stop" role="status">
	{{ .Name }}, you see what {{ $.CurrentUser.Name }} sees. <button>Stop</button>
</form>{{ end }}`

func init() { template.Must(pages.New("banner").Parse(banner)) }

// Site is an app with it.
func Site(audit *slog.Logger, key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"
	lm.AuditLog = audit // each line about a customer names both users

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.SetHTMLTemplate(pages)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.HTML(http.StatusOK, "profile", ginlogin.TemplateData(c, gin.H{}))
	})
	// Two guards: a user who passes both is of the support and has given the password lately.
	r.POST("/customers/:id/act", ginlogin.UserPasses((*Account).IsSupport), ginlogin.FreshLoginRequired(), actAs)
	r.POST("/stop", ginlogin.LoginRequired(), stop)
	r.POST("/delete", ginlogin.LoginRequired(), deleteAccount)
	r.GET("/password", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "a new password") })
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
