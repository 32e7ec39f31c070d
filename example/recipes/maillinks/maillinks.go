// Package maillinks has the links in a site's e-mails: to reset a password, to verify an address, to log in
// without a password.
package maillinks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html/template"
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
	email text not null unique,
	password_hash text not null,
	verified boolean not null default false,
	closed boolean not null default false,
	links_used integer not null default 0 -- counts logins by a link, so that each link is good once
)`

// Account is a row of that table.
type Account struct {
	ginlogin.UserMixin
	ID, Email, PasswordHash string
	Verified, Closed        bool
	LinksUsed               int64
}

func (a *Account) GetID() string  { return a.ID }
func (a *Account) IsActive() bool { return !a.Closed }

// SessionHash ends all logins, and the links to reset the password, when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

type site struct{ db *sql.DB }

const columns = `select id, email, password_hash, verified, closed, links_used from accounts `

func (s site) find(ctx context.Context, where, value string) (*Account, error) {
	a := &Account{}
	row := s.db.QueryRowContext(ctx, columns+where, value)
	return a, row.Scan(&a.ID, &a.Email, &a.PasswordHash, &a.Verified, &a.Closed, &a.LinksUsed)
}

func (s site) findByID(ctx context.Context, id string) (*Account, error) {
	return s.find(ctx, `where id = ?`, id)
}

// mail sends a link to the address in the form, if an account has it. The answer is the same if none has. send puts
// the mail into a queue, and so takes no time.
func (s site) mail(tokens ginlogin.Tokens[*Account], page string, send func(to, link string)) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, err := s.find(c.Request.Context(), `where email = ?`, c.PostForm("email"))
		token := ""
		if err == nil {
			token, err = tokens.New(c.Request.Context(), account)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		if token != "" {
			send(account.Email, page+"?token="+url.QueryEscape(token))
		}
		c.String(http.StatusOK, "If there is an account with this address, it gets a mail.")
	}
}

// The page of a link is a form with a button, and its GET changes nothing: mail scanners follow links.
var buttonPage = template.Must(template.New("button").Parse(`<meta name="referrer" content="no-referrer">
<form method="post">{{ if .password }}<label>New password
	<input type="password" name="password" autocomplete="new-password"></label>{{ end }}
	<button>{{ .button }}</button>
</form>`))

// show is the GET of a link.
func show(data gin.H) func(*gin.Context, *Account) error {
	return func(c *gin.Context, _ *Account) error {
		c.Header("Cache-Control", "no-store")
		return buttonPage.Execute(c.Writer, data)
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
func (s site) reset(c *gin.Context, account *Account) error {
	chosen := c.PostForm("password")
	if len(chosen) < 8 || password.Common(chosen) {
		c.String(http.StatusUnprocessableEntity, "Please choose a longer or rarer password.")
		return nil
	}
	hash, err := password.Hash(c.Request.Context(), chosen)
	if err == nil {
		err = s.spend(c, `update accounts set password_hash = $1 where id = $2 and password_hash = $3`,
			hash, account.ID, account.PasswordHash)
	}
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/login")
	}
	return err
}

// spend is a compare-and-swap: if the statement changes no row, another request was first.
func (s site) spend(c *gin.Context, statement string, args ...any) error {
	result, err := s.db.ExecContext(c.Request.Context(), statement, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ginlogin.ErrBadToken
}

// verify takes the address as verified, unless it has changed since.
func (s site) verify(c *gin.Context, account *Account) error {
	err := s.spend(c, `update accounts set verified = true where id = $1 and email = $2`, account.ID, account.Email)
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/")
	}
	return err
}

// logIn logs in the user of a magic link, the first time that the button is pressed.
func (s site) logIn(c *gin.Context, account *Account) error {
	err := s.spend(c, `update accounts set links_used = links_used + 1 where id = $1 and links_used = $2`,
		account.ID, account.LinksUsed)
	if err == nil {
		err = ginlogin.Login(c, account, ginlogin.Via("email"))
	}
	switch {
	case errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusForbidden, "This account is closed.")
		return nil
	case err == nil:
		c.Redirect(http.StatusSeeOther, "/")
	}
	return err
}

// Site is an app with these links. Its address comes from its settings: a Host header can be forged.
func Site(db *sql.DB, address string, send func(to, link string), now func() time.Time, key []byte) *gin.Engine {
	s := site{db}
	lm := ginlogin.New(s.findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Now = now

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s, verified: %v", account.Email, account.Verified)
	})

	// A token ends with its lifetime, or when the text changes that Until returns.
	resets := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}
	verifies := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "verify address", Lifetime: 3 * 24 * time.Hour,
		Until: func(a *Account) string { return a.Email }}
	magic := ginlogin.Tokens[*Account]{Manager: lm, Purpose: "log in", Lifetime: 15 * time.Minute,
		Until: func(a *Account) string { return fmt.Sprint(a.LinksUsed, a.PasswordHash) }}

	r.GET("/verify", link(verifies, show(gin.H{"button": "This is my address"})))
	r.GET("/enter", link(magic, show(gin.H{"button": "Log in"})))
	r.GET("/reset", link(resets, show(gin.H{"password": true, "button": "Set the password"})))
	r.POST("/reset", link(resets, s.reset))
	r.POST("/verify", link(verifies, s.verify))
	r.POST("/enter", link(magic, s.logIn))

	r.POST("/forgot", s.mail(resets, address+"/reset", send))
	r.POST("/verify/mail", s.mail(verifies, address+"/verify", send))
	r.POST("/enter/mail", s.mail(magic, address+"/enter", send))
	return r
}
