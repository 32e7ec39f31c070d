package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// The admin area has a login view of its own. Both views log in to the same session; this one tells
// administrators what the password is for, and never remembers them.

func adminLoginForm(c *gin.Context) *form {
	return newForm(c, "adminlogin.html", gin.H{"title": "Admin login", "page": "admin", "email": c.PostForm("email")})
}

// showLogin also shows the form to users who are logged in but are not administrators.
func (a *adminArea) showLogin(c *gin.Context) {
	if user, ok := ginlogin.UserAs[*User](c); ok && user.IsAdmin() {
		c.Redirect(http.StatusFound, "/admin")
		return
	}
	adminLoginForm(c).show(c)
}

func (a *adminArea) login(c *gin.Context) {
	form := adminLoginForm(c)
	user, ok := a.checkCredentials(c, form)
	switch {
	case !ok:
	case !user.IsAdmin(): // the password was right, so they may know
		form.refuse(c, http.StatusForbidden, "form", "This account is not an administrator’s. Log in with one that is.")
	default:
		a.logIn(c, form, user, "/admin")
	}
}
