// Package maillinks has the links in a site's e-mails: to reset a password, to verify an address, to log in
// without a password.
package maillinks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Schema creates the table.
const Schema = `create table accounts (
	id text primary key,
	name text not null default '',
	email text not null unique,
	password_hash text not null,
	verified boolean not null default false,
	closed boolean not null default false,
	links_used integer not null default 0 -- counts logins by a link, so that each link is good once
)`

// Account is a row of that table.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
	Verified, Closed              bool
	LinksUsed                     int64
}

func (a *Account) GetID() string  { return a.ID }
func (a *Account) IsActive() bool { return !a.Closed }

// SessionHash ends all logins, and the links to reset the password, when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// db is that of the site.
var db *sql.DB

const columns = `select id, name, email, password_hash, verified, closed, links_used from accounts `

func find(ctx context.Context, where, value string) (*Account, error) {
	a := &Account{}
	row := db.QueryRowContext(ctx, columns+where, value)
	return a, row.Scan(&a.ID, &a.Name, &a.Email, &a.PasswordHash, &a.Verified, &a.Closed, &a.LinksUsed)
}

func findByID(ctx context.Context, id string) (*Account, error) {
	return find(ctx, `where id = $1`, id)
}

// findByEmail returns nil, nil if there is no such account.
func findByEmail(ctx context.Context, email string) (*Account, error) {
	account, err := find(ctx, `where email = $1`, email)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return account, err
}

const forgotForm = `<form method="post"><label>Email <input name="email"></label> <button>Mail me a link</button></form>`

// mailLink sends a link to the address in the form, if an account has it. The answer is the same if none has. send
// puts the mail into a queue, and so takes no time.
func mailLink(tokens ginlogin.Tokens[*Account], page string, send func(to, link string)) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, err := findByEmail(c.Request.Context(), c.PostForm("email"))
		token := ""
		if err == nil && account != nil {
			token, err = tokens.New(c.Request.Context(), account)
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		if token != "" {
			send(account.Email, page+"?token="+url.QueryEscape(token))
		}
		c.String(http.StatusOK, "If there is an account with this address, it gets a mail.")
	}
}

const resetForm = `<meta name="referrer" content="no-referrer"><form method="post"><label>New password
<input type="password" name="password" autocomplete="new-password"></label> <button>Set it</button></form>`

const (
	verifyForm = `<meta name="referrer" content="no-referrer"><form method="post"><button>This is my address</button></form>`
	enterForm  = `<meta name="referrer" content="no-referrer"><form method="post"><button>Log in</button></form>`
)

// showForm is the GET of a link. It changes nothing: mail scanners follow links.
func showForm(form string) func(*gin.Context, *Account) error {
	return func(c *gin.Context, _ *Account) error {
		c.Header("Cache-Control", "no-store")
		c.Data(http.StatusOK, "text/html", []byte(form))
		return nil
	}
}

// link lets act answer for the user of the token in the link.
func link(tokens ginlogin.Tokens[*Account], act func(*gin.Context, *Account) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, err := tokens.User(c.Request.Context(), c.Query("token"))
		if err == nil {
			err = act(c, account)
		}
		switch {
		case errors.Is(err, ginlogin.ErrBadToken):
			c.String(http.StatusGone, "This link is no longer valid. Please ask for a new one.")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	}
}

// reset takes the new password, which spends the link, and ends all logins by the SessionHash.
func reset(c *gin.Context, account *Account) error {
	chosen := c.PostForm("password")
	if len(chosen) < 8 || password.Common(chosen) {
		c.String(http.StatusUnprocessableEntity, "Please choose a longer or rarer password.")
		return nil
	}
	hash, err := password.Hash(c.Request.Context(), chosen)
	if err != nil {
		return err
	}
	changed, err := swapHash(c.Request.Context(), account.GetID(), account.PasswordHash, hash)
	if err == nil && !changed { // another request was first
		err = ginlogin.ErrBadToken
	}
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/login")
	}
	return err
}

// swapHash is a compare-and-swap: it returns false if the account has another hash than old meanwhile.
func swapHash(ctx context.Context, id, old, hash string) (bool, error) {
	return oneRow(db.ExecContext(ctx, `update accounts set password_hash = $1 where id = $2 and password_hash = $3`, hash, id, old))
}

func oneRow(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// verify takes the address as verified, unless it has changed since.
func verify(c *gin.Context, account *Account) error {
	verified, err := oneRow(db.ExecContext(c.Request.Context(),
		`update accounts set verified = true where id = $1 and email = $2`, account.ID, account.Email))
	if err == nil && !verified {
		err = ginlogin.ErrBadToken
	}
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/profile")
	}
	return err
}

// enter logs in the user of a magic link, the first time that the button is pressed.
func enter(c *gin.Context, account *Account) error {
	first, err := oneRow(db.ExecContext(c.Request.Context(),
		`update accounts set links_used = links_used + 1 where id = $1 and links_used = $2`, account.ID, account.LinksUsed))
	if err == nil && !first {
		err = ginlogin.ErrBadToken
	}
	if err == nil {
		err = ginlogin.Login(c, account, ginlogin.Via("email"))
	}
	switch {
	case errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusForbidden, "This account is closed.")
		return nil
	case err == nil:
		c.Redirect(http.StatusSeeOther, "/profile")
	}
	return err
}

// Site is an app with these links. Its address comes from its settings: a Host header can be forged.
func Site(database *sql.DB, address string, send func(to, link string), now func() time.Time, key []byte) *gin.Engine {
	db = database
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Now = now

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s, verified: %v", account.Email, account.Verified)
	})

	resets := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}
	r.GET("/forgot", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(forgotForm)) })
	r.POST("/forgot", mailLink(resets, address+"/reset", send))
	r.GET("/reset", link(resets, showForm(resetForm)))
	r.POST("/reset", link(resets, reset))

	verifies := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "verify address", Lifetime: 3 * 24 * time.Hour,
		Until: func(a *Account) string { return a.Email }}
	r.POST("/verify/mail", mailLink(verifies, address+"/verify", send))
	r.GET("/verify", link(verifies, showForm(verifyForm)))
	r.POST("/verify", link(verifies, verify))

	enters := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "log in", Lifetime: 15 * time.Minute,
		Until: func(a *Account) string { return fmt.Sprint(a.LinksUsed, a.PasswordHash) }}
	r.POST("/enter/mail", mailLink(enters, address+"/enter", send))
	r.GET("/enter", link(enters, showForm(enterForm)))
	r.POST("/enter", link(enters, enter))
	return r
}
