package secondfactor_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Ada in one browser, and in another one somebody who has her password.
func TestBrowserStory(t *testing.T) {
	s := sitetest.New(t)
	h := watched(t, s)
	site := sitetest.ShowInBrowser(t, s)
	ada, attacker := site.Launch(), site.Another().Launch()
	attacker.LogIn(sitetest.AdaPassword)
	ada.LogIn(sitetest.AdaPassword)
	ada.Click(`nav a[href="/settings"]`)
	ada.Heading("Settings")
	ada.Checked("settings-with-more")
	ada.Click(`main a[href="/settings/code"]`)
	ada.Heading("Codes at login")
	ada.Checked("secondfactor-off")
	ada.Click(`main a[href="/settings/code/new"]`)
	ada.Heading("Turn codes on")
	ada.Checked("secondfactor-new")
	secret := strings.ReplaceAll(ada.Ask(`document.getElementById("key").textContent`), " ", "")
	if ada.Ask(`String(document.querySelector(".qr").naturalWidth)`) != "280" {
		t.Error("the browser does not show the picture")
	}
	ada.Fill("code", "000000")
	ada.Submit()
	ada.Sees("code-error", "This code is not right.")
	ada.Checked("secondfactor-new-refused")
	ada.Fill("code", h.code(secret))
	ada.Submit()
	ada.Heading("Codes are turned on")
	ada.Checked("secondfactor-recovery")
	recovery := ada.Ask(`document.querySelector("#codes code").textContent`)
	ada.Click(`main a[href="/settings/code"]`)
	ada.Sees("main", "10 of 10 are left")
	ada.Checked("secondfactor-on")

	browsePassword(h, attacker, secret)
	browseLogin(h, ada, secret)
	browseRecovery(ada, attacker, recovery)
}

// browsePassword is the attacker, whose login has ended. The password and Ada's last code do not bring it back.
func browsePassword(h *house, attacker *sitetest.Browser, secret string) {
	attacker.Open("/profile")
	attacker.Heading("Log in")
	attacker.Fill("email", sitetest.AdaEmail)
	attacker.Fill("password", sitetest.AdaPassword)
	attacker.Submit()
	attacker.Heading("Enter your code")
	attacker.Checked("secondfactor-login")
	attacker.Fill("code", h.code(secret))
	attacker.Submit()
	attacker.Sees("code-error", "This code was used already.")
	attacker.Checked("secondfactor-login-refused")
	attacker.Open("/profile")
	attacker.Heading("Log in")
}

// browseLogin logs Ada in by keyboard.
func browseLogin(h *house, ada *sitetest.Browser, secret string) {
	ada.Click(`header button`)
	ada.Heading("Hello")
	ada.Open("/devices")
	ada.FocusIs("email")
	ada.Press(sitetest.AdaEmail + kb.Tab + sitetest.AdaPassword + kb.Enter)
	ada.Heading("Enter your code")
	ada.FocusIs("code")
	ada.Press(h.next(secret) + kb.Enter)
	ada.Heading("Your devices")
}

// browseRecovery uses a recovery code by keyboard, which the attacker has seen and tries after it.
func browseRecovery(ada, attacker *sitetest.Browser, recovery string) {
	ada.Click(`header button`)
	ada.Heading("Hello")
	for _, b := range []*sitetest.Browser{ada, attacker} {
		b.Open("/login")
		b.Fill("email", sitetest.AdaEmail)
		b.Fill("password", sitetest.AdaPassword)
		b.Submit()
		b.Heading("Enter your code")
	}
	ada.TabTo("I do not have my phone")
	ada.Press(kb.Enter)
	ada.Press(kb.Tab)
	ada.FocusIs("recovery")
	ada.Press(recovery + kb.Enter)
	ada.Heading("Hello, Ada Lovelace")
	attacker.Click("summary")
	attacker.Fill("recovery", recovery)
	attacker.Click("details .button")
	attacker.Sees("recovery-error", "not one of your recovery codes")
	attacker.FocusIs("recovery")
	attacker.Checked("secondfactor-recovery-refused")
	attacker.Open("/profile")
	attacker.Heading("Log in")

	ada.Open("/settings/code")
	ada.Sees("main", "9 of 10 are left")
	ada.Click(`main a[href="/settings/code/off"]`)
	ada.Heading("Turn codes off?")
	ada.Checked("secondfactor-turn-off")
	ada.Submit()
	ada.Flash("success", "Codes are turned off.")
}

// Ada has lost her phone and the sheet, and an administrator helps.
func TestBrowserOfAnAdministrator(t *testing.T) {
	s := sitetest.New(t)
	h := watched(t, s)
	site := sitetest.ShowInBrowser(t, s)
	if _, err := site.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	v := sitetest.NewVisitor(t, site.URL, nil)
	v.LogIn()
	h.turnOn(v)

	admin, ada := site.Launch(), site.Another().Launch()
	admin.Open("/admin")
	admin.Fill("email", sitetest.RootEmail)
	admin.Fill("password", sitetest.RootPassword)
	admin.Submit()
	admin.Sees("account-1", "Ada Lovelace Codes")
	admin.Open("/admin")
	admin.Checked("admin-with-codes")
	admin.Click(`#accounts li:nth-child(1) a[href^="/admin/code"]`)
	admin.Heading("Remove the codes?")
	admin.Checked("admin-remove-codes")
	admin.Submit()
	admin.Flash("success", "The codes have been removed")
	ada.LogIn(sitetest.AdaPassword)
	ada.Open("/settings/code/off")
	ada.Heading("Codes at login")
	ada.Flash("info", "You have not turned codes on.")
}
