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
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

func findByID(_ context.Context, id string) (*Account, error) {
	if id != "1" {
		return nil, ginlogin.ErrUserNotFound
	}
	return &Account{ID: id, Name: "Ada"}, nil
}

const domain = "example.com"

// newSite is a site for domain and all its subdomains: a login on one is a login on all. Cookies with a Domain take
// names that no single host has used before.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	lm.LoginView = "https://login." + domain + "/login" // on one host, which is given the whole URL as "next"
	lm.Remember.Name, lm.Remember.Domain = "shared_remember", domain
	store := cookiestore.NewStore(key)
	store.Options(sessions.Options{Domain: domain, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(cookiestore.Sessions("shared_session", store), lm.Middleware())

	addPages(r, findByID, nextURL)
	return r
}

// nextURL is ginlogin.NextURL for pages on the subdomains, too.
func nextURL(c *gin.Context, fallback string) string {
	next := c.Query("next")
	for _, host := range []string{"shop." + domain, "help." + domain} {
		if strings.HasPrefix(next, "https://") && ginlogin.IsSafeRedirect(next, host) {
			return next
		}
	}
	return ginlogin.NextURL(c, fallback)
}

// separate is a handler for hosts with users of their own: customer 1 of one host is not customer 1 of another. Each
// host has a manager and keys of its own, so that a cookie carried from one to another is worth nothing there.
func separate(newSites map[string]func(key []byte) *gin.Engine, key []byte) (http.Handler, error) {
	sites := map[string]http.Handler{}
	for host, newOne := range newSites {
		own, err := hkdf.Key(sha256.New, key, nil, "host "+host, 32)
		if err != nil {
			return nil, err
		}
		sites[host] = newOne(own)
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

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// siteWith is the site of a host with these users. Its cookies have no Domain, so that no other host gets them.
func siteWith(find Finder) func(key []byte) *gin.Engine {
	return func(key []byte) *gin.Engine {
		lm := ginlogin.New(find)
		lm.SecretKeys = [][]byte{key}
		lm.LoginView = "/login"

		r := gin.New()
		_ = r.SetTrustedProxies(nil)
		r.Use(cookiestore.Sessions("__Host-session", cookiestore.NewStore(key)), lm.Middleware())
		addPages(r, find, func(c *gin.Context, fallback string) string { return ginlogin.NextURL(c, fallback) })
		return r
	}
}

func addPages(r *gin.Engine, find Finder, nextURL func(c *gin.Context, fallback string) string) {
	r.POST("/login", func(c *gin.Context) {
		account, err := find(c.Request.Context(), c.PostForm("id")) // whose password has been verified
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(true))
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, nextURL(c, "/"))
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
}
