package main

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// entry is a login on the devices page.
type entry struct {
	ID       string
	Device   string
	Address  string
	LastSeen time.Time
	Seen     string // LastSeen in words
	Created  time.Time
	Current  bool // this device
	Handheld bool
}

// showDevices lists where the user is logged in.
func showDevices(c *gin.Context) {
	stored, err := ginlogin.Logins(c)
	if err != nil {
		outage(c, err)
		return
	}
	now, current := time.Now(), ginlogin.LoginID(c)
	entries := make([]entry, 0, len(stored))
	for _, l := range stored {
		e := entry{
			ID: l.ID, Device: describeDevice(l.UserAgent), Address: l.Address,
			LastSeen: l.LastSeen, Seen: ago(now, l.LastSeen), Created: l.Created,
			Current: l.ID == current, Handheld: isHandheld(l.UserAgent),
		}
		if e.Current {
			entries = slices.Insert(entries, 0, e)
		} else {
			entries = append(entries, e)
		}
	}
	render(c, http.StatusOK, "devices.html", gin.H{"title": "Your devices", "page": "devices", "devices": entries})
}

// confirmFirst asks for the password, and leads back to the devices.
func confirmFirst(c *gin.Context) {
	ginlogin.NeedsRefresh(c, ginlogin.RefreshView("/reauthenticate?next=/devices"))
}

// endDevice logs one device out. Its ID is not a secret: ginlogin ends only the user's own logins.
func endDevice(c *gin.Context) {
	id := c.PostForm("id")
	if id == ginlogin.LoginID(c) {
		logout(c)
		return
	}
	err := ginlogin.EndLogin(c, id)
	switch {
	case errors.Is(err, ginlogin.ErrNotFresh):
		confirmFirst(c)
	case errors.Is(err, ginlogin.ErrLoginNotFound):
		say(c, "info", "That device was logged out already.", "/devices")
	case err != nil:
		outage(c, err)
	default:
		done(c, "The device has been logged out.", "/devices")
	}
}

// endOtherDevices logs out everything but this device.
func endOtherDevices(c *gin.Context) {
	user, _ := ginlogin.UserAs[*User](c)
	switch err := ginlogin.LogoutOthers(c, user); {
	case errors.Is(err, ginlogin.ErrNotFresh):
		confirmFirst(c)
	case err != nil:
		outage(c, err)
	default:
		done(c, "You are logged out everywhere else.", "/devices")
	}
}
