// Package keyrotation loads keys and replaces them while the cookies of the old ones stay good.
package keyrotation

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
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

// loadKeys reads the keys from a variable, separated by commas, the new one first:
//
//	SECRET_KEY=$(openssl rand -base64 32)
//
// The text itself is the key. Decoded, it would be another one, which logs all users out.
func loadKeys(getenv func(string) string) ([][]byte, error) {
	var keys [][]byte
	for text := range strings.SplitSeq(getenv("SECRET_KEY"), ",") {
		key := []byte(strings.TrimSpace(text))
		if len(key) < 32 {
			return nil, errors.New("SECRET_KEY: use keys of 32 or more random bytes, separated by commas")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// newSite is an app whose first key signs and whose other keys are good for what they have signed.
func newSite() *gin.Engine {
	lm := ginlogin.New(findByID)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	keys, err := loadKeys(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lm.SecretKeys = keys // the new one, the old one
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(keys...)), lm.Middleware())
	return withPages(r)
}

// pairedStore returns gin-contrib's store, which takes pairs of keys: the first signs, the second encrypts
// unless it is nil. Without the nils it would encrypt with the old key.
func pairedStore(keys [][]byte) sessions.Store {
	var pairs [][]byte
	for _, key := range keys {
		pairs = append(pairs, key, nil)
	}
	store := cookie.NewStore(pairs...)
	store.Options(ginlogin.SessionOptions())
	return store
}

// newPairedSite is newSite with that store.
func newPairedSite() *gin.Engine {
	lm := ginlogin.New(findByID)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	keys, err := loadKeys(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	lm.SecretKeys = keys
	r.Use(sessions.Sessions("session", pairedStore(keys)), lm.Middleware())
	return withPages(r)
}

func withPages(r *gin.Engine) *gin.Engine {
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hi %s", ginlogin.CurrentUser(c).GetID())
	})
	r.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, &Account{ID: c.PostForm("id")}, ginlogin.Remember(true)); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	})
	return r
}
