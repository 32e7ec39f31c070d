// Package admin has the area of administrators: its own login, and the accounts.
package admin

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/web"
)

// Pages are the templates.
//
//go:embed *.html
var Pages embed.FS

// Entry leads to the area.
var Entry = web.Entry{Text: "Admin", Path: "/admin", Hint: "The area of administrators", Icon: "people", Admin: true}

// Area is the feature.
type Area struct {
	Users     *account.Users
	Manager   *ginlogin.LoginManager
	Passwords *guessing.Guard
	Audit     web.Audit

	// LogIn logs the user in, and redirects to the page that asked for the login, or to home.
	LogIn func(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error

	Features []Offers // what other features add to the accounts
}

// LoginRoutes registers the login of the area, on open routes.
func (a *Area) LoginRoutes(open gin.IRouter) {
	web.Read(open, "/admin/login", a.showLogin)
	open.POST("/admin/login", a.login)
}

// Routes registers the area, on a group for administrators.
func (a *Area) Routes(admins gin.IRouter) {
	admins.GET("", a.showAccounts)
	admins.GET("/deactivate", a.askToDeactivate)
	admins.POST("/deactivate", a.deactivate)
	admins.POST("/reactivate", a.reactivate)
	admins.GET("/logout", a.askToEndLogins)
	admins.POST("/logout", a.endLogins)
}

// accountsPerPage is how many accounts a page lists.
const accountsPerPage = 50

func (a *Area) showAccounts(c *gin.Context) {
	after := number(c.Query("after"))
	users, err := a.list(c.Request.Context(), after, accountsPerPage+1)
	if err != nil {
		web.Outage(c, err)
		return
	}
	data := gin.H{"title": "Accounts", "page": Entry.Path, "after": after}
	if len(users) > accountsPerPage { // one more than is shown: there is another page
		users = users[:accountsPerPage]
		data["more"] = users[accountsPerPage-1].ID
	}
	data["accounts"] = users
	if data["offers"], err = a.offers(c, users); err != nil {
		web.Outage(c, err)
		return
	}
	web.Render(c, http.StatusOK, "admin.html", data)
}

func (a *Area) askToDeactivate(c *gin.Context) {
	a.Ask(c, func(u *account.User) web.Question {
		return web.Question{Title: "Deactivate this account?", Button: "Deactivate the account", Action: "/admin/deactivate",
			Text: u.Name + ", " + u.Email + ", will be logged out everywhere, and cannot log in until the account is reactivated."}
	})
}

func (a *Area) askToEndLogins(c *gin.Context) {
	a.Ask(c, func(u *account.User) web.Question {
		return web.Question{Title: "Log out everywhere?", Button: "Log out everywhere", Action: "/admin/logout",
			Text: u.Name + ", " + u.Email + ", will have to log in again on every device. What they have not saved is lost."}
	})
}

// Ask asks a question about the account that the address names.
func (a *Area) Ask(c *gin.Context, about func(u *account.User) web.Question) {
	after, back := c.Query("after"), a.page(number(c.Query("after")))
	user := a.find(c, c.Query("id"), back)
	if user == nil {
		return
	}
	question := about(user)
	question.Back, question.Page = back, Entry.Path
	question.Fields = map[string]string{"id": user.GetID(), "after": after}
	question.Ask(c)
}

// find returns the account with that ID; or nil, if it has answered that there is none.
func (a *Area) find(c *gin.Context, id, back string) *account.User {
	user, err := a.Users.FindByID(c.Request.Context(), number(id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		web.Say(c, "warning", noAccount, back)
	case err != nil:
		web.Outage(c, err)
	default:
		return user
	}
	return nil
}

const noAccount = "There is no such account any more."

// deactivate also ends the logins, so that none is valid again when the account is. Guards refuse
// them in any case: see User.IsActive.
func (a *Area) deactivate(c *gin.Context) {
	id := number(c.PostForm("id"))
	if user, _ := ginlogin.UserAs[*account.User](c); user.ID == id {
		web.Say(c, "error", "You cannot deactivate your own account. Ask another administrator to do it.", a.page(after(c)))
		return
	}
	if !a.changeActive(c, id, false) {
		return
	}
	if err := a.Manager.EndLogins(c.Request.Context(), strconv.FormatInt(id, 10)); err != nil {
		c.Error(err)
	}
	web.Done(c, "The account has been deactivated, and is logged out everywhere.", a.page(after(c)))
}

func (a *Area) reactivate(c *gin.Context) {
	if a.changeActive(c, number(c.PostForm("id")), true) {
		web.Done(c, "The account has been reactivated.", a.page(after(c)))
	}
}

// changeActive returns false if it failed, and has answered then.
func (a *Area) changeActive(c *gin.Context, id int64, active bool) bool {
	err := a.setActive(c.Request.Context(), id, active)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		web.Say(c, "warning", noAccount, a.page(after(c)))
	case err != nil:
		web.Outage(c, err)
	default:
		a.Audit.Event(c, slog.LevelInfo, "account_changed", fmt.Sprintf("user %d: active is %t", id, active))
	}
	return err == nil
}

func (a *Area) endLogins(c *gin.Context) {
	id := number(c.PostForm("id"))
	if err := a.Manager.EndLogins(c.Request.Context(), strconv.FormatInt(id, 10)); err != nil {
		web.Outage(c, err)
		return
	}
	a.Audit.Event(c, slog.LevelInfo, "logins_ended", fmt.Sprintf("user %d: by an administrator", id))
	web.Done(c, "The account is logged out everywhere.", a.page(after(c)))
}

// after is the ID before the first on the page that a form was on.
func after(c *gin.Context) int64 { return number(c.PostForm("after")) }

// page is the page of accounts that begins behind an ID.
func (a *Area) page(after int64) string {
	if after > 0 {
		return fmt.Sprintf("/admin?after=%d", after)
	}
	return "/admin"
}

// number returns 0, which no user has as an ID, for text that is no ID.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
