// Package pgxusers keeps users in PostgreSQL, with pgx and the code that sqlc generates for it.
package pgxusers

import (
	"context"
	"errors"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/loginsql"
	"github.com/ginlogin/ginlogin/password"
)

var (
	pool    *pgxpool.Pool
	queries *Queries
)

// Account adds the methods of a ginlogin.User to the row type that sqlc generates.
type Account struct {
	ginlogin.UserMixin
	User
}

func (a *Account) GetID() string { return strconv.FormatInt(a.ID, 10) }

var findByID = ginlogin.IntID(func(ctx context.Context, id int64) (*Account, error) {
	user, err := queries.GetUser(ctx, id)
	return &Account{User: user}, err // pgx.ErrNoRows is an sql.ErrNoRows: no such user
})

func authenticate(ctx context.Context, email, typed string) (*Account, error) {
	user, err := queries.GetUserByEmail(ctx, email)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // an outage
		return nil, err
	}
	// Without a row there is no hash, which takes as long as a wrong password.
	if _, err := password.Verify(ctx, user.PasswordHash, typed); err != nil {
		return nil, err
	}
	return &Account{User: user}, nil
}

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

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	logins, err := newLogins(context.Background(), pool)
	if err != nil {
		log.Fatal(err)
	}
	lm.Logins = logins

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account)
		}
		switch {
		case errors.Is(err, password.ErrMismatch):
			c.String(http.StatusUnauthorized, "wrong password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
		}
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
