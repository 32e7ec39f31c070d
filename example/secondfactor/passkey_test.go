package secondfactor_test

import (
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// A passkey is two factors by itself, so its owner is not asked for a code as well. A password alone still is.
func TestAPasskeyNeedsNoCode(t *testing.T) {
	s := sitetest.New(t)
	sitetest.AtDomain(s)
	h := watched(t, s)
	_, v := sitetest.Serve(t, s)
	v.URL = sitetest.NamedOrigin
	phone := sitetest.NewAuthenticator(t)
	v.LogIn()
	v.AddPasskey(phone, "my phone")
	h.turnOn(v)
	v.Post("/logout").LeadsTo("/")

	password(v).LeadsTo("/login/code")
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	v.ByPasskey(phone).LeadsTo("/")
	v.Get("/profile").Says("a passkey")
}
