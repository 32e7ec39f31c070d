// Package hosts serves several hosts from one process: hosts that share their users, and hosts with users of their
// own.
package hosts

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
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
	ID, Name string
}

func (a *Account) GetID() string { return a.ID }

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// Shared is a site for domain and all its subdomains: a login on one is a login on all. Cookies with a Domain take
// names that no single host has used before.
func Shared(domain string, find Finder, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "https://login." + domain + "/login" // on one host, which is given the whole URL as "next"
	lm.Remember.Name, lm.Remember.Domain = "shared_remember", domain

	store := cookiestore.NewStore(key)
	store.Options(sessions.Options{Domain: domain, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("shared_session", store), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := find(c.Request.Context(), c.PostForm("id")) // whose password has been verified
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(true))
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, nextOn(c, domain))
	})
	addPages(r)
	return r
}

// nextOn is NextURL for pages on the subdomains, too. NextURL itself refuses other hosts.
func nextOn(c *gin.Context, domain string) string {
	next := c.Query("next")
	for _, host := range []string{"shop." + domain, "help." + domain} {
		if strings.HasPrefix(next, "https://") && ginlogin.IsSafeRedirect(next, host) {
			return next
		}
	}
	return ginlogin.NextURL(c, "/")
}

// Separate is a handler for hosts with users of their own: customer 1 of one host is not customer 1 of another. Each
// host has a manager and keys of its own, so that a cookie carried from one to another is worth nothing there.
func Separate(finders map[string]Finder, key []byte) (http.Handler, error) {
	sites := map[string]http.Handler{}
	for host, find := range finders {
		own, err := hkdf.Key(sha256.New, key, nil, "host "+host, 32)
		if err != nil {
			return nil, err
		}
		sites[host] = newSite(find, own)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		site, ok := sites[strings.ToLower(req.Host)]
		if !ok { // never one of them by default: a Host header can say anything
			http.Error(w, "no such site", http.StatusMisdirectedRequest)
			return
		}
		site.ServeHTTP(w, req)
	}), nil
}

// newSite is the site of one host. Its cookies have no Domain, so that no other host gets them.
func newSite(find Finder, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("__Host-session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := find(c.Request.Context(), c.PostForm("id")) // whose password has been verified
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(true))
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
	})
	addPages(r)
	return r
}

func addPages(r *gin.Engine) {
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
}
