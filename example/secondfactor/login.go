package secondfactor

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
)

const (
	codeView    = "/login/code"   // the second step of a login
	confirmView = "/confirm/code" // a code again, of a user who is logged in
)

// Ask begins a login in two steps and leads to the second one, if the user has a second factor. Otherwise, and on an
// error, nothing has been done.
func (f *Factor) Ask(c *gin.Context, u *account.User, home string, options ...ginlogin.LoginOption) (asked bool, err error) {
	switch _, err := f.find(c.Request.Context(), u); {
	case errors.Is(err, errOff):
		// If it is turned on at this moment, the user has a new SessionHash, and the login ends at once.
		return false, nil
	case err != nil:
		return false, err
	}
	if err := ginlogin.BeginLogin(c, u, options...); err != nil {
		return false, err
	}
	next := ginlogin.NextURL(c, home)
	if next == "/" {
		next = "" // where it leads anyway
	}
	c.Redirect(303, ginlogin.LoginURL(c, codeView, next))
	return true, nil
}

func codeForm(c *gin.Context, title, action, email string) *web.Form {
	return web.NewForm(c, "secondfactor-code.html", gin.H{"title": title, "page": "/login", "action": action, "email": email,
		"recovery": c.PostForm("recovery") != ""})
}

// pending returns the user who has given the password, or false if there is none, and has answered then.
func pending(c *gin.Context) (*account.User, bool) {
	user, ok := ginlogin.PendingUser[*account.User](c)
	switch {
	case ok:
	case len(c.Errors) > 0: // the user could not be loaded
		web.Unavailable(c, c.Errors.Last())
	default:
		startAgain(c)
	}
	return user, ok
}

// startAgain is for users who come late, or whose password was changed between the steps.
func startAgain(c *gin.Context) {
	web.Say(c, "info", "Please log in again, beginning with your password.", ginlogin.LoginURL(c, "/login", ginlogin.NextURL(c, "")))
}

func loginForm(c *gin.Context, u *account.User) *web.Form {
	return codeForm(c, "Enter your code", codeView, u.Email)
}

func (f *Factor) showLogin(c *gin.Context) {
	if user, ok := pending(c); ok {
		loginForm(c, user).Show(c)
	}
}

func (f *Factor) login(c *gin.Context) {
	user, ok := pending(c)
	if !ok {
		return
	}
	form := loginForm(c, user)
	if !f.spend(c, form, user) {
		return
	}
	switch err := ginlogin.FinishLogin(c, user, ginlogin.Via("otp")); {
	case errors.Is(err, ginlogin.ErrNotAuthenticated):
		startAgain(c)
	case err != nil:
		form.RefuseLogin(c, err)
	default:
		f.Welcome(c, user, "/")
	}
}

func confirmForm(c *gin.Context) (*web.Form, *account.User) {
	user, _ := ginlogin.UserAs[*account.User](c)
	return codeForm(c, "Confirm with a code", confirmView, user.Email), user
}

func (f *Factor) showConfirm(c *gin.Context) {
	form, user := confirmForm(c)
	switch _, err := f.find(c.Request.Context(), user); {
	case errors.Is(err, errOff):
		web.Say(c, "info", "You have not turned codes on.", Entry.Path)
	case err != nil:
		web.Outage(c, err)
	default:
		form.Show(c)
	}
}

// confirm makes the login fresh, as the password does.
func (f *Factor) confirm(c *gin.Context) {
	form, user := confirmForm(c)
	if !f.spend(c, form, user) {
		return
	}
	if err := ginlogin.ConfirmLogin(c, user, ginlogin.Via("otp")); err != nil {
		form.Fail(c, err)
		return
	}
	c.Redirect(303, ginlogin.NextURL(c, "/"))
}
