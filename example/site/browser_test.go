package site_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// The whole story of a visitor, in a real browser, over plain HTTP on 127.0.0.1 as "go run" serves it.
func TestBrowser(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		browseAll(t, sitetest.ShowInBrowser(t, newSite(t)))
	})
}

func browseAll(t *testing.T, site *sitetest.BrowserSite) {
	b := site.Launch()
	browseRegistration(b)
	browseLogin(b)
	b.Close()
	b = site.Launch() // with the same profile
	if names := b.CookieNames(); names != "known_device remember_token" {
		t.Errorf("after the browser was closed it has the cookies %q, want remember_token and known_device", names)
	}
	browseReturn(b)
}

func browseRegistration(b *sitetest.Browser) {
	b.Open("/")
	b.Heading("Hello")
	b.Checked("home")
	b.Click(`nav a[href="/register"]`)
	b.Heading("Register")
	b.Checked("register")

	b.Fill("email", "grace")
	b.Fill("password", "short")
	b.Submit()
	b.Sees("email-error", "Enter an e-mail address")
	b.Sees("name-error", "Enter your name.")
	b.Sees("password-error", "8 characters or more")
	b.Checked("register-refused")

	b.Fill("email", "Grace@Example.com")
	b.Fill("name", "Grace Hopper")
	b.Fill("password", "a bug in the relay")
	b.Submit()
	b.Heading("Hello, Grace Hopper")
	b.Flash("success", "Welcome, Grace Hopper.")
	b.Checked("home-registered")

	b.Click(`header button`)
	b.Heading("Hello")
	b.Flash("success", "You are logged out.")
}

func browseLogin(b *sitetest.Browser) {
	b.Open("/profile")
	b.Heading("Log in")
	b.Flash("info", "Please log in to access this page.")
	b.Checked("login")
	b.Fill("email", "grace@example.com")
	b.Fill("password", "a bug in the relais")
	b.Click("#remember")
	b.Submit()
	b.Flash("error", "do not match")
	b.Checked("login-refused")
	b.Fill("password", "a bug in the relay")
	b.Submit()
	b.Heading("Your profile")
	b.Sees("main", "Confirmed recently")
	b.Checked("profile")
}

func browseReturn(b *sitetest.Browser) {
	b.Open("/")
	b.Heading("Hello, Grace Hopper")
	b.Open("/profile")
	b.Sees("main", "Not confirmed recently")
	b.Open("/settings")
	b.Heading("Confirm that it is you")
	b.Flash("info", "Please give your password again to open this page.")
	b.Checked("reauthenticate")
	b.Fill("password", "a bug in the relais")
	b.Submit()
	b.Sees("password-error", "This is not your password.")
	b.Checked("reauthenticate-refused")
	b.Fill("password", "a bug in the relay")
	b.Submit()
	b.Heading("Settings")
	b.Checked("settings")

	b.Fill("current_password", "a bug in the relay")
	b.Fill("new_password", "another bug")
	b.Click(`form[action="/settings/password"] button`)
	b.Flash("success", "Your password has been changed.")
	b.Open("/nowhere")
	b.Heading("Page not found")
	b.Checked("not-found")
}

// Two browsers side by side, each with a profile of its own and a user who is the same.
func TestBrowserDevices(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		browseDevices(t, sitetest.ShowInBrowser(t, newSite(t)))
	})
}

func browseDevices(t *testing.T, site *sitetest.BrowserSite) {
	laptop, phone := site.Launch(), site.Another().Launch()
	phone.PretendToBe(sitetest.IPhone)

	laptop.LogIn(sitetest.AdaPassword)
	phone.LogIn(sitetest.AdaPassword)
	phone.Open("/profile")
	phone.Click(`main a[href="/devices"]`)
	phone.Heading("Your devices")
	laptop.Open("/devices")
	laptop.DevicesAre("Chrome on Linux This device", "Safari on an iPhone")
	laptop.Checked("devices")

	// End one: it is logged out at its next click.
	laptop.Click(`#devices li:nth-child(2) button`)
	laptop.Flash("success", "The device has been logged out.")
	laptop.DevicesAre("Chrome on Linux This device")
	laptop.Checked("devices-ended")
	phone.Click(`nav a[href="/settings"]`)
	phone.Heading("Log in")
	phone.Flash("info", "Please log in to access this page.")

	// End all others.
	phone.LogIn(sitetest.AdaPassword)
	laptop.Open("/devices")
	laptop.DevicesAre("Chrome on Linux This device", "Safari on an iPhone")
	laptop.Click(`form[action="/devices/others"] button`)
	laptop.Flash("success", "You are logged out everywhere else.")
	phone.Click(`nav a[href="/profile"]`)
	phone.Heading("Log in")

	browseNewPassword(laptop, phone)
	browseCopiedSession(laptop, phone)
}

