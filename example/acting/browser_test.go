package acting_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// An administrator in one browser, the customer in another, and a thief with a copy in a third one.
func TestBrowserStory(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	if _, err := site.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	admin, ada, thief := site.Launch(), site.Another().Launch(), site.Another().Launch()
	ada.LogIn(sitetest.AdaPassword)
	admin.Open("/admin")
	admin.Fill("email", sitetest.RootEmail)
	admin.Fill("password", sitetest.RootPassword)
	admin.Submit()
	admin.Heading("Accounts")
	admin.Click(`#accounts li:nth-child(1) a[href^="/admin/act"]`)
	admin.Heading("Log in as Ada Lovelace?")
	admin.Checked("acting-question")
	admin.TabTo("Log in as Ada Lovelace")
	admin.Press(kb.Enter)
	admin.Heading("Hello, Ada Lovelace")
	admin.Checked("acting-home")
	browseAsAda(admin)

	ada.Open("/devices")
	ada.DevicesAre("Chrome on Linux This device")
	ada.Sees("visit-0", "Root Now")
	ada.Checked("acting-seen-now")
	browseStop(admin, thief)
	ada.Open("/devices")
	ada.Sees("visits", "Lasted")
	ada.Checked("acting-seen")
}

// browseAsAda looks around.
func browseAsAda(admin *sitetest.Browser) {
	admin.Click(`nav a[href="/settings"]`)
	admin.Heading("Not while you act as somebody else")
	admin.Checked("acting-refused")
	admin.Click(`nav a[href="/profile"]`)
	admin.Heading("Your profile")
	admin.Checked("acting-profile")
	admin.Open("/tokens")
	admin.Heading("API tokens")
	admin.Checked("acting-tokens")
}

// browseStop stops, by keyboard, while a thief has a copy of the session.
func browseStop(admin, thief *sitetest.Browser) {
	thief.Open("/")
	thief.SetSession(admin.Session())
	thief.Open("/profile")
	thief.Heading("Your profile")

	admin.TabTo("Stop")
	admin.Press(kb.Enter)
	admin.Heading("Accounts")
	admin.Flash("success", "You are yourself again.")
	thief.Open("/profile")
	thief.Heading("Log in")
	thief.Open("/admin")
	thief.Heading("Admin login")
}
