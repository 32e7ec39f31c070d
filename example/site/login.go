package site

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/demo"
	"github.com/ginlogin/ginlogin/example/web"
)

func (s *Site) loginForm(c *gin.Context) *web.Form {
	data := gin.H{
		"title":    "Log in",
		"page":     "/login",
		"email":    c.PostForm("email"),
		"remember": c.PostForm("remember") != "",
	}
	if s.Demo.Shown(c.Request.Context()) {
		data["demo"] = gin.H{"email": demo.Email, "password": demo.Password}
	}
	s.passkeys.OfferLogin(c, data)
	return web.NewForm(c, "login.html", data)
}

func (s *Site) showLogin(c *gin.Context) { s.loginForm(c).Show(c) }

func (s *Site) login(c *gin.Context) {
	form := s.loginForm(c)
	user, ok := s.passwords.CheckCredentials(c, form)
	if !ok {
		return
	}
	if err := s.logIn(c, user, "/", ginlogin.Via("pwd"), ginlogin.Remember(c.PostForm("remember") != "")); err != nil {
		form.RefuseLogin(c, err)
	}
}

// logIn logs the user in and redirects to the page that they asked for, or else to home. On an error it has not
// answered yet. All ways to log in use it.
//
// Users with a second factor are asked for a code first, whatever the first factor was, so no new way to log in
// can forget the second one.
func (s *Site) logIn(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error {
	asked, err := s.factor.Ask(c, user, home, options...)
	if asked || err != nil {
		return err
	}
	return s.logInByTwoFactors(c, user, home, options...)
}

// logInByTwoFactors is logIn for a way in that has checked two factors by itself, as a passkey does: the device
// is one, and the fingerprint, face or PIN that unlocks it the other.
func (s *Site) logInByTwoFactors(c *gin.Context, user *account.User, home string, options ...ginlogin.LoginOption) error {
	if err := ginlogin.Login(c, user, options...); err != nil {
		return err
	}
	s.welcome(c, user, home)
	return nil
}

// welcome answers a user who has just been logged in.
func (s *Site) welcome(c *gin.Context, user *account.User, home string) {
	s.passwords.RememberDevice(c, user)
	web.Done(c, "Welcome back, "+user.Name+".", ginlogin.NextURL(c, home))
}

func logout(c *gin.Context) {
	if err := ginlogin.Logout(c, ginlogin.ClearSession()); err != nil {
		web.Outage(c, err)
		return
	}
	web.Done(c, "You are logged out.", "/")
}

func (s *Site) confirmForm(c *gin.Context) *web.Form {
	data := gin.H{"title": "Confirm that it is you"}
	s.passkeys.OfferConfirm(c, data)
	s.openid.OfferConfirm(c, data)
	return web.NewForm(c, "confirm.html", data)
}

func (s *Site) showConfirm(c *gin.Context) { s.confirmForm(c).Show(c) }

// confirm is for users whose login is not fresh: they gave the password too long ago, they came back through
// "remember me", or the login moved to another address.
func (s *Site) confirm(c *gin.Context) {
	form := s.confirmForm(c)
	user, _ := ginlogin.UserAs[*account.User](c)
	confirmed, ok := s.passwords.CheckPassword(c, form, user, "password")
	if !ok {
		return
	}
	if err := ginlogin.ConfirmLogin(c, confirmed, ginlogin.Via("pwd")); err != nil {
		form.Fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
}
