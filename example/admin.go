package main

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// adminArea has the handlers of the admin area.
type adminArea struct {
	*site
	manager *ginlogin.LoginManager
}

// accountsPerPage is how many accounts a page lists.
const accountsPerPage = 50

func (a *adminArea) showAccounts(c *gin.Context) {
	after := number(c.Query("after"))
	users, err := a.users.List(c.Request.Context(), after, accountsPerPage+1)
	if err != nil {
		outage(c, err)
		return
	}
	data := gin.H{"title": "Accounts", "page": "admin", "after": after}
	if len(users) > accountsPerPage { // one more than is shown: there is another page
		users = users[:accountsPerPage]
		data["more"] = users[accountsPerPage-1].ID
	}
	data["accounts"] = users
	render(c, http.StatusOK, "admin.html", data)
}

// deactivate ends the logins, too, so that none comes back when the account does. They are out in any
// case: see User.IsActive.
func (a *adminArea) deactivate(c *gin.Context) {
	id := number(c.PostForm("id"))
	if user, _ := ginlogin.UserAs[*User](c); user.ID == id {
		say(c, "error", "You cannot deactivate your own account. Ask another administrator to do it.", a.page(c))
		return
	}
	if !a.setActive(c, id, false) {
		return
	}
	if err := a.manager.EndLogins(c.Request.Context(), strconv.FormatInt(id, 10)); err != nil {
		c.Error(err)
	}
	done(c, "The account has been deactivated, and is logged out everywhere.", a.page(c))
}

func (a *adminArea) reactivate(c *gin.Context) {
	if a.setActive(c, number(c.PostForm("id")), true) {
		done(c, "The account has been reactivated.", a.page(c))
	}
}

// setActive returns false if it has answered that it could not be done.
func (a *adminArea) setActive(c *gin.Context, id int64, active bool) bool {
	err := a.users.SetActive(c.Request.Context(), id, active)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		say(c, "warning", "There is no such account any more.", a.page(c))
	case err != nil:
		outage(c, err)
	default:
		a.auditEvent(c, slog.LevelInfo, "account_changed", fmt.Sprintf("user %d: active is %t", id, active))
	}
	return err == nil
}

func (a *adminArea) endLogins(c *gin.Context) {
	id := number(c.PostForm("id"))
	if err := a.manager.EndLogins(c.Request.Context(), strconv.FormatInt(id, 10)); err != nil {
		outage(c, err)
		return
	}
	a.auditEvent(c, slog.LevelInfo, "logins_ended", fmt.Sprintf("user %d: by an administrator", id))
	done(c, "The account is logged out everywhere.", a.page(c))
}

// page is the page of accounts that a form was on.
func (a *adminArea) page(c *gin.Context) string {
	if after := number(c.PostForm("after")); after > 0 {
		return fmt.Sprintf("/admin?after=%d", after)
	}
	return "/admin"
}

// number returns 0, which is nobody's ID, for what is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
