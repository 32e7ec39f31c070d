package secondfactor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/admin"
	"github.com/ginlogin/ginlogin/example/web"
)

const adminPath = "/admin/code"

// Offer tells the page of accounts which users have a second factor.
func (f *Factor) Offer(ctx context.Context, me *account.User, users []*account.User) (map[int64]admin.Offer, error) {
	having, err := f.having(ctx, users)
	offers := make(map[int64]admin.Offer, len(having))
	for id := range having {
		offers[id] = admin.Offer{Badge: "Codes", Text: "Remove codes", Path: adminPath}
		if id == me.ID {
			offers[id] = admin.Offer{Badge: "Codes"}
		}
	}
	return offers, err
}

// AdminRoutes registers the help for a user who has lost the phone and the recovery codes, on a group for
// administrators.
func (f *Factor) AdminRoutes(admins gin.IRouter, area *admin.Area) {
	admins.GET("/code", func(c *gin.Context) { area.Ask(c, removal) })
	admins.POST("/code", func(c *gin.Context) {
		if user, back := area.Account(c); user != nil {
			f.remove(c, user, back)
		}
	})
}

func removal(u *account.User) web.Question {
	return web.Question{Title: "Remove the codes?", Button: "Remove the codes", Action: adminPath,
		Text: "Make sure that it is " + u.Name + ", " + u.Email + ", who asks for it: who has their password gets in from then on. " +
			"They will be logged out everywhere, and get a message."}
}

func (f *Factor) remove(c *gin.Context, u *account.User, back string) {
	// In the settings this requires a code. Here the password alone would turn it off.
	if me, _ := ginlogin.UserAs[*account.User](c); me.ID == u.ID {
		web.Say(c, "error", "You cannot remove your own codes here. Turn them off in your settings.", back)
		return
	}
	switch err := f.turnOff(c.Request.Context(), u); {
	case errors.Is(err, errOff):
		web.Say(c, "info", "That account has no codes any more.", back)
		return
	case errors.Is(err, errChanged):
		web.Say(c, "warning", "That account was changed meanwhile. Please try again.", back)
		return
	case err != nil:
		web.Outage(c, err)
		return
	}
	// The new SessionHash has ended the logins; this removes them from the page of devices.
	if err := f.Manager.EndLogins(c.Request.Context(), u.GetID()); err != nil {
		c.Error(err)
	}
	f.Audit.Event(c, slog.LevelWarn, "second_factor_removed", fmt.Sprintf("user %d: by an administrator", u.ID))
	f.Tell(c, u, "Your codes were removed", "An administrator has turned codes off for your account, and logged you out everywhere. "+
		"If you have not asked for it, write to us.")
	web.Done(c, "The codes have been removed, and the account is logged out everywhere.", back)
}
