package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
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
	// Asked again even if the login is fresh: the user may have left the browser open.
	account, err := s.confirmPassword(c, user, current)
	if err == nil {
		err = s.users.SetPassword(c.Request.Context(), account, chosen)
	}
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		form.tooMany(c, "current_password", wait)
		return
	case errors.Is(err, errWrongCredentials):
		form.refuse(c, http.StatusUnprocessableEntity, "current_password", "This is not your current password.")
		return
	case err != nil:
		form.fail(c, err)
		return
	}
	s.auditEvent(c, slog.LevelInfo, "password_changed", "by the user")
	s.rememberDevice(c, account) // all others are strangers now
	// The user has a new SessionHash, which ends all logins. This one goes on.
	if err := ginlogin.LogoutOthers(c, account); err != nil {
		c.Error(err)
		done(c, "Your password has been changed. Please log in with it.", "/login")
		return
	}
	done(c, "Your password has been changed. All your other devices are logged out.", "/settings")
}
