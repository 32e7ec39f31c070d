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
	ID, Name, Email, PasswordHash string

	Token *Token // how a program has come in; nil for a user who is logged in
}

// MayWrite is the test of a guard.
func (a *Account) MayWrite() bool { return a.Token == nil || a.Token.Write }

// Token is a row of the table of tokens.
type Token struct {
	AccountID string
	Write     bool // or it reads only
}

func (a *Account) GetID() string { return a.ID }
func (a *Account) IsAdmin() bool { return true }

var accounts = map[string]*Account{"1": {ID: "1", Name: "Ada"}}

func findByID(_ context.Context, id string) (*Account, error) { return accounts[id], nil }

// tokens is the table of tokens, by their hashes.
var tokens = map[string]Token{}

// newToken returns a token, to show to its owner once, and the hash to save.
func newToken() (token, hash string) {
	token = "site_" + rand.Text() // random, so that a fast hash will do
	return token, hashOf(token)
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// findByToken returns a copy of the account: the account itself may be that of the user's sessions, too.
func findByToken(ctx context.Context, hash string) (*Account, error) {
	token, ok := tokens[hash]
	if !ok {
		return nil, nil
	}
	account, err := findByID(ctx, token.AccountID)
	if err != nil || account == nil {
		return nil, err
	}
	program := *account
	program.Token = &token
	return &program, nil
}

// byToken is a request loader. Without the check of the path a token would open all pages, those of the
// administrators too.
func byToken(find func(ctx context.Context, hash string) (*Account, error)) ginlogin.RequestLoader {
	return ginlogin.FromRequest(func(c *gin.Context) (*Account, error) {
		scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(c.FullPath(), "/api/") {
			return nil, nil
		}
		return find(c.Request.Context(), hashOf(token))
	})
}

// Site is an app with an API and a page of the administrators.
func Site(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.RequestLoader = byToken(findByToken)

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
