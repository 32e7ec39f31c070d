// Package links has the links in mails: for a new password, to verify an address, and to log in.
//
// What all of them have in common:
//
//   - Opening a link does nothing. Mail scanners open links, and so do previews. The page has a button, and its POST
//     acts, once: an UPDATE that names what it replaces decides between two at once.
//   - A link ends with the address that it was sent to and with the password, because both are in the text of
//     Tokens.Until. So a link in an old mailbox is worth nothing.
//   - The token is in the query, and not in the path: logs of requests have paths, ours as well as those of proxies
//     and of measurements, which group by them. The form carries it in its body. The pages send no Referer with
//     path or query, load nothing from elsewhere (web.ContentSecurityPolicy), and are kept by no cache.
//   - Links begin with SITE_URL, because clients can forge the Host header.
//   - A mail repeats nothing that was typed, not even a name: otherwise the site would send an attacker's words to
//     any address, under its own name.
//   - Whether an address has an account is looked up by a job in the background. The request does the same for
//     all: it counts, adds a job, and shows one page.
package links

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

//go:embed schema.sql
var tables string

// Schema is the table of addresses that wait for their verification.
var Schema = database.Schema{Tables: tables}

// Entry leads to the page of the address, and WayIn to the page that sends a link to log in.
var (
	Entry = web.Entry{Text: "E-mail address", Path: "/settings/email", Hint: "Where our mails go, and how you get back in", Icon: "mail"}
	WayIn = web.Entry{Text: "Log in with a link", Path: loginForm.Path, Hint: "We send it to your e-mail address", Icon: "mail"}
)

// Links is the feature.
type Links struct {
	Users     *account.Users
	DB        *sql.DB
	Manager   *ginlogin.LoginManager
	Mails     *mail.Queue
	Site      string // what links begin with: SITE_URL
	Printed   bool   // mails are printed, and pages tell where to look for them
	Passwords *guessing.Guard
	Audit     web.Audit
	LogIn     func(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error
}

// OpenRoutes registers what users need who cannot log in with their password. Logging in is for guests.
func (l *Links) OpenRoutes(open, guests gin.IRoutes) {
	web.Read(open, "/forgot", l.showAsk(resetForm))
	open.POST("/forgot", l.ask(resetForm, l.sendReset))
	web.Read(open, "/reset", l.showReset)
	open.POST("/reset", l.reset)

	web.Read(guests, "/login/link", l.showAsk(loginForm))
	guests.POST("/login/link", l.ask(loginForm, l.sendLogin))
	web.Read(guests, "/login/link/open", l.showLogin)
	guests.POST("/login/link/open", l.logIn)
}

// Routes registers the page of the address on the group of settings, which requires a fresh login: the owner of the
// address gets into the account. Following the link requires a login.
func (l *Links) Routes(members, settings gin.IRoutes) {
	settings.GET("/email", l.showAddress)
	settings.POST("/email", l.changeAddress)
	settings.POST("/email/again", l.sendAgain)
	settings.POST("/email/cancel", l.cancelChange)
	members.GET("/verify", l.showVerify)
	members.POST("/verify", l.verify)
}

// How long links last. A mail may take some minutes; a new address is confirmed when there is time.
const (
	resetLifetime  = time.Hour
	loginLifetime  = 15 * time.Minute
	verifyLifetime = 2 * 24 * time.Hour
)

// until returns the text whose change ends a user's links: of the address and the password.
func until(u *account.User) string { return u.Email + "\n" + u.SessionHash() }

func (l *Links) resets() *ginlogin.Tokens[*account.User] {
	return &ginlogin.Tokens[*account.User]{Manager: l.Manager, Purpose: "reset password", Lifetime: resetLifetime, Until: until}
}

// verifications are for one address. Having it in the purpose, a token for one address does not verify another.
func (l *Links) verifications(address string) *ginlogin.Tokens[*account.User] {
	return &ginlogin.Tokens[*account.User]{Manager: l.Manager, Purpose: "verify " + address, Lifetime: verifyLifetime, Until: until}
}

// logins are for one browser, which keeps a secret. The number of logins by link ends the others with the first.
func (l *Links) logins(browser string) *ginlogin.Tokens[*account.User] {
	return &ginlogin.Tokens[*account.User]{
		Manager: l.Manager, Purpose: "log in, browser " + browser, Lifetime: loginLifetime,
		Until: func(u *account.User) string { return until(u) + "\n" + strconv.FormatInt(u.LinksUsed, 10) },
	}
}

// link is the address of a page with a token for the user.
func (l *Links) link(ctx context.Context, tokens *ginlogin.Tokens[*account.User], user *account.User, path string) (string, error) {
	token, err := tokens.New(ctx, user)
	return l.Site + path + "?token=" + url.QueryEscape(token), err
}

// userOf returns the user of the token in the query, or in the form that is posted. It returns false if the link is
// invalid, and has answered then. A stranger must not learn the reason.
func (l *Links) userOf(c *gin.Context, tokens *ginlogin.Tokens[*account.User], gone gone) (*account.User, bool) {
	discreet(c)
	user, err := tokens.User(c.Request.Context(), tokenOf(c))
	switch {
	case err == nil && user.IsActive():
		return user, true
	case err == nil || errors.Is(err, ginlogin.ErrBadToken):
		gone.answer(c)
	default:
		web.Outage(c, err)
	}
	return nil, false
}

func tokenOf(c *gin.Context) string {
	if c.Request.Method == http.MethodPost {
		return c.PostForm("token")
	}
	return c.Query("token")
}

// discreet keeps the token of a page from the Referer and from caches. The policy is not "no-referrer", which would
// hide the Origin of our own form: see web.SetHeaders.
func discreet(c *gin.Context) {
	c.Header("Referrer-Policy", "strict-origin")
	c.Header("Cache-Control", "no-store")
}

// gone is the page of a link that does not work, or not any more.
type gone struct{ Text, Path, Link string }

func (g gone) answer(c *gin.Context) {
	web.Render(c, http.StatusGone, "linkgone.html", gin.H{"title": "This link does not work", "gone": g})
}

// audit writes down what has happened to a user who is not logged in.
func (l *Links) audit(c *gin.Context, level slog.Level, event string, user *account.User) {
	l.Audit.LogAttrs(context.WithoutCancel(c.Request.Context()), level, event, slog.String("address", c.ClientIP()),
		slog.String("reason", "by a link"), slog.String("user", user.GetID()))
}

// oneRow returns account.ErrWrongCredentials if a statement that was to spend a link has found that it is spent.
func oneRow(result sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("spending a link: %w", err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = account.ErrWrongCredentials
	}
	return err
}
