package passkeys_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// open serves a site that has a domain, as passkeys need it.
func open(t *testing.T, changes ...func(*sitetest.Site)) (*sitetest.Site, *sitetest.Visitor) {
	t.Helper()
	return serve(t, sitetest.New(t), changes...)
}

func serve(t *testing.T, s *sitetest.Site, changes ...func(*sitetest.Site)) (*sitetest.Site, *sitetest.Visitor) {
	t.Helper()
	for _, change := range append(changes, sitetest.AtDomain) {
		change(s)
	}
	s, v := sitetest.Serve(t, s)
	sitetest.Verified(t, s) // so that Ada gets mails
	v.URL = sitetest.NamedOrigin
	return s, v
}

var idOnPage = regexp.MustCompile(`/settings/passkeys/remove\?id=([^"]+)"`)

// ids returns the IDs on the page of passkeys.
func ids(v *sitetest.Visitor) (found []string) {
	v.T.Helper()
	for _, match := range idOnPage.FindAllStringSubmatch(v.Get("/settings/passkeys").Is(http.StatusOK).Text, -1) {
		found = append(found, match[1])
	}
	return found
}

func TestStory(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := serve(t, newSite(t))
		phone := sitetest.NewAuthenticator(t)
		v.LogIn()
		v.Get("/settings").Says(`href="/settings/passkeys"`)
		v.Get("/settings/passkeys").Says("You have no passkeys.")
		v.AddPasskey(phone, "my phone")
		v.Get("/settings/passkeys").Says("my phone", "Backed up", "<dd>never</dd>").SaysNot("You have no passkeys.")
		v.Post("/logout").LeadsTo("/")

		// Without a password, and on to the page that was asked for.
		v.Get("/tokens").LeadsTo("/login?next=%2Ftokens")
		v.Get("/login?next=%2Ftokens").Says(`href="/login/passkey?next=%2Ftokens"`)
		v.Get("/login/passkey?next=%2Ftokens").Says(`name="next" value="/tokens"`)
		v.ByPasskey(phone, "next=/tokens", "remember=1").LeadsTo("/tokens")
		v.Get("/profile").Says("a passkey", "remembered on this device")

		// A remembered login is confirmed by passkey, too.
		v.CloseBrowser()
		v.Get("/settings/passkeys").LeadsTo("/confirm?next=%2Fsettings%2Fpasskeys")
		v.Get("/confirm?next=%2Fsettings%2Fpasskeys").Says("Use a passkey instead")
		answer := phone.Get(v.Begin("/confirm/passkey/begin"))
		v.Post("/confirm/passkey", "credential="+answer, "next=/settings/passkeys").LeadsTo("/settings/passkeys")
		v.Get("/settings/passkeys").Is(http.StatusOK).Says("just now")

		id := ids(v)[0]
		v.Get("/settings/passkeys/rename?id=" + id).Says(`value="my phone"`)
		v.Follow(v.Post("/settings/passkeys/rename", "id="+id, "name=old phone").LeadsTo("/settings/passkeys")).Says("now called “old phone”")

		// The last one goes with the password, or else the owner may be locked out and not know it.
		v.Get("/settings/passkeys/remove?id="+id).Says("Remove this passkey?", "last passkey", "old phone")
		v.Post("/settings/passkeys/remove", "id="+id).Is(http.StatusUnprocessableEntity).Says("This is not your password.")
		if len(ids(v)) != 1 {
			t.Fatal("it was removed without the password")
		}
		v.Follow(v.Post("/settings/passkeys/remove", "id="+id, "password="+sitetest.AdaPassword).LeadsTo("/settings/passkeys")).
			Says("can no longer log in with “old phone”", "You have no passkeys.")
		v.Another().ByPasskey(phone).Is(http.StatusUnauthorized).Says("It may have been removed.")
	})
}
