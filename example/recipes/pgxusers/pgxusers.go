// Package pgxusers keeps users in PostgreSQL, with pgx and the code that sqlc generates for it.
package pgxusers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// User adds the methods of a ginlogin.User to the row type that sqlc generates.
type User struct {
	ginlogin.UserMixin
	Account
}

func (u *User) GetID() string { return strconv.FormatInt(u.ID, 10) }

// newManager returns a manager for the accounts behind queries.
func newManager(queries *Queries, key []byte) *ginlogin.LoginManager {
	lm := ginlogin.New(ginlogin.IntID(func(ctx context.Context, id int64) (*User, error) {
		account, err := queries.GetAccount(ctx, id)
		return &User{Account: account}, err // pgx.ErrNoRows is an sql.ErrNoRows: no such user
	}))
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	return lm
}

// Site is an app on it.
func Site(queries *Queries, key []byte) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), newManager(queries, key).Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		user, _ := ginlogin.UserAs[*User](c)
		c.String(http.StatusOK, "Hi %s", user.Email)
	})
	return r
}
