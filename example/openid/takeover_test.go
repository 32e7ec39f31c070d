package openid_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// registered is another user of the site, who is logged in.
func registered(e *elsewhere, v *sitetest.Visitor, email, name, password string) *browser {
	v.T.Helper()
	b := e.browser(v)
	b.Post("/register", "email="+email, "name="+name, "password="+password).LeadsTo("/")
	return b
}

// The attacker gets the victim's browser to open the end of the attacker's own attempt to link.
func TestForcedLinking(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.LogIn()
	attacker := registered(e, ada.Visitor, "mallory@example.com", "Mallory", "a rainy day in May")
	address := attacker.answerTo(attacker.Get("/settings/openid/link"), "alan")
	ada.Get(address).Is(http.StatusBadRequest)
	// The attacker has logged Ada's browser in at the provider, and opens both addresses in it.
	tricked := &browser{ada.Visitor, attacker.there}
	tricked.Get(tricked.answerTo(tricked.Get("/settings/openid/link"), "alan")).LeadsTo("/settings/openid/finish")
	proof := tricked.proof("/settings/openid/finish")
	tricked.Get("/settings/openid/finish").Says("Link this account?", "Alan Turing (alan@example.com)", "as Ada Lovelace ("+sitetest.AdaEmail+")")
	tricked.Send(http.MethodPost, "/settings/openid/finish", "proof="+proof, []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden)
	tricked.Post("/settings/openid/finish", "proof=another").LeadsTo("/settings/openid")
	attacker.Post("/settings/openid/finish", "proof="+proof).LeadsTo("/settings/openid")
	for _, b := range []*browser{ada, attacker} {
		b.Get("/settings/openid").Says("You have linked no account yet.")
	}
	attacker.Post("/logout")
	attacker.come("alan").LeadsTo("/login/openid/new")
}

// What another user of the same browser has begun is not finished by the next one.
func TestProofOfAnotherUser(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.LogIn()
	ada.Get(ada.answerTo(ada.Get("/settings/openid/link"), "grace")).LeadsTo("/settings/openid/finish")
	proof := ada.proof("/settings/openid/finish")
	ada.Post("/logout")
	ada.Post("/register", "email=next@example.com", "name=Next", "password=a rainy day in May").LeadsTo("/")
	ada.Get("/settings/openid/finish").LeadsTo("/settings/openid")
	ada.Post("/settings/openid/finish", "proof="+proof).LeadsTo("/settings/openid")
	ada.Get("/settings/openid").Says("You have linked no account yet.")
}

// An account at the provider opens one account here, and stays with whom it is linked to.
func TestLinkedByAnother(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.LogIn()
	ada.link("grace")
	other := registered(e, ada.Visitor, "mallory@example.com", "Mallory", "a rainy day in May")
	other.there = ada.there
	other.Follow(other.link("grace").LeadsTo("/settings/openid")).Says("opens another account of this site already", "no account yet")
	ada.Follow(ada.link("alan").LeadsTo("/settings/openid")).Says("You have linked another account of Elsewhere", "Grace Hopper")
	ada.Post("/logout")
	ada.come("grace").LeadsTo("/")
	ada.KnownAs("Ada Lovelace")
}

// Somebody unknown logs in with the password, and links what the provider has said.
func TestLogInFirstToLink(t *testing.T) {
	e := newElsewhere(t)
	_, ada := open(t, e)
	ada.come("grace").LeadsTo("/login/openid/new")
	ada.Get("/settings/openid/finish").LeadsTo("/login?next=%2Fsettings%2Fopenid%2Ffinish")
	ada.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword, "next=/settings/openid/finish").LeadsTo("/settings/openid/finish")
	ada.Post("/settings/openid/finish", "proof="+ada.proof("/settings/openid/finish")).LeadsTo("/settings/openid")
	ada.Post("/logout")
	ada.come("grace").LeadsTo("/")
	ada.KnownAs("Ada Lovelace")
}

// Linking and unlinking take a fresh login.
func TestLinkingTakesAFreshLogin(t *testing.T) {
	e, clock := newElsewhere(t), &sitetest.Clock{}
	_, ada := open(t, e, clock.Runs)
	for _, path := range []string{"/settings/openid", "/settings/openid/link", "/settings/openid/finish"} {
		ada.Get(path).Is(http.StatusFound)
	}
	ada.LogIn("remember=1")
	clock.Advance(31 * time.Minute)
	for _, path := range []string{"", "/link", "/finish", "/unlink"} {
		ada.Get("/settings/openid" + path).LeadsTo("/confirm?next=%2Fsettings%2Fopenid" + map[string]string{"": "", "/link": "%2Flink", "/finish": "%2Ffinish", "/unlink": "%2Funlink"}[path])
	}
	for _, path := range []string{"/finish", "/unlink", "/password"} {
		ada.Post("/settings/openid"+path, "issuer="+e.Issuer, "new_password=a rainy day in May").LeadsTo("/confirm")
	}
}

// The owner is told of every change of the ways in.
func TestOwnerIsTold(t *testing.T) {
	e := newElsewhere(t)
	s, ada := open(t, e)
	sitetest.Verified(t, s)
	ada.LogIn()
	ada.link("grace")
	ada.Post("/settings/openid/unlink", "issuer="+e.Issuer)
	told := fmt.Sprint(s.Mails(t))
	for _, want := range []string{"An account was linked", "as Grace Hopper (grace@example.com)", "An account was unlinked"} {
		if !strings.Contains(told, want) {
			t.Errorf("Ada is not told %q:\n%s", want, told)
		}
	}
}