// The password is changed on the phone.
func browseNewPassword(laptop, phone *sitetest.Browser) {
	phone.LogIn(sitetest.AdaPassword)
	phone.Click(`nav a[href="/settings"]`)
	phone.Heading("Settings")
	phone.Fill("current_password", sitetest.AdaPassword)
	phone.Fill("new_password", "difference engine")
	phone.Click(`form[action="/settings/password"] button`)
	phone.Flash("success", "All your other devices are logged out.")
	phone.Checked("settings-password-changed")
	laptop.Click(`nav a[href="/profile"]`)
	laptop.Heading("Log in")
	laptop.LogIn("difference engine")

	// End this device by its own entry.
	phone.Open("/devices")
	phone.DevicesAre("Safari on an iPhone This device", "Chrome on Linux")
	phone.Click(`#devices li:nth-child(1) button`)
	phone.Heading("Hello")
	phone.Flash("success", "You are logged out.")
	laptop.Click(`nav a[href="/profile"]`)
	laptop.Heading("Your profile")
}

// A copy of the session cookie is good as long as the login is, and dead after the logout.
func browseCopiedSession(laptop, phone *sitetest.Browser) {
	copied := laptop.Session()
	phone.SetSession(copied)
	phone.Open("/profile")
	phone.Heading("Your profile")
	laptop.Click(`header button`)
	laptop.Flash("success", "You are logged out.")
	phone.Click(`main a[href="/devices"]`)
	phone.Heading("Log in")
	phone.SetSession(copied)
	phone.Open("/profile")
	phone.Heading("Log in")
}

// Somebody without a mouse.
func TestBrowserByKeyboard(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	b.Open("/")
	b.Heading("Hello")

	b.TabTo("Skip to the content")
	b.Checked("keyboard-skip")
	b.TabTo("Log in") // in the bar
	b.Press(kb.Enter)
	b.Heading("Log in")
	b.FocusIs("email") // at once
	b.Press(sitetest.AdaEmail)
	b.Press(kb.Tab)
	b.FocusIs("password")
	b.Press(sitetest.AdaPassword)
	b.Press(kb.Tab)
	b.FocusIs("remember")
	b.Press(" ")
	b.Checked("keyboard-login")
	b.Press(kb.Tab)
	b.Press(kb.Enter) // on the button
	b.Heading("Hello, Ada Lovelace")
	if names := b.CookieNames(); names != "known_device remember_token session" {
		t.Errorf("logged in with the cookies %q, want known_device, remember_token and session", names)
	}

	b.TabTo("Log out")
	b.Press(" ")
	b.Flash("success", "You are logged out.")

	// Enter in a field sends the form.
	b.Open("/login")
	b.FocusIs("email")
	b.Press(sitetest.AdaEmail + kb.Tab + "wrong" + kb.Enter)
	b.Flash("error", "do not match")
	b.FocusIs("password") // what is to be typed again
	b.Press(sitetest.AdaPassword + kb.Enter)
	b.Heading("Hello, Ada Lovelace")
}

// A long address and a long name fit into a phone.
func TestBrowserWithALongAddress(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	address := strings.Repeat("grace.brewster.murray.hopper.", 8) + "g@example.com"
	b.Open("/register")
	b.Fill("email", address)
	b.Fill("name", strings.Repeat("GraceBrewsterMurrayHopper", 4))
	b.Fill("password", "a bug in the relay")
	b.Submit()
	b.Sees("main", "Hello, Grace")
	b.Checked("long-home")
	site.Exec(t, `UPDATE users SET role = 'admin' WHERE email = $1`, address)
	for _, path := range []string{"/profile", "/devices", "/settings", "/confirm", "/admin", "/admin/deactivate?id=1", "/admin/deactivate?id=2", "/nowhere"} {
		b.Open(path)
		b.Checked("long" + strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path))
	}
	b.Click(`header button`)
	b.Flash("success", "You are logged out.")
	b.LogIn(sitetest.AdaPassword)
	b.Open("/admin/login")
	b.Checked("long-admin-login")
}
