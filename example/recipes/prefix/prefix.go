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
	ID string
}

func (a *Account) GetID() string { return a.ID }

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

// Site is that site. Its cookies are kept from the other sites on the host.
func Site(find func(context.Context, string) (*Account, error), key []byte) http.Handler {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = prefix + "/login"
	lm.Remember.Name, lm.Remember.Path = "shop_remember", prefix

	store := cookiestore.NewStore(key)
	store.Options(sessions.Options{Path: prefix, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})

	engine := gin.New()
	_ = engine.SetTrustedProxies([]string{"127.0.0.1"}) // the proxy
	r := engine.Group(prefix, cookiestore.Sessions("shop_session", store), lm.Middleware())
	r.GET("/login", func(c *gin.Context) {
		c.Data(http.StatusOK, "text/html", []byte(`<form method="post"><button>Log in as Ada</button></form>`))
	})
	r.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, &Account{ID: "ada"}, ginlogin.Remember(true)); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, prefix+"/"))
	})
	r.POST("/logout", ginlogin.LogoutTo(prefix+"/"))
	r.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "orders of %s, seen from %s", ginlogin.CurrentUser(c).GetID(), c.ClientIP())
	})
	return restore(engine)
}
