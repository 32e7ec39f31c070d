package site

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/example/web"
)

func settingsForm(c *gin.Context) *web.Form {
	return web.NewForm(c, "settings.html", gin.H{"title": "Settings", "page": "/settings"})
}

func showSettings(c *gin.Context) { settingsForm(c).Show(c) }

func (s *Site) changePassword(c *gin.Context) {
	form := settingsForm(c)
	user, _ := ginlogin.UserAs[*account.User](c)
	chosen := c.PostForm("new_password")

	form.Check("new_password", rules.Password(chosen, user.Email))
	if form.HasProblems() {
		form.Render(c, http.StatusUnprocessableEntity)
		return
	}
	// Required even if the login is fresh: the user may have left the browser open.
	changed, ok := s.passwords.CheckPassword(c, form, user, "current_password")
	if !ok {
		return
	}
	switch err := s.Users.SetPassword(c.Request.Context(), changed, chosen); {
	case errors.Is(err, account.ErrWrongCredentials): // it was changed elsewhere just now
		form.Refuse(c, http.StatusUnprocessableEntity, "current_password", "This is not your password. Please try again.")
		return
	case err != nil:
		form.Fail(c, err)
		return
	}
	s.audit().Event(c, slog.LevelInfo, "password_changed", "by the user")
	s.passwords.RememberDevice(c, changed) // all others are strangers now
	// The user has a new SessionHash, which ends all logins. This one goes on.
	if err := ginlogin.LogoutOthers(c, changed); err != nil {
		c.Error(err)
		web.Done(c, "Your password has been changed. Please log in with it.", "/login")
		return
	}
	web.Done(c, "Your password has been changed. All your other devices are logged out.", "/settings")
}