// Subjects and addresses say nothing without their issuer.
func TestSameSubjectAndAddressElsewhere(t *testing.T) {
	e := newElsewhere(t)
	s, ada := linked(t, e)
	another := newElsewhere(t)
	copied := *s.Site
	moved := &sitetest.Site{Site: &copied}
	another.is(moved)
	attacker := another.browser(ada.Visitor)
	attacker.MoveTo(moved)
	attacker.there.Client.Jar = ada.there.Client.Jar // with it comes the same subject
	attacker.come("grace").LeadsTo("/login/openid/new")
	attacker.KnownAs("")
	attacker.Get("/login/openid/new").Says("No account here is linked")
}

// The attacker registers with the victim's address, and links an account of the attacker's. Later the victim gets the
// account by a new password, as by a link in an e-mail.
func TestPreHijacking(t *testing.T) {
	e := newElsewhere(t)
	s, v := open(t, e)
	attacker := registered(e, v.Visitor, "victim@example.com", "Victim", "a rainy day in May")
	attacker.link("alan").LeadsTo("/settings/openid")
	viaProvider := &browser{attacker.Another(), attacker.there}
	viaProvider.come("alan").LeadsTo("/")

	victim := e.browser(v.Visitor)
	user, err := s.Users.FindByEmail(t.Context(), "victim@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Users.SetPassword(t.Context(), user, "nobody else knows it"); err != nil {
		t.Fatal(err)
	}
	viaProvider.KnownAs("")
	viaProvider.come("alan").LeadsTo("/login/openid/new")
	viaProvider.Get("/login/openid/new").Says("paused the link").SaysNot("Make my account")
	viaProvider.Post("/login/openid/new", "email=new@example.com", "name=New", "proof=guessed").LeadsTo("/login")
	viaProvider.KnownAs("")

	victim.Post("/login", "email=victim@example.com", "password=nobody else knows it").LeadsTo("/")
	victim.Get("/settings/openid").Says("Paused", "Alan Turing")
	victim.Follow(victim.Post("/settings/openid/unlink", "issuer="+e.Issuer).LeadsTo("/settings/openid")).Says("unlinked")
	victim.link("grace").LeadsTo("/settings/openid")
	viaProvider.come("alan").LeadsTo("/login/openid/new")
}

// A new password pauses the link; linking again ends that.
func TestPausedLink(t *testing.T) {
	e := newElsewhere(t)
	_, ada := linked(t, e)
	ada.come("grace").LeadsTo("/")
	ada.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")
	ada.Post("/logout")
	ada.come("grace").LeadsTo("/login/openid/new")
	ada.Get("/login/openid/new").Says("paused the link")
	ada.Post("/login", "email="+sitetest.AdaEmail, "password=difference engine").LeadsTo("/")
	ada.Post("/settings/openid/finish", "proof="+ada.proof("/settings/openid/finish")).LeadsTo("/settings/openid")
	ada.Get("/settings/openid").SaysNot("Paused")
	ada.Post("/logout")
	ada.come("grace").LeadsTo("/")
}

func TestBannedUser(t *testing.T) {
	e := newElsewhere(t)
	s, ada := linked(t, e)
	s.Exec(t, `UPDATE users SET active = FALSE`)
	ada.come("grace").Is(http.StatusForbidden).Says("This account is closed")
	ada.KnownAs("")
	s.Exec(t, `UPDATE users SET active = TRUE`)
	ada.come("grace").LeadsTo("/")
	s.Exec(t, `DELETE FROM users`)
	ada.KnownAs("")
	ada.come("grace").LeadsTo("/login/openid/new")
}

// Two make an account of one proof at once, or with one address: one account comes of it.
func TestRaceToJoin(t *testing.T) {
	e := newElsewhere(t)
	s, b := open(t, e)
	b.come("grace").LeadsTo("/login/openid/new")
	proof := b.proof("/login/openid/new")
	done := make(chan int)
	for _, email := range []string{"one@example.com", "two@example.com", "three@example.com"} {
		copied := b.Thief()
		go func() {
			done <- copied.Post("/login/openid/new", "email="+email, "name=Grace", "proof="+proof).StatusCode
		}()
	}
	for range 3 {
		<-done
	}
	var users, links int
	if err := s.DB.QueryRow(`SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM openid_links)`).Scan(&users, &links); err != nil || users != 2 || links != 1 {
		t.Errorf("%d users with Ada, %d links, %v", users, links, err)
	}
	if _, err := s.Users.FindByEmail(t.Context(), sitetest.AdaEmail); err != nil {
		t.Error(err)
	}
}

// A member whom the provider brings is a member, whatever the provider says.
func TestNobodyJoinsAsAdministrator(t *testing.T) {
	e := newElsewhere(t)
	s, b := open(t, e)
	e.with("role", account.RoleAdmin)
	b.join("grace", "grace@example.com", "Grace").LeadsTo("/")
	user, err := s.Users.FindByEmail(t.Context(), "grace@example.com")
	if err != nil || user.IsAdmin() {
		t.Errorf("%+v, %v", user, err)
	}
}
