package guessing_test

import (
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestBrowserThrottled(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	site.Exhaust(sitetest.Limits.Account, sitetest.AdaEmail)
	b.Open("/login")
	b.Heading("Log in")
	b.Fill("email", sitetest.AdaEmail)
	b.Fill("password", sitetest.AdaPassword)
	b.Submit()
	b.Flash("error", "Too many wrong passwords. Please try again in 5 minutes, or log in on a device")
	b.Checked("login-throttled")

	site.Exhaust(sitetest.Limits.Network, "127.0.0.1/32")
	b.Fill("password", sitetest.AdaPassword)
	b.Submit()
	b.Heading("Too many attempts")
	b.Checked("too-many-requests")
}
