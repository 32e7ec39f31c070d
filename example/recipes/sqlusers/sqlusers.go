// Package sqlusers keeps users in a table, with database/sql alone.
package sqlusers

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

var db *sql.DB

// schema makes the table, with Ada and her password lovelace.
const schema = `create table if not exists accounts (
	id integer primary key autoincrement, -- an ID is never given twice
	name text not null,
	email text not null unique,
	password_hash text not null,
	banned boolean not null default false
);
insert or ignore into accounts (id, name, email, password_hash) values (1, 'Ada', 'ada@example.com',
	'$argon2id$v=19$m=19456,t=2,p=1$Ok6TTx0gBQLaUmqFiJzvUQ$USAiZEVFdrF48tG8b7q5a4Faj/I5LPbRg/7YolqVX8w')`

// openDB opens the database that main uses.
func openDB(name string) (err error) {
	if db, err = sql.Open("sqlite", name); err == nil {
		_, err = db.Exec(schema)
	}
	return err
}

// Account is a row of that table.
type Account struct {
	ginlogin.UserMixin
	ID                        int64
	Name, Email, PasswordHash string
	Banned                    bool
}

func (a *Account) GetID() string { return strconv.FormatInt(a.ID, 10) }

// IsActive is called for every request that asks for the user, so a ban takes effect at once.
func (a *Account) IsActive() bool { return !a.Banned }

// SessionHash ends all other logins when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

func findWhere(ctx context.Context, condition string, value any) (*Account, error) {
	a := &Account{}
	row := db.QueryRowContext(ctx, `select id, name, email, password_hash, banned from accounts where `+condition, value)
	return a, row.Scan(&a.ID, &a.Name, &a.Email, &a.PasswordHash, &a.Banned)
}

// findByID is the user loader. sql.ErrNoRows ends the login; any other error is an outage, and guards answer 503.
var findByID = ginlogin.IntID(func(ctx context.Context, id int64) (*Account, error) {
	return findWhere(ctx, "id = ?", id)
})

func authenticate(ctx context.Context, email, typed string) (*Account, error) {
	account, err := findWhere(ctx, "email = ?", email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // an outage
		return nil, err
	}
	// Without a row there is no hash, which takes as long as a wrong password.
	if _, err := password.Verify(ctx, account.PasswordHash, typed); err != nil {
		return nil, err
	}
	return account, nil
}

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			c.String(http.StatusUnauthorized, "wrong e-mail address or password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
		}
	})
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	return r
}
