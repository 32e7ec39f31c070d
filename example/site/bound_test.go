package site_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// The cookies of a login are copied into a browser without its key.
func TestBrowserBound(t *testing.T) {
	s := sitetest.New(t)
	var clock sitetest.Clock
	clock.Runs(s)
	s.Config.DeviceBound = 10 * time.Minute
	site := sitetest.BindInBrowser(t, s)
	victim, thief := site.Launch(), site.Another().Launch()
	thief.Open("/")

	victim.LogIn(sitetest.AdaPassword)
	victim.WaitUntilBound()
	victim.Checked("devices-bound")
	if names := victim.CookieNames(); !strings.Contains(names, "__Host-login_device") {
		t.Fatalf("the browser has the cookies %q, and none of the device", names)
	}

	clock.Advance(3 * time.Minute) // the first minutes are over
	thief.CopyCookies(victim)
	thief.Open("/profile")
	thief.Heading("Your profile")

	clock.Advance(10 * time.Minute)
	thief.Open("/profile")
	thief.Heading("Log in")
	thief.Open("/devices")
	thief.Heading("Log in")
	victim.FollowLink("/profile")
	victim.Heading("Your profile")

	thief.CopyCookies(victim)
	thief.Open("/profile")
	thief.Heading("Your profile")
	victim.Click(`header button`)
	victim.Flash("success", "You are logged out.")
	thief.Open("/profile")
	thief.Heading("Log in")
	victim.Open("/profile")
	victim.Heading("Log in")
	if names := victim.CookieNames(); strings.Contains(names, "__Host-login_device") {
		t.Errorf("after the logout the browser has the cookies %q", names)
	}
}
