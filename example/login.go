package main

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
)

func loginForm(c *gin.Context) *form {
	return newForm(c, "login.html", gin.H{
		"title":    "Log in",
		"page":     "login",
		"email":    c.PostForm("email"),
		"remember": c.PostForm("remember") != "",
	})
}

func showLogin(c *gin.Context) { loginForm(c).show(c) }

func (s *site) login(c *gin.Context) {
	form := loginForm(c)
	user, ok := s.checkCredentials(c, form)
	if !ok {
		return
	}
	s.logIn(c, form, user, "/", ginlogin.Remember(c.PostForm("remember") != ""))
}

// checkCredentials returns the user with the e-mail address and password in the form, or false if it
// has answered that there is none.
func (s *site) checkCredentials(c *gin.Context, form *form) (*User, bool) {
	user, err := s.authenticate(c, c.PostForm("email"), c.PostForm("password"))
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.tooMany(c, "form", wait)
	case errors.Is(err, errWrongCredentials):
		// One message for both: do not reveal which of the two was wrong.
		form.refuse(c, http.StatusUnauthorized, "form", "That e-mail address and password do not match. Please try again.")
	case err != nil:
		form.fail(c, err)
	}
	return user, err == nil
}

// logIn logs the user in and redirects to the page that they asked for, or else to home.
func (s *site) logIn(c *gin.Context, form *form, user *User, home string, options ...ginlogin.LoginOption) {
	err := ginlogin.Login(c, user, options...)
	switch {
	case errors.Is(err, ginlogin.ErrInactiveUser): // the password was right, so they may know
		form.refuse(c, http.StatusForbidden, "form",
			"This account has been deactivated. Please write to the people who run this site.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	s.rememberDevice(c, user)
	done(c, "Welcome back, "+user.Name+".", ginlogin.NextURL(c, home))
}

func logout(c *gin.Context) {
	if err := ginlogin.Logout(c, ginlogin.ClearSession()); err != nil {
		outage(c, err)
		return
	}
	done(c, "You are logged out.", "/")
}

func reauthenticateForm(c *gin.Context) *form {
	return newForm(c, "reauthenticate.html", gin.H{"title": "Confirm that it is you"})
}

func showReauthenticate(c *gin.Context) { reauthenticateForm(c).show(c) }

// reauthenticate is for users whose login is not fresh: they gave the password too long ago, they came
// back through "remember me", or the login moved to another address.
func (s *site) reauthenticate(c *gin.Context) {
	form := reauthenticateForm(c)
	user, _ := ginlogin.UserAs[*User](c)
	confirmed, err := s.confirmPassword(c, user, c.PostForm("password"))
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.tooMany(c, "password", wait)
		return
	case errors.Is(err, errWrongCredentials):
		form.refuse(c, http.StatusUnauthorized, "password", "This is not your password. Please try again.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	if err := ginlogin.ConfirmLogin(c, confirmed); err != nil {
		form.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
}

// done redirects to a page that says that all went well.
func done(c *gin.Context, message, location string) { say(c, "success", message, location) }

// say redirects to a page with a message of the category "success", "info", "warning" or "error". With
// 303 the browser fetches that page, so that reloading it does not send the form again.
func say(c *gin.Context, category, message, location string) {
	if err := ginlogin.AddFlash(c, category, message); err != nil {
		c.Error(err) // what was to be done is done, with or without a message
	}
	c.Redirect(http.StatusSeeOther, location)
}
