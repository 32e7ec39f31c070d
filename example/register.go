package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
)

func registerForm(c *gin.Context) *form {
	return newForm(c, "register.html", gin.H{
		"title": "Register",
		"page":  "register",
		"email": c.PostForm("email"),
		"name":  c.PostForm("name"),
	})
}

func showRegister(c *gin.Context) { registerForm(c).show(c) }

func (s *site) register(c *gin.Context) {
	form := registerForm(c)
	email := normalizeEmail(c.PostForm("email"))
	name := strings.TrimSpace(c.PostForm("name"))
	password := c.PostForm("password") // as it is: spaces are characters like any other

	form.check("email", checkEmail(email))
	form.check("name", checkName(name))
	form.check("password", checkPassword(password, email))
	if len(form.errors) > 0 {
		form.render(c, http.StatusUnprocessableEntity)
		return
	}

	var user *User
	err := s.countRegistration(c)
	if err == nil {
		user, err = s.users.Create(c.Request.Context(), email, name, password)
	}
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.tooMany(c, "form", wait)
		return
	case errors.Is(err, errEmailTaken):
		form.refuse(c, http.StatusUnprocessableEntity, "email",
			"There is an account with this e-mail address already. Log in, or enter another one.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	if err := ginlogin.Login(c, user); err != nil {
		outage(c, err) // the account is made: this form could not be sent again
		return
	}
	s.rememberDevice(c, user)
	done(c, "Welcome, "+user.Name+". Your account is ready.", ginlogin.NextURL(c, "/"))
}
