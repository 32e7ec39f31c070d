package passkeys_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

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

// sign has the page get a challenge and an answer to it, and keeps the answer as an attacker would who can see it.
const sign = `(async () => {
	const begun = await fetch("%s", {method: "POST", headers: {Accept: "application/json"}}).then(r => r.json());
	delete begun.options.allowCredentials; // the attacker asks for whatever there is
	const answer = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.options)});
	return JSON.stringify(answer);
})()`

// send sends the form of the page with an answer.
func send(b *sitetest.Browser, answer string) {
	b.Ask(fmt.Sprintf(`{const form = document.querySelector("form[data-passkey]"); form.elements.credential.value = %q; form.submit(); ""}`, answer))
}

// The attacker's browser, side by side with the victim's, has the victim's answer, and then a copy of the session.
func TestBrowserAttacks(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	ada, attacker := site.Launch(), site.Another().Launch()
	phone := ada.HasPhone()
	phone.IsTouched(false)
	ada.LogIn(sitetest.AdaPassword)
	addInBrowser(ada, phone)
	ada.Click(`header button`)
	ada.Heading("Hello")

	// The victim's challenge, and the answer to it.
	ada.Open("/login/passkey")
	answer := ada.Await(fmt.Sprintf(sign, "/login/passkey/begin"))
	attacker.Open("/login/passkey")
	send(attacker, answer)
	attacker.Flash("error", "That took too long, or it was used already.")
	attacker.Checked("passkey-login-late")
	before := ada.Session()
	send(ada, answer)
	ada.Heading("Hello, Ada Lovelace")

	// The session cookie from before, and the answer once more.
	attacker.SetSession(before)
	attacker.Open("/login/passkey")
	send(attacker, answer)
	attacker.Flash("error", "That took too long, or it was used already.")
}

// The attacker has a copy of the victim's session, and a passkey of another account.
func TestBrowserWithThePasskeyOfSomebodyElse(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	ada, attacker := site.Launch(), site.Another().Launch()
	phone, own := ada.HasPhone(), attacker.HasPhone()
	phone.IsTouched(false)
	ada.LogIn(sitetest.AdaPassword)
	addInBrowser(ada, phone)
	attacker.Open("/register")
	attacker.Fill("email", "mallory@example.com")
	attacker.Fill("name", "Mallory")
	attacker.Fill("password", "a bug in the relay")
	attacker.Submit()
	attacker.Heading("Hello, Mallory")
	addInBrowser(attacker, own)
	attacker.SetSession(ada.Session())
	attacker.Open("/confirm?next=/settings")
	attacker.Heading("Confirm that it is you")
	attacker.Checked("confirm-with-passkey")
	attacker.Click(`form[data-passkey] button`) // the browser knows that it is not asked for this one
	attacker.WaitFor(`//p[@data-note][contains(., "no passkey was used")]`)
	send(attacker, attacker.Await(fmt.Sprintf(sign, "/confirm/passkey/begin")))
	attacker.Flash("error", "This passkey opens no account here.")
	attacker.Heading("Confirm that it is you")

	// The owner's own phone confirms it, unless it does not know who holds it.
	ada.Open("/confirm?next=/settings/passkeys")
	phone.KnowsItsUser(false)
	ada.Click(`form[data-passkey] button`)
	ada.WaitFor(`//p[@data-note][contains(., "no passkey was used")]`)
	phone.KnowsItsUser(true)
	ada.TabTo("Use a passkey instead")
	ada.Press(kb.Enter)
	ada.Heading("Passkeys")
}

func addInBrowser(b *sitetest.Browser, phone *sitetest.Phone) {
	b.Open("/settings/passkeys")
	b.Heading("Passkeys")
	phone.IsTouched(true)
	b.Click(add)
	b.Flash("success", "is ready")
}

// A passkey that was removed, or whose owner was banned, is a key without a door.
func TestBrowserAfterRemovalAndBan(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	ada, thief := site.Launch(), site.Another().Launch()
	phone, copied := ada.HasPhone(), thief.HasPhone()
	phone.IsTouched(false)
	copied.IsTouched(false)
	ada.LogIn(sitetest.AdaPassword)
	addInBrowser(ada, phone)
	copied.Import(phone.Keys()[0])

	ada.Click(`main a[href*="/rename"]`)
	ada.Heading("Rename a passkey")
	ada.Checked("passkey-rename")
	ada.Fill("name", "Old phone")
	ada.Submit()
	ada.Flash("success", "now called “Old phone”")

	// A ban, in the middle of it.
	thief.Open("/login/passkey")
	copied.IsTouched(true)
	site.Exec(t, `UPDATE users SET active = FALSE`)
	thief.Click(`main button`)
	thief.Flash("error", "has been deactivated")
	thief.Checked("passkey-login-banned")
	site.Exec(t, `UPDATE users SET active = TRUE`)

	ada.Open("/settings/passkeys")
	ada.Click(`main a[href*="/remove"]`)
	ada.Heading("Remove this passkey?")
	ada.Checked("passkey-remove")
	ada.Submit()
	ada.Sees("password-error", "This is not your password.")
	ada.Checked("passkey-remove-refused")
	ada.Fill("password", sitetest.AdaPassword)
	ada.Submit()
	ada.Flash("success", "You can no longer log in with “Old phone”.")
	ada.Checked("passkeys-removed")
	ada.WaitUntil("the browser has dropped the passkey", func() bool { return len(phone.Keys()) == 0 })

	thief.Open("/login/passkey")
	thief.Click(`main button`)
	thief.Flash("error", "It may have been removed.")
}

// On the login page the browser offers the passkey in the field of the e-mail address.
func TestBrowserOffersPasskeys(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	ada := site.Launch()
	phone := ada.HasPhone()
	phone.IsTouched(false)
	ada.LogIn(sitetest.AdaPassword)
	addInBrowser(ada, phone)
	phone.IsTouched(false)
	ada.Click(`header button`)
	ada.Heading("Hello")
	ada.Open("/login?next=/profile")
	ada.Heading("Log in")
	ada.WaitFor(`//input[@id="email"][@autocomplete="username webauthn"]`)
	ada.Checked("login-with-passkeys")
	ada.Click("#remember")
	if ada.Ask(`document.querySelector("form[data-passkey]").elements.remember.value`) != "1" {
		t.Error("who is to be remembered is not, by passkey")
	}
	phone.IsTouched(true) // which Chromium looks at when the page asks
	ada.Open("/login?next=/profile")
	ada.Heading("Your profile")
	ada.Sees("main", "a passkey")
}

// On 127.0.0.1 the pages say where passkeys work.
func TestBrowserAtAnAddressThatIsANumber(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	b.Open("/login/passkey")
	b.WaitFor(`//a[starts-with(@href, "http://localhost:")]`)
	b.Checked("passkey-login-elsewhere")
	b.Click(`main p a[href^="http://localhost:"]`)
	b.Heading("Hello")
	b.LogIn(sitetest.AdaPassword)
	b.Open("/settings/passkeys")
	b.Heading("Passkeys")
	b.Checked("passkeys-elsewhere")
}

// Without scripts the password works as ever, and the pages of passkeys say what is missing.
func TestBrowserWithoutScripts(t *testing.T) {
	site := sitetest.OpenInBrowser(t).OnLocalhost()
	b := site.Launch()
	b.TurnOffScripts()
	b.LogIn(sitetest.AdaPassword)
	b.Open("/settings/passkeys")
	b.WaitFor(`//p[@data-note][contains(., "Passkeys need JavaScript")]`)
}
