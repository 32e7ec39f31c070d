package openid_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// Two browsers on the site as it comes: each has a Grace of its own at the demo provider.
func TestBrowserStory(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	ada, attacker := site.Launch(), site.Another().Launch()
	ada.LogIn(sitetest.AdaPassword)
	ada.Open("/settings")
	ada.Click(`main a[href="/settings/openid"]`)
	ada.Heading("Linked accounts")
	ada.Checked("openid-none")
	ada.Click(`main a[href="/settings/openid/link"]`)
	ada.Heading("Who are you?")
	ada.Checked("demo-provider-authorize")
	ada.Click(`button[value="grace"]`)
	ada.Heading("Link this account?")
	ada.Checked("openid-link")
	ada.Submit()
	ada.Flash("success", "is linked")
	ada.Sees("link-0", "The demo provider")
	ada.Checked("openid-linked")
	ada.Click(`form[action="/logout"] button`)
	ada.Heading("Hello")

	// By keyboard.
	ada.Open("/login")
	ada.Checked("openid-login")
	ada.TabTo("Log in with the demo provider A part of this example, without a password")
	ada.Press("\r")
	ada.Heading("Who are you?")
	ada.TabTo("Continue as Grace Hopper")
	ada.Press("\r")
	ada.Heading("Hello, Ada Lovelace")
	ada.Flash("success", "Welcome back, Ada Lovelace.")

	// The attacker's Grace has the same name and address, and is another one.
	attacker.Open("/login/openid")
	attacker.Click(`button[value="grace"]`)
	attacker.Heading("Welcome")
	attacker.Sees("have", "I have an account here")
	attacker.Checked("openid-new")
	attacker.Fill("email", sitetest.AdaEmail)
	attacker.Submit()
	attacker.Sees("email-error", "There is an account with this e-mail address already")
	attacker.Checked("openid-new-taken")
	attacker.Open("/settings/openid/finish")
	attacker.Heading("Log in")

	seeTheDemoProvider(ada)
}

// seeTheDemoProvider logs out at the provider, which logs out here.
func seeTheDemoProvider(ada *sitetest.Browser) {
	ada.Open("/demo-provider/")
	ada.Heading("Demo provider")
	ada.Checked("demo-provider-overview")
	ada.Submit()
	ada.WaitFor(`//p[contains(., "and on the site that you used this for")]`)
	ada.Checked("demo-provider-logged-out")
	ada.Open("/")
	ada.Heading("Hello") // the site was told
	ada.Click(`main a[href="/login"]`)
	ada.Heading("Log in")
}

// Somebody without a password: joins, confirms with the provider, chooses a password, unlinks.
func TestBrowserWithoutAPassword(t *testing.T) {
	clock := &sitetest.Clock{}
	s := sitetest.New(t)
	clock.Runs(s)
	site := sitetest.ShowInBrowser(t, s)
	grace := site.Launch()
	grace.Open("/login/openid?next=/settings/openid")
	grace.Click(`button[value="grace"]`)
	grace.Heading("Welcome")
	grace.Submit()
	grace.Heading("Linked accounts")
	grace.Checked("openid-without-a-password")
	grace.Click(`main a[href^="/settings/openid/unlink"]`)
	grace.Heading("Unlink this account?")
	grace.Checked("openid-unlink")
	grace.Submit()
	grace.Flash("error", "Choose a password first")
	clock.Advance(31 * time.Minute)
	grace.Open("/settings/openid")
	grace.Heading("Confirm that it is you")
	grace.Checked("openid-confirm")
	grace.Click(`main a[href^="/confirm/openid"]`)
	grace.Heading("Who are you?")
	grace.Click(`button[value="grace"]`)
	grace.Heading("Linked accounts")
	grace.Fill("new_password", "short")
	grace.Submit()
	grace.Sees("new_password-error", "8 characters")
	grace.Checked("openid-password-refused")
	grace.Fill("new_password", "a bug in the relay")
	grace.Submit()
	grace.Flash("success", "You have a password now")
	grace.Open("/settings")
	grace.Fill("current_password", "a bug in the relay")
	grace.Fill("new_password", "another bug in the relay")
	grace.Submit()
	grace.Flash("success", "Your password has been changed")
	grace.Open("/settings/openid")
	grace.Checked("openid-paused")
	grace.Click(`form[action="/logout"] button`)
	grace.Heading("Hello")
	grace.Open("/login/openid")
	grace.Click(`button[value="grace"]`)
	grace.Heading("Welcome")
	grace.Checked("openid-new-paused")
}

// A provider of another site that posts its answer. Chromium sends it no Lax cookie, and so no session.
func TestBrowserWithFormPost(t *testing.T) {
	e := newElsewhere(t)
	// 127.0.0.1 and localhost are two sites. Browsers take Secure cookies from both without HTTPS.
	e.Issuer = strings.Replace(e.server.URL, "127.0.0.1", "localhost", 1)
	e.Pages = e.Issuer
	s := sitetest.New(t)
	e.posts(s)
	site := sitetest.ShowInBrowser(t, s)
	e.RedirectURL = site.URL + "/login/openid/callback"
	s.Config.OpenID.RedirectURL = e.RedirectURL // read at the first login
	ada, attacker := site.Launch(), site.Another().Launch()
	ada.LogIn(sitetest.AdaPassword)
	ada.Open("/settings/openid/link")
	ada.Heading("Who are you?")
	ada.Click(`button[value="alan"]`)
	ada.Heading("Back to the site")
	ada.Submit()
	ada.Heading("Link this account?")
	ada.Submit()
	ada.Flash("success", "is linked")
	ada.Click(`form[action="/logout"] button`)
	ada.Heading("Hello")

	ada.Open("/login/openid?next=/devices")
	ada.Click(`button[value="alan"]`)
	ada.Heading("Back to the site")
	form := ada.Ask(`new URLSearchParams(new FormData(document.querySelector("form"))).toString()`)

	// The attacker has the whole answer before Ada's browser sends it.
	attacker.Open("/login/openid")
	attacker.Heading("Who are you?")
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<form method="post" action="` + e.RedirectURL + `">` + inputs(form) + `<button>Go</button></form>`))
	}))
	t.Cleanup(page.Close)
	attacker.Visit(strings.Replace(page.URL, "127.0.0.1", "localhost", 1))
	attacker.Click("button")
	attacker.Heading("That did not work")
	attacker.Checked("openid-refused")
	attacker.Open("/devices")
	attacker.Heading("Log in")

	ada.Submit()
	ada.Heading("Your devices")
}

func TestBrowserWhileTheProviderIsDown(t *testing.T) {
	e := newElsewhere(t)
	e.setDown(true)
	s := sitetest.New(t)
	e.is(s)
	b := sitetest.ShowInBrowser(t, s).Launch()
	b.Open("/login")
	b.Click(`main a[href="/login/openid"]`)
	b.Heading("No answer from Elsewhere")
	b.Checked("openid-down")
	b.LogIn(sitetest.AdaPassword)
}

// inputs are the hidden fields of an encoded form.
func inputs(form string) (text string) {
	for field := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(field, "=")
		unescaped, _ := url.QueryUnescape(value)
		text += `<input type="hidden" name="` + name + `" value="` + html.EscapeString(unescaped) + `">`
	}
	return text
}
