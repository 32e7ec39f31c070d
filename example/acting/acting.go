// Package acting lets administrators see what a customer sees: "log in as this person", with a banner on every page
// and a button to stop.
//
// ginlogin makes sure that such a login is never fresh, lasts an hour at most, and ends with the administrator's
// login. This package adds the rules of this site:
//
//   - An administrator looks, and changes nothing: posts are refused. To change something for a customer there is the
//     admin area, under the administrator's own name.
//   - No one can act as an administrator, even if the customer becomes one meanwhile; and a former administrator
//     cannot go on acting.
//   - The customer sees on the page of devices who was there and when, and can end it. It is not secret, because
//     administrators who cannot be seen would look more often. It sends no message, because customers mostly ask for
//     it themselves, and would stop reading such mails.
package acting

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/admin"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

//go:embed schema.sql
var tables string

// Schema is the table of impersonations.
var Schema = database.Schema{Tables: tables}

// Acting is the feature.
type Acting struct {
	DB      *sql.DB
	Manager *ginlogin.LoginManager
	Now     func() time.Time
	Audit   web.Audit
}

const (
	adminPath = "/admin/act"
	stopPath  = "/acting/stop"
)

// AdminRoutes registers the way in, on a group for administrators whose login is fresh.
func (a *Acting) AdminRoutes(admins gin.IRouter, area *admin.Area) {
	admins.GET("/act", func(c *gin.Context) { area.Ask(c, question) })
	admins.POST("/act", func(c *gin.Context) {
		if user, back := area.Account(c); user != nil {
			a.begin(c, user, back)
		}
	})
}

// Routes registers the way out, on routes for users who are logged in: the administrator is the customer there.
func (a *Acting) Routes(members gin.IRouter) { members.POST(stopPath, a.stop) }

// Offer adds the link to the page of accounts.
func (a *Acting) Offer(_ context.Context, _ *account.User, users []*account.User) (map[int64]admin.Offer, error) {
	offers := map[int64]admin.Offer{}
	for _, u := range users {
		if u.Active && !u.IsAdmin() {
			offers[u.ID] = admin.Offer{Text: "Log in as this person", Path: adminPath}
		}
	}
	return offers, nil
}

func question(u *account.User) web.Question {
	return web.Question{Title: "Log in as " + u.Name + "?", Button: "Log in as " + u.Name, Action: adminPath, Harmless: true,
		Text: "For an hour at most you see what " + u.Name + ", " + u.Email + ", sees. You can change nothing there. " +
			"The audit log names you, and " + u.Name + " sees on the page of devices that you were there."}
}

func (a *Acting) begin(c *gin.Context, customer *account.User, back string) {
	if customer.IsAdmin() { // oneself, too
		web.Say(c, "error", "Nobody can act as an administrator.", back)
		return
	}
	me, _ := ginlogin.UserAs[*account.User](c)
	// Recorded first, so that the customer sees every impersonation.
	id, err := a.note(c.Request.Context(), me, customer)
	if err != nil {
		web.Outage(c, err)
		return
	}
	if err := ginlogin.Impersonate(c, customer); err != nil {
		a.refuse(c, id, back, err)
		return
	}
	if err := a.name(c.Request.Context(), id, ginlogin.LoginID(c)); err != nil {
		c.Error(err)
	}
	c.Redirect(http.StatusSeeOther, "/") // the banner says the rest
}

// refuse answers an attempt that ginlogin has refused. Nothing has happened, so the customer does not have to see it.
func (a *Acting) refuse(c *gin.Context, id, back string, err error) {
	if err := a.forget(context.WithoutCancel(c.Request.Context()), id); err != nil {
		c.Error(err)
	}
	if errors.Is(err, ginlogin.ErrInactiveUser) {
		web.Say(c, "warning", "That account is deactivated.", back)
		return
	}
	web.Outage(c, err)
}

func (a *Acting) stop(c *gin.Context) {
	switch err := a.end(c); {
	case errors.Is(err, ginlogin.ErrNotAuthenticated): // a second click
		web.Say(c, "info", "You act as nobody.", "/")
	case err != nil:
		web.Outage(c, err)
	default:
		web.Done(c, "You are yourself again.", admin.Entry.Path)
	}
}

// end goes back to the login of the administrator.
func (a *Acting) end(c *gin.Context) error {
	login := ginlogin.LoginID(c)
	if err := ginlogin.StopImpersonating(c); err != nil {
		return err
	}
	if err := a.noteEnd(c.Request.Context(), login); err != nil {
		c.Error(err)
	}
	return nil
}

// Banner says on every page that an administrator acts as the customer.
func Banner(c *gin.Context) *web.Banner {
	me, acting := ginlogin.Impersonator[*account.User](c)
	customer, ok := ginlogin.UserAs[*account.User](c)
	if !acting || !ok {
		return nil
	}
	return &web.Banner{Text: "You are " + me.Name + ", and see what " + customer.Name + " sees.", Action: stopPath, Button: "Stop"}
}

// Use is a middleware behind that of ginlogin. It has the site's rules for administrators who act.
func (a *Acting) Use(c *gin.Context) {
	me, acting := ginlogin.Impersonator[*account.User](c)
	if !acting {
		return
	}
	customer, _ := ginlogin.UserAs[*account.User](c)
	switch {
	case !me.IsAdmin() || customer.IsAdmin(): // ginlogin knows of logins, and not of roles
		a.Audit.Event(c, slog.LevelWarn, "impersonation_refused", "the role of one of them has changed")
		a.endNow(c)
	case !isRead(c.Request.Method) && c.FullPath() != stopPath && c.FullPath() != "/logout":
		refused.Answer(c, http.StatusForbidden)
	default:
		c.Next()
		if c.Writer.Status() == http.StatusForbidden { // by a guard
			refused.Answer(c, http.StatusForbidden)
		}
	}
}

func (a *Acting) endNow(c *gin.Context) {
	if err := a.end(c); err != nil {
		web.Outage(c, err)
		return
	}
	web.Say(c, "warning", "You may not act as that person any more.", "/")
	c.Abort()
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// Closed is a guard for pages that are closed during an impersonation, although they require no fresh login.
func Closed(c *gin.Context) {
	if _, acting := ginlogin.Impersonator[*account.User](c); acting {
		refused.Answer(c, http.StatusForbidden)
	}
}

var refused = web.Problem{
	Title: "Not while you act as somebody else",
	Text: "Here only the person themselves may go on. You can look at what they see, and change nothing. " +
		"Stop to be yourself again.",
	Path: "/", Link: "To the home page",
}

// note writes down that an administrator begins.
func (a *Acting) note(ctx context.Context, me, customer *account.User) (id string, err error) {
	id = rand.Text()
	_, err = a.DB.ExecContext(ctx, `INSERT INTO acted (id, user_id, admin_id, began) VALUES ($1, $2, $3, $4)`,
		id, customer.ID, me.ID, a.Now().Unix())
	return id, err
}

func (a *Acting) name(ctx context.Context, id, login string) error {
	_, err := a.DB.ExecContext(ctx, `UPDATE acted SET login = $1 WHERE id = $2`, login, id)
	return err
}
