package main

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func settingsForm(c *gin.Context) *form {
	return newForm(c, "settings.html", gin.H{"title": "Settings", "page": "settings"})
}

func settings(c *gin.Context) { settingsForm(c).show(c) }

func (s *site) changePassword(c *gin.Context) {
	form := settingsForm(c)
	user, _ := ginlogin.UserAs[*User](c)
	current, chosen := c.PostForm("current_password"), c.PostForm("new_password")

	form.check("new_password", checkPassword(chosen, user.Email))
	if len(form.errors) > 0 {
		form.render(c, http.StatusUnprocessableEntity)
		return
	}
	// Asked again, however fresh the login is: the browser may have been left alone since.
	account, err := s.users.Authenticate(c.Request.Context(), user.Email, current)
	if err == nil {
		err = s.users.SetPassword(c.Request.Context(), account, chosen)
	}
	switch {
	case errors.Is(err, errWrongCredentials):
		form.refuse(c, http.StatusUnprocessableEntity, "current_password", "This is not your current password.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	done(c, "Your password has been changed.", "/settings")
}

// makeToken shows the new API token on the page it answers with, and does not redirect: the token
// would have to wait in the session, and so in a cookie, for the next page to show it.
func (s *site) makeToken(c *gin.Context) {
	form := settingsForm(c)
	user, _ := ginlogin.UserAs[*User](c)
	token, err := s.users.NewToken(c.Request.Context(), user)
	if err != nil {
		form.fail(c, err)
		return
	}
	form.data["token"] = token
	form.show(c)
}
