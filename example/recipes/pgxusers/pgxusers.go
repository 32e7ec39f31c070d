// Package pgxusers keeps users in PostgreSQL, with pgx and the code that sqlc generates for it.
package pgxusers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/loginsql"
)

// User adds the methods of a ginlogin.User to the row type that sqlc generates.
type User struct {
	ginlogin.UserMixin
	Account
}

func (u *User) GetID() string { return strconv.FormatInt(u.ID, 10) }

// newLogins returns a store of logins that takes its connections from the pool of the queries, and deletes expired
// rows until ctx ends.
func newLogins(ctx context.Context, pool *pgxpool.Pool) (*loginsql.Store, error) {
	logins := loginsql.New(stdlib.OpenDBFromPool(pool), loginsql.PostgreSQL)
	if err := logins.CreateSchema(ctx); err != nil {
		return nil, err
	}
	go logins.DeleteExpiredEvery(ctx, time.Hour)
	return logins, nil
}

// newManager returns a manager for the accounts behind queries.
func newManager(queries *Queries, logins *loginsql.Store, key []byte) *ginlogin.LoginManager {
	lm := ginlogin.New(ginlogin.IntID(func(ctx context.Context, id int64) (*User, error) {
		account, err := queries.GetAccount(ctx, id)
		return &User{Account: account}, err // pgx.ErrNoRows is an sql.ErrNoRows: no such user
	}))
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Logins = logins
	return lm
}

// Site is an app on it, until ctx ends.
func Site(ctx context.Context, pool *pgxpool.Pool, key []byte) (*gin.Engine, error) {
	logins, err := newLogins(ctx, pool)
	if err != nil {
		return nil, err
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), newManager(New(pool), logins, key).Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		user, _ := ginlogin.UserAs[*User](c)
		c.String(http.StatusOK, "Hi %s", user.Email)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r, nil
}
