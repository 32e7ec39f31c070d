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

type site struct {
	db                      *sql.DB
	address                 string                // of the site, from its settings: a Host header can be forged
	send                    func(to, link string) // puts the mail into a queue: it takes no time
	resets, verifies, magic ginlogin.Tokens[*Account]
}

// makeTokens makes a kind of tokens for each purpose. A token ends with its lifetime, or when the text changes that
// Until returns.
func (s *site) makeTokens(lm *ginlogin.LoginManager) {
	s.resets = ginlogin.Tokens[*Account]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}
	s.verifies = ginlogin.Tokens[*Account]{Manager: lm, Purpose: "verify address", Lifetime: 3 * 24 * time.Hour,
		Until: func(a *Account) string { return a.Email }}
	s.magic = ginlogin.Tokens[*Account]{Manager: lm, Purpose: "log in", Lifetime: 15 * time.Minute,
		Until: func(a *Account) string { return fmt.Sprint(a.LinksUsed, a.PasswordHash) }}
}

const columns = `select id, email, password_hash, verified, closed, links_used from accounts `

func (s *site) find(ctx context.Context, where, value string) (*Account, error) {
	a := &Account{}
	row := s.db.QueryRowContext(ctx, columns+where, value)
	return a, row.Scan(&a.ID, &a.Email, &a.PasswordHash, &a.Verified, &a.Closed, &a.LinksUsed)
}

func (s *site) findByID(ctx context.Context, id string) (*Account, error) {
	return s.find(ctx, `where id = ?`, id)
}

// mail sends a link to the address in the form, if an account has it. The answer is the same if none has.
func (s *site) mail(page string, tokens *ginlogin.Tokens[*Account]) gin.HandlerFunc {
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
			s.send(account.Email, s.address+page+"?token="+url.QueryEscape(token))
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
func show(tokens *ginlogin.Tokens[*Account], data gin.H) gin.HandlerFunc {
	return func(c *gin.Context) {
		if _, ok := userOf(c, tokens); ok {
			c.Header("Cache-Control", "no-store")
			_ = buttonPage.Execute(c.Writer, data)
		}
	}
}

// userOf returns the user of the link. If there is none, it has answered.
func userOf(c *gin.Context, tokens *ginlogin.Tokens[*Account]) (*Account, bool) {
	account, err := tokens.User(c.Request.Context(), c.Query("token"))
	switch {
	case errors.Is(err, ginlogin.ErrBadToken):
		c.String(http.StatusGone, "This link is no longer valid. Please ask for a new one.")
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	}
	return account, err == nil
}

// reset takes the new password. It is spent by the compare-and-swap, and ends all logins by the SessionHash.
func (s *site) reset(c *gin.Context) {
	account, ok := userOf(c, &s.resets)
	if !ok {
		return
	}
	chosen := c.PostForm("password")
	if len(chosen) < 8 || password.Common(chosen) {
		c.String(http.StatusUnprocessableEntity, "Please choose a longer or rarer password.")
		return
	}
	hash, err := password.Hash(c.Request.Context(), chosen)
	if err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	s.spend(c, "/login", `update accounts set password_hash = $1 where id = $2 and password_hash = $3`,
		hash, account.ID, account.PasswordHash)
}

// verify takes the address as verified, unless it has changed since.
func (s *site) verify(c *gin.Context) {
	if account, ok := userOf(c, &s.verifies); ok {
		s.spend(c, "/", `update accounts set verified = true where id = $1 and email = $2`, account.ID, account.Email)
	}
}

// logIn logs in the user of a magic link, the first time that the button is pressed.
func (s *site) logIn(c *gin.Context) {
	account, ok := userOf(c, &s.magic)
	if !ok || !s.spend(c, "", `update accounts set links_used = links_used + 1 where id = $1 and links_used = $2`,
		account.ID, account.LinksUsed) {
		return
	}
	switch err := ginlogin.Login(c, account, ginlogin.Via("email")); {
	case errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusForbidden, "This account is closed.")
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	default:
		c.Redirect(http.StatusSeeOther, "/")
	}
}

// spend runs a statement that changes a row once, and redirects unless next is "". If it changes none, another
// request was first.
func (s *site) spend(c *gin.Context, next, statement string, args ...any) bool {
	result, err := s.db.ExecContext(c.Request.Context(), statement, args...)
	changed := int64(0)
	if err == nil {
		changed, err = result.RowsAffected()
	}
	switch {
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	case changed == 0:
		c.String(http.StatusGone, "This link is no longer valid. Please ask for a new one.")
	case next != "":
		c.Redirect(http.StatusSeeOther, next)
	}
	return err == nil && changed > 0
}

// Site is an app with these links.
func Site(db *sql.DB, address string, send func(to, link string), now func() time.Time, key []byte) *gin.Engine {
	s := &site{db: db, address: address, send: send}
	lm := ginlogin.New(s.findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Now = now
	s.makeTokens(lm)

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s, verified: %v", account.Email, account.Verified)
	})

	r.POST("/forgot", s.mail("/reset", &s.resets))
	r.GET("/reset", show(&s.resets, gin.H{"password": true, "button": "Set the password"}))
	r.POST("/reset", s.reset)

	r.POST("/verify/mail", s.mail("/verify", &s.verifies))
	r.GET("/verify", show(&s.verifies, gin.H{"button": "This is my address"}))
	r.POST("/verify", s.verify)

	r.POST("/enter/mail", s.mail("/enter", &s.magic))
	r.GET("/enter", show(&s.magic, gin.H{"button": "Log in"}))
	r.POST("/enter", s.logIn)
	return r
}
