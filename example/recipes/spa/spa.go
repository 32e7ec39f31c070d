// Package spa is the API of a single-page app whose pages come from another origin: from a dev server on another
// port, or from a host of their own.
package spa

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// findByID and authenticate are those of the site.
var (
	findByID     func(ctx context.Context, id string) (*Account, error)
	authenticate func(ctx context.Context, email, typed string) (*Account, error)
)

var origins = []string{"http://localhost:5173"} // where the pages come from

// login answers the app, which reads JSON and follows no redirect to a page.
func login(c *gin.Context) {
	var form struct {
		Email, Password string
		Remember        bool
	}
	if err := c.ShouldBindJSON(&form); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": "no JSON"})
		return
	}
	account, err := authenticate(c.Request.Context(), form.Email, form.Password)
	if err == nil {
		err = ginlogin.Login(c, account, ginlogin.Remember(form.Remember))
	}
	switch {
	case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
		c.JSON(http.StatusUnauthorized, gin.H{"error": "wrong e-mail address or password"})
	case err != nil:
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": "back in a minute"})
		_ = c.Error(err)
	default:
		c.JSON(http.StatusOK, gin.H{"id": account.ID, "name": account.Name})
	}
}

// logout answers 204 instead of the redirect of LogoutTo.
func logout(c *gin.Context) {
	if err := ginlogin.Logout(c, ginlogin.ClearSession()); err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// me tells the app at its start who is logged in.
func me(c *gin.Context) {
	account, _ := ginlogin.UserAs[*Account](c)
	c.JSON(http.StatusOK, gin.H{"id": account.ID, "name": account.Name})
}

// protect refuses what is posted from other sites, except from origins.
func protect(site http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			panic(err)
		}
	}
	return protection.Handler(site)
}

// newSite is the API.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID) // without a LoginView: the app shows its own form on a 401
	lm.SecretKeys = [][]byte{key}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	lm.TrustedOrigins = origins
	r.Use(cors.New(cors.Config{ // before the guards: a preflight has no cookies
		AllowOrigins:     origins, // never "*" or an echo of the request: the answers are private
		AllowCredentials: true,
		AllowMethods:     []string{"GET", "POST", "PUT", "DELETE"},
		AllowHeaders:     []string{"Content-Type"},
		MaxAge:           time.Hour,
	}))
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", login)
	r.POST("/logout", logout)
	r.GET("/me", ginlogin.LoginRequired(), me)
	return r
}
