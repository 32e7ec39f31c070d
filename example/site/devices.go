package site

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/useragent"
	"github.com/ginlogin/ginlogin/example/web"
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
	Bound    bool // to the device: copies of its cookies soon end
}

// showDevices lists where the user is logged in.
func (s *Site) showDevices(c *gin.Context) {
	stored, err := ginlogin.Logins(c)
	if err != nil {
		web.Outage(c, err)
		return
	}
	visits, err := s.acting.Visits(c)
	if err != nil {
		web.Outage(c, err)
		return
	}
	now, current := time.Now(), ginlogin.LoginID(c)
	entries := make([]entry, 0, len(stored))
	for _, l := range stored {
		e := entry{
			ID: l.ID, Device: useragent.Describe(l.UserAgent), Address: l.Address,
			LastSeen: l.LastSeen, Seen: web.Ago(now, l.LastSeen), Created: l.Created,
			Current: l.ID == current, Handheld: useragent.IsHandheld(l.UserAgent), Bound: l.DeviceBound(),
		}
		if e.Current {
			entries = slices.Insert(entries, 0, e)
		} else {
			entries = append(entries, e)
		}
	}
	web.Render(c, http.StatusOK, "devices.html", gin.H{"title": "Your devices", "page": "/devices", "devices": entries, "visits": visits})
}

// confirmFirst asks for the password, and leads back to the devices.
func confirmFirst(c *gin.Context) {
	ginlogin.NeedsRefresh(c, ginlogin.RefreshView("/confirm?next=/devices"))
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
		web.Say(c, "info", "That device was logged out already.", "/devices")
	case err != nil:
		web.Outage(c, err)
	default:
		web.Done(c, "The device has been logged out.", "/devices")
	}
}

// endOtherDevices logs out everything but this device.
func endOtherDevices(c *gin.Context) {
	user, _ := ginlogin.UserAs[*account.User](c)
	switch err := ginlogin.LogoutOthers(c, user); {
	case errors.Is(err, ginlogin.ErrNotFresh):
		confirmFirst(c)
	case err != nil:
		web.Outage(c, err)
	default:
		web.Done(c, "You are logged out everywhere else.", "/devices")
	}
}
