package links_test

import (
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// An attacker has registered the address of a victim (pre-hijacking). The victim takes the address over with a new
// password, and nothing that the attacker has left in the account is good for anything.
func TestAResetOfAnUnverifiedAddressStartsAnew(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		site := newSite(t)
		sitetest.AtDomain(site)
		s, attacker := sitetest.Serve(t, site) // who knows the password that Ada does not
		s.Exec(t, `UPDATE users SET role = 'admin'`)
		attacker.LogIn("remember=1")
		bearer := "Authorization: Bearer " + attacker.MakeToken("for later")
		passkey := sitetest.NewAuthenticator(t)
		attacker.AddPasskey(passkey, "for later")
		attacker.Another().ByPasskey(passkey).LeadsTo("/")
		victim := attacker.Another()
		victim.Get("/api/me", bearer).Is(http.StatusOK)

		link := s.ResetLink(t, victim)
		victim.Get(link).Is(http.StatusOK).Says("the account starts anew")
		if n := race(victim, func(v *sitetest.Visitor) *sitetest.Page { return v.Press(link, "new_password="+chosen) }); n != 1 {
			t.Errorf("%d resets with one link", n)
		}
		attacker.KnownAs("")
		attacker.Get("/api/me", bearer).Is(http.StatusUnauthorized)
		attacker.Guess(sitetest.AdaEmail, sitetest.AdaPassword).Is(http.StatusUnauthorized)
		attacker.ByPasskey(passkey).Is(http.StatusUnauthorized)
		attacker.KnownAs("")
		victim.Press(link, "new_password=another engine").Is(http.StatusGone)

		victim.Guess(sitetest.AdaEmail, chosen).LeadsTo("/")
		victim.Get("/tokens").Says("You have no tokens yet")
		victim.Get("/admin").Is(http.StatusForbidden)
		victim.Get("/settings/email").Says("Confirmed").SaysNot("Not confirmed")
	})
}

// A victim who gets the mail of somebody else's registration cannot verify it by mistake, and no link logs in.
func TestAnUnverifiedAddressHasNoLoginByLink(t *testing.T) {
	s, attacker := sitetest.Open(t)
	attacker.Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
	link := sitetest.LinkIn(t, s.Mail(t, "grace@example.com"))
	victim := attacker.Another()
	victim.Press(link).LeadsTo("/login")
	victim.LogIn() // with an account of their own
	victim.Press(link).Is(http.StatusGone)
	attacker.Get("/settings/email").Says("Not confirmed")

	guest := attacker.Another()
	guest.Post("/login/link", "email=grace@example.com").Is(http.StatusOK)
	if m := s.Mail(t, "grace@example.com"); sitetest.LinkIn(t, m) != "/forgot" {
		t.Errorf("the mail is %+v", m)
	}
}

// The address that a user wants is nobody's until it is verified.
func TestAnAddressThatWaitsIsNotTheUsers(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	v.LogIn()
	v.Post("/settings/email", "email=grace@example.com").LeadsTo("/settings/email")
	link := sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])
	for _, path := range []string{"/forgot", "/login/link"} {
		v.Another().Post(path, "email=grace@example.com").Is(http.StatusOK)
	}
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("sent %+v", sent)
	}
	// Whoever registers it first has it.
	v.Another().Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
	s.Mails(t)
	v.Press(link).Is(http.StatusGone).Says("Another account has this address")
	v.Post("/settings/email/again").LeadsTo("/settings/email")
	if m := s.Mail(t, "grace@example.com"); m.Subject != "This address has an account" {
		t.Errorf("the mail is %+v", m)
	}
	v.Post("/settings/email/cancel").LeadsTo("/settings/email")
	v.Get("/").Says("stays as it is") // the messages
	v.Get("/settings/email").SaysNot("grace@example.com", "Waiting")
	v.Press(link).Is(http.StatusGone).Says("works once")
}

// Two want one address. The link of one does not verify it for the other, whose mailbox it may not be; and the
// address that is left is told only if it was the user's, for a stranger's mailbox hears nothing of it.
func TestTwoWhoWantOneAddress(t *testing.T) {
	s, ada := sitetest.Open(t)
	grace := ada.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password="+chosen).LeadsTo("/")
	s.Mails(t)
	ada.LogIn()
	ada.Post("/settings/email", "email=both@example.com").LeadsTo("/settings/email")
	adas := sitetest.LinkIn(t, s.Mail(t, "both@example.com"))
	grace.Post("/settings/email", "email=both@example.com").LeadsTo("/settings/email")
	graces := sitetest.LinkIn(t, s.Mail(t, "both@example.com"))
	ada.Press(graces).Is(http.StatusGone)
	grace.Press(adas).Is(http.StatusGone)
	ada.Press(adas).LeadsTo("/")
	if sent := s.Mails(t); len(sent) > 0 {
		t.Errorf("a mailbox that may be a stranger's is told %+v", sent)
	}
	grace.Press(graces).Is(http.StatusGone).Says("Another account has this address")
}

// A change of the address takes a fresh login, and a new password ends one that is under way.
func TestAnotherAddressTakesAFreshLogin(t *testing.T) {
	s, v := open(t, sitetest.New(t))
	thief := v.Another()
	thief.LogIn("remember=1")
	thief.CloseBrowser() // the remember cookie is all there is
	thief.Get("/settings/email").LeadsTo("/confirm?next=%2Fsettings%2Femail")
	for _, path := range []string{"/settings/email", "/settings/email/again", "/settings/email/cancel"} {
		thief.Post(path, "email=evil@example.com").LeadsTo("/confirm")
	}
	thief.Post("/confirm", "password="+sitetest.AdaPassword).LeadsTo("/") // a thief who knows the password
	thief.Post("/settings/email", "email=evil@example.com").LeadsTo("/settings/email")
	link := sitetest.LinkIn(t, bySubject(s.Mails(t))["Confirm your e-mail address"])
	v.Press(s.ResetLink(t, v), "new_password="+chosen).LeadsTo("/login") // as the warning says
	v.Guess(sitetest.AdaEmail, chosen).LeadsTo("/")
	thief.Press(link).LeadsTo("/login")
	v.Press(link).Is(http.StatusGone)
}
