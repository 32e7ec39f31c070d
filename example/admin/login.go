package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
)

// The admin area has its own login view. Both views log in to the same session; this one says that
// it is for administrators, and never remembers them.

func adminLoginForm(c *gin.Context) *web.Form {
	return web.NewForm(c, "adminlogin.html", gin.H{"title": "Admin login", "page": Entry.Path, "email": c.PostForm("email")})
}

// showLogin also shows the form to users who are logged in but are not administrators.
func (a *Area) showLogin(c *gin.Context) {
	if user, ok := ginlogin.UserAs[*account.User](c); ok && user.IsAdmin() {
		c.Redirect(http.StatusFound, "/admin")
		return
	}
	adminLoginForm(c).Show(c)
}

func (a *Area) login(c *gin.Context) {
	form := adminLoginForm(c)
	user, ok := a.Passwords.CheckCredentials(c, form)
	switch {
	case !ok:
	case !user.IsAdmin(): // the password was right, so the reason may be shown
		form.Refuse(c, http.StatusForbidden, "form", "This account is not an administrator’s. Log in with one that is.")
	default:
		if err := a.LogIn(c, user, Entry.Path, ginlogin.Via("pwd")); err != nil {
			form.RefuseLogin(c, err)
		}
	}
}
