// Package apitokens lets programs in with a token, to the API and to nothing else.
package apitokens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
	Admin    bool
	// Token is how a program has come in; nil for a user who is logged in.
	Token *Token
}

func (a *Account) GetID() string { return a.ID }

func (a *Account) IsAdmin() bool { return a.Admin }

// MayWrite is the test of a guard.
func (a *Account) MayWrite() bool { return a.Token == nil || a.Token.Write }

// Token is a row of the table of tokens. It has a hash: a thief with a copy of the table has no tokens.
type Token struct {
	Hash, Account string
	Write         bool // or reads only
}

// NewToken returns a token to show to its owner, once, and the row to save.
func NewToken(account string, write bool) (secret string, row Token) {
	secret = "site_" + rand.Text() // random, so that a fast hash will do
	return secret, Token{Hash: hash(secret), Account: account, Write: write}
}

// Accounts has accounts and tokens.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	// FindByToken returns the account with its Token, or nil if there is no such token.
	FindByToken(ctx context.Context, hash string) (*Account, error)
}

// byToken is a request loader. Without the check of the path a token would open all pages, those of the
// administrators too.
func byToken(find func(ctx context.Context, hash string) (*Account, error)) ginlogin.RequestLoader {
	return ginlogin.FromRequest(func(c *gin.Context) (*Account, error) {
		scheme, secret, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(c.FullPath(), "/api/") {
			return nil, nil
		}
		return find(c.Request.Context(), hash(secret))
	})
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Site is an app with an API and a page of the administrators.
func Site(accounts Accounts, key []byte) *gin.Engine {
	lm := ginlogin.New(accounts.FindByID)
	lm.RequestLoader = byToken(accounts.FindByToken)

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	api := r.Group("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	api.GET("/notes", func(c *gin.Context) { c.JSON(http.StatusOK, []string{"a note"}) })
	api.POST("/notes", ginlogin.UserPasses((*Account).MayWrite, ginlogin.NoRedirect()), func(c *gin.Context) {
		c.Status(http.StatusCreated)
	})

	r.GET("/admin", ginlogin.UserPasses((*Account).IsAdmin), func(c *gin.Context) { c.String(http.StatusOK, "accounts") })
	return r
}
