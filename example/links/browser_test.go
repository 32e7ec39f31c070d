package links_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Two profiles side by side. The other one has every link that Ada gets, and gets nothing.
func TestBrowserStory(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	sitetest.Verified(t, site.Site)
	ada, other := site.Launch(), site.Another().Launch()

	// A link to log in, by keyboard, on the way to a page.
	ada.Open("/tokens")
	ada.Heading("Log in")
	ada.Checked("login-with-ways-in")
	ada.Open("/login/link?next=/tokens")
	ada.Heading("Log in with a link")
	ada.Checked("link-login-ask")
	ada.FocusIs("email")
	ada.Press("no address")
	ada.Press(kb.Enter)
	ada.Sees("email-error", "Enter an e-mail address")
	ada.Checked("link-login-refused")
	ada.Fill("email", sitetest.AdaEmail)
	ada.Press(kb.Enter)
	ada.Heading("Look into your mailbox")
	ada.Checked("link-sent")
	link := sitetest.LinkIn(t, site.Site.Mail(t, sitetest.AdaEmail))
	other.Open(link)
	other.Heading("This link does not work")
	other.Checked("link-gone")
	other.Open("/profile")
	other.Heading("Log in")
	ada.Open(link)
	ada.Heading("Log in")
	ada.Sees("account", sitetest.AdaEmail)
	ada.Checked("link-login")
	ada.Submit()
	ada.Heading("API tokens")
	other.Open(link)
	other.Heading("This link does not work")

	anotherAddress(t, site, ada, other)
	aReset(t, site, ada, other)
}

const countess = "countess@example.com"

func anotherAddress(t *testing.T, site *sitetest.BrowserSite, ada, other *sitetest.Browser) {
	t.Helper()
	ada.Open("/settings")
	ada.Heading("Settings")
	ada.Checked("settings-with-address")
	ada.Click(`main a[href="/settings/email"]`)
	ada.Heading("E-mail address")
	ada.Checked("address")
	ada.Fill("email", sitetest.AdaEmail)
	ada.Press(kb.Enter)
	ada.Sees("email-error", "This is your address already")
	ada.Checked("address-refused")
	ada.Fill("email", countess)
	ada.Press(kb.Enter)
	ada.Flash("info", "We have sent a link to "+countess)
	ada.Sees("wanted", countess)
	ada.Checked("address-waits")
	link := sitetest.LinkIn(t, bySubject(site.Site.Mails(t))["Confirm your e-mail address"])
	other.Open(link)
	other.Heading("Log in")
	ada.Open(link)
	ada.Heading("Confirm your e-mail address")
	ada.Sees("address", countess)
	ada.Checked("link-verify")
	ada.TabTo("Confirm the address")
	ada.Press(kb.Enter)
	ada.Flash("success", "Your e-mail address is confirmed.")
	if told := site.Site.Mail(t, sitetest.AdaEmail); told.Subject != "Your e-mail address has been changed" {
		t.Errorf("told %+v", told)
	}
}

func aReset(t *testing.T, site *sitetest.BrowserSite, ada, other *sitetest.Browser) {
	t.Helper()
	forgetful := other // whoever has no login asks
	forgetful.Open("/login")
	forgetful.Click(`a[href="/forgot"]`)
	forgetful.Heading("Forgot your password?")
	forgetful.Checked("link-reset-ask")
	forgetful.Fill("email", countess)
	forgetful.Press(kb.Enter)
	forgetful.Heading("Look into your mailbox")
	link := sitetest.LinkIn(t, site.Site.Mail(t, countess))
	third := site.Another().Launch()
	third.Open(link) // a scanner
	third.Heading("Choose a new password")
	third.Checked("link-reset")
	forgetful.Open(link)
	forgetful.FocusIs("new_password")
	forgetful.Press("short")
	forgetful.Press(kb.Enter)
	forgetful.Sees("new_password-error", "8 characters")
	forgetful.Checked("link-reset-refused")
	forgetful.Fill("new_password", chosen)
	forgetful.Press(kb.Enter)
	forgetful.Flash("success", "Log in with the new password.")
	forgetful.Checked("login-after-reset")
	third.Fill("new_password", "thieves engine")
	third.Submit()
	third.Heading("This link does not work")
	ada.Open("/profile")
	ada.Heading("Log in") // all devices are out
	forgetful.Fill("email", countess)
	forgetful.Fill("password", chosen)
	forgetful.Submit()
	forgetful.Heading("Hello, Ada Lovelace")
}

// What somebody sees whose address is not confirmed.
func TestBrowserUnverified(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	b.LogIn(sitetest.AdaPassword)
	b.Open("/settings/email")
	b.Heading("E-mail address")
	b.Checked("address-unverified")
	b.Click(`form[action="/settings/email/again"] button`)
	b.Flash("info", "We have sent another link")
	b.Open(sitetest.LinkIn(t, site.Site.Mail(t, sitetest.AdaEmail)))
	b.Heading("Confirm your e-mail address")
	b.Checked("link-verify-first")
	b.Open("/forgot")
	b.Fill("email", sitetest.AdaEmail)
	b.Press(kb.Enter)
	b.Heading("Look into your mailbox")
	b.Open(sitetest.LinkIn(t, site.Site.Mail(t, sitetest.AdaEmail)))
	b.Heading("Choose a new password")
	b.Checked("link-reset-unverified")
}
