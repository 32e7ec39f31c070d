package site

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/throttle"
)

func registerForm(c *gin.Context) *web.Form {
	return web.NewForm(c, "register.html", gin.H{
		"title": "Register",
		"page":  "/register",
		"email": c.PostForm("email"),
		"name":  c.PostForm("name"),
	})
}

func showRegister(c *gin.Context) { registerForm(c).Show(c) }

func (s *Site) register(c *gin.Context) {
	form := registerForm(c)
	email := rules.NormalizeEmail(c.PostForm("email"))
	name := strings.TrimSpace(c.PostForm("name"))
	password := c.PostForm("password") // as it is: spaces are characters like any other

	form.Check("email", rules.Email(email))
	form.Check("name", rules.Name(name))
	form.Check("password", rules.Password(password, email))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}

	var user *account.User
	err := s.passwords.CountRegistration(c)
	if err == nil {
		user, err = s.Users.Create(c.Request.Context(), email, name, password)
	}
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.TooMany(c, "form", wait)
		return
	case errors.Is(err, account.ErrEmailTaken):
		form.Refuse(c, http.StatusUnprocessableEntity, "email",
			"There is an account with this e-mail address already. Log in, or enter another one.")
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	if err := ginlogin.Login(c, user, ginlogin.Via("pwd")); err != nil {
		web.Outage(c, err) // the account is made: this form could not be sent again
		return
	}
	s.passwords.RememberDevice(c, user)
	s.links.Welcome(c, user)
	web.Done(c, "Welcome, "+user.Name+". Your account is ready.", ginlogin.NextURL(c, "/"))
}
