// Package sqlusers keeps users in a table, with database/sql alone.
package sqlusers

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Schema creates the table.
const Schema = `create table if not exists accounts (
	id integer primary key autoincrement, -- an ID is never given twice
	email text not null unique,
	password_hash text not null,
	banned boolean not null default false
)`

// Account is a row of that table.
type Account struct {
	ginlogin.UserMixin
	ID           int64
	Email        string
	PasswordHash string
	Banned       bool
}

func (a *Account) GetID() string { return strconv.FormatInt(a.ID, 10) }

// IsActive is called for every request that asks for the user, so a ban takes effect at once.
func (a *Account) IsActive() bool { return !a.Banned }

// SessionHash ends all other logins when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// Accounts finds accounts.
type Accounts struct{ DB *sql.DB }

const columns = `select id, email, password_hash, banned from accounts `

func scan(row *sql.Row) (*Account, error) {
	a := &Account{}
	if err := row.Scan(&a.ID, &a.Email, &a.PasswordHash, &a.Banned); err != nil {
		return nil, err
	}
	return a, nil
}

// FindByID is the user loader. sql.ErrNoRows ends the login; any other error is an outage, and guards
// answer 503.
func (s *Accounts) FindByID(ctx context.Context, id int64) (*Account, error) {
	return scan(s.DB.QueryRowContext(ctx, columns+`where id = ?`, id))
}

// Authenticate returns the account with this e-mail address and password. If there is no such account,
// it takes as long as for a wrong password and returns the same error.
func (s *Accounts) Authenticate(ctx context.Context, email, typed string) (*Account, error) {
	a, err := scan(s.DB.QueryRowContext(ctx, columns+`where email = ?`, email))
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // an outage
		return nil, err
	}
	hash := "" // of no account
	if a != nil {
		hash = a.PasswordHash
	}
	if _, err := password.Verify(ctx, hash, typed); err != nil {
		return nil, err
	}
	return a, nil
}

// Site is an app on the accounts of db.
func Site(db *sql.DB, key []byte) *gin.Engine {
	accounts := &Accounts{db}
	lm := ginlogin.New(ginlogin.IntID(accounts.FindByID))
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := accounts.Authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			c.String(http.StatusUnauthorized, "wrong e-mail address or password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
		}
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Email)
	})
	r.GET("/settings", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "settings") })
	return r
}
