package passkeys_test

import (
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

const add = `form[data-passkey="create"] button`

// The whole story, in two browsers: the stranger's has no passkey, and then one that was removed.
func TestBrowserStory(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	ada, stranger := site.Launch(), site.Another().Launch()
	phone := ada.HasPhone()
	phone.IsTouched(false) // or it would answer for Ada before she asks
	stranger.HasPhone()

	ada.LogIn(sitetest.AdaPassword)
	ada.Open("/settings")
	ada.Heading("Settings")
	ada.Checked("settings-with-passkeys")
	ada.Click(`main a[href="/settings/passkeys"]`)
	ada.Heading("Passkeys")
	ada.Checked("passkeys-none")
	ada.Fill("name", "My phone")
	phone.IsTouched(true)
	ada.Click(add)
	ada.Flash("success", "“My phone” is ready")
	ada.Sees("passkey-0", "Backed up")
	ada.Checked("passkeys")
	ada.Click(add)
	ada.WaitFor(`//p[@data-note][contains(., "This device has a passkey for your account already.")]`)
	ada.Checked("passkeys-refused")

	ada.Click(`header button`)
	ada.Heading("Hello")
	ada.Open("/login/passkey?next=/profile")
	ada.Heading("Log in with a passkey")
	ada.Checked("passkey-login")
	ada.Click(`main button`)
	ada.Heading("Your profile")
	ada.Sees("main", "a passkey")

	stranger.Open("/login/passkey")
	stranger.Click(`main button`)
	stranger.WaitFor(`//p[@data-note][contains(., "no passkey was used")]`)
	stranger.Checked("passkey-login-refused")
}
