package tokens_test

import (
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestBrowserTokens(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	b := site.Launch()
	b.LogIn(sitetest.AdaPassword)
	b.Click(`nav a[href="/tokens"]`)
	b.Heading("API tokens")
	b.Checked("tokens-none")
	b.Click(`form[action="/tokens"] button`)
	b.Sees("name-error", "Enter a name")
	b.Checked("tokens-refused")
	b.Fill("name", "Nightly copy")
	b.Click(`form[action="/tokens"] button`)
	b.Heading("Your new token")
	b.Flash("success", "Copy it now")
	b.Checked("token-made")
	program := sitetest.NewVisitor(t, site.URL, nil)
	bearer := "Authorization: Bearer " + b.Ask(`document.getElementById("token").textContent`)
	sitetest.WantAda(program.Get("/api/me", bearer))

	b.Click(`main a[href="/tokens"]`)
	b.Sees("token-0", "Nightly copy")
	b.Sees("tokens", "just now")
	b.Checked("tokens")
	b.Click(`main a[href^="/tokens/revoke"]`)
	b.Heading("Revoke this token?")
	b.Checked("token-revoke")
	b.Submit()
	b.Flash("success", "The token has been revoked.")
	b.Checked("tokens-revoked")
	program.Get("/api/me", bearer).Is(http.StatusUnauthorized)
}
