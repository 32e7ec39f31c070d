// Package prefix is a site under a path of a host, behind a proxy that cuts this path off.
package prefix

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-contrib/sessions"
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

func findByID(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

// prefix is where browsers see the site: https://example.com/shop/orders reaches it as /orders.
const prefix = "/shop"

// restore undoes what the proxy does, so that the site sees the paths that browsers see. Otherwise every redirect,
// and the "next" of the login page, would lead out of the site.
func restore(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req = req.Clone(req.Context())
		req.URL.Path = prefix + req.URL.Path
		if req.URL.RawPath != "" {
			req.URL.RawPath = prefix + req.URL.RawPath
		}
		if strings.HasPrefix(req.RequestURI, "/") { // of the request line, from which "next" is made
			req.RequestURI = prefix + req.RequestURI
		}
		site.ServeHTTP(w, req)
	})
}

// newSite is that site. Its cookies are kept from the other sites on the host.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = prefix + "/login"
	lm.Remember.Name, lm.Remember.Path = "shop_remember", prefix

	r := gin.New()
	_ = r.SetTrustedProxies([]string{"127.0.0.1"}) // the proxy

	store := cookiestore.NewStore(key)
	store.Options(sessions.Options{Path: prefix, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})

	shop := r.Group(prefix, cookiestore.Sessions("shop_session", store), lm.Middleware())
	shop.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "orders, seen from %s", c.ClientIP())
	})
	shop.POST("/logout", ginlogin.LogoutTo(prefix+"/login"))

	shop.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, &Account{ID: "ada"}, ginlogin.Remember(true)); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, prefix+"/profile"))
	})
	return r
}
