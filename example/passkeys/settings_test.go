package passkeys_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// All of it takes a fresh login.
func TestPasskeysTakeAFreshLogin(t *testing.T) {
	_, v, _ := withPhone(t)
	v.Get("/settings/passkeys").LeadsTo("/login?next=%2Fsettings%2Fpasskeys")
	v.LogIn("remember=1")
	id := ids(v)[0]
	v.CloseBrowser()
	for _, path := range []string{"", "/rename?id=" + id, "/remove?id=" + id} {
		if p := v.Get("/settings/passkeys" + path); !strings.HasPrefix(p.Header.Get("Location"), "/confirm?next=") {
			t.Errorf("%s leads to %q", path, p.Header.Get("Location"))
		}
	}
	for _, path := range []string{"", "/rename", "/remove"} {
		v.Post("/settings/passkeys"+path, "id="+id, "name=mine", "password="+sitetest.AdaPassword).LeadsTo("/confirm")
	}
	v.Send(http.MethodPost, "/settings/passkeys/begin", "name=x", []string{"Accept: application/json"}).Is(http.StatusUnauthorized)
	v.Post("/confirm", "password="+sitetest.AdaPassword).LeadsTo("/")
	v.Get("/settings/passkeys").Says("my phone")
}

func TestNamesOfPasskeys(t *testing.T) {
	_, v, phone := withPhone(t)
	v.LogIn()
	id := ids(v)[0]
	for _, name := range []string{"", "  ", "a\u202eb", strings.Repeat("x", 61)} {
		v.Send(http.MethodPost, "/settings/passkeys/begin", sitetest.Encode([]string{"name=" + name}), []string{"Accept: application/json"}).
			Is(http.StatusUnprocessableEntity).Says(`{"error":"Enter a name`)
		v.Post("/settings/passkeys", "name="+name).Is(http.StatusUnprocessableEntity).Says(`id="name-error"`, "Enter a name")
		v.Post("/settings/passkeys/rename", "id="+id, "name="+name).Is(http.StatusUnprocessableEntity).Says(`id="name-error"`, "Enter a name")
	}
	v.AddPasskey(sitetest.NewAuthenticator(t), " <b>bold</b> ")
	if p := v.Get("/settings/passkeys").Says("<b>bold</b>"); strings.Contains(p.HTML, "<b>") {
		t.Error("the name is markup")
	}
	// With two of them, one goes without the password.
	v.Get("/settings/passkeys/remove?id=" + id).SaysNot("last passkey")
	v.Post("/settings/passkeys/remove", "id="+id).LeadsTo("/settings/passkeys")
	v.Another().ByPasskey(phone).Is(http.StatusUnauthorized)
}

func TestIDsThatAreNoText(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := serve(t, newSite(t))
		addPhone(t, v)
		v.LogIn()
		for _, id := range []string{"", "\x00", "\xff", "none"} {
			v.Post("/settings/passkeys/rename", "id="+id, "name=x").LeadsTo("/settings/passkeys")
			v.Post("/settings/passkeys/remove", "id="+id).LeadsTo("/settings/passkeys")
		}
		answer := sitetest.NewAuthenticator(t)
		answer.Create(`{"options":{"challenge":"AAAA","rp":{"id":"example.com"}}}`)
		v.Post("/confirm/passkey", "credential="+answer.Get(`{"options":{"challenge":"a\u0000b","rpId":"example.com"}}`)).LeadsTo("/confirm?next=%2F")
	})
}

// Two passkeys that are removed at the same moment are not both "not the last".
func TestTheLastPasskeyIsNotRemovedByARace(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := serve(t, newSite(t))
		v.LogIn()
		for i := range 6 {
			v.AddPasskey(sitetest.NewAuthenticator(t), fmt.Sprint("number ", i))
		}
		var requests sync.WaitGroup
		for _, id := range ids(v) {
			tab := v.Thief()
			requests.Go(func() { tab.Post("/settings/passkeys/remove", "id="+id) })
		}
		requests.Wait()
		if left := ids(v); len(left) != 1 {
			t.Errorf("%d passkeys are left, want the last", len(left))
		}
	})
}

func TestThereIsAnEndToPasskeys(t *testing.T) {
	_, v := open(t)
	v.LogIn()
	for i := range 19 {
		v.AddPasskey(sitetest.NewAuthenticator(t), fmt.Sprint("number ", i))
	}
	// Two more are begun while there is room for one.
	a := sitetest.NewAuthenticator(t)
	first, second := a.Create(v.Begin("/settings/passkeys/begin", "name=x")), a.Create(v.Begin("/settings/passkeys/begin", "name=x"))
	v.Post("/settings/passkeys", "name=x", "credential="+first).LeadsTo("/settings/passkeys")
	v.Post("/settings/passkeys", "name=x", "credential="+second).Is(http.StatusUnprocessableEntity).Says("reached the limit of passkeys")
	v.Send(http.MethodPost, "/settings/passkeys/begin", "name=x", []string{"Accept: application/json"}).
		Is(http.StatusConflict).Says("reached the limit of passkeys")
}

func TestWhatIsAddedIsAPasskey(t *testing.T) {
	for name, change := range map[string]func(*sitetest.Authenticator){
		"a page of another site": func(a *sitetest.Authenticator) { a.Origin = "https://evil.example" },
		"nobody was verified":    func(a *sitetest.Authenticator) { a.Flags &^= sitetest.UserVerified },
		"backed up, though it cannot be": func(a *sitetest.Authenticator) {
			a.Flags &^= sitetest.BackupEligible
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, v := open(t)
			v.LogIn()
			a := sitetest.NewAuthenticator(t)
			change(a)
			v.Post("/settings/passkeys", "name=x", "credential="+a.Create(v.Begin("/settings/passkeys/begin", "name=x"))).
				Is(http.StatusUnprocessableEntity).Says("was not a passkey for this site")
			v.Get("/settings/passkeys").Says("You have no passkeys.")
		})
	}
}

func TestOutageOfThePasskeys(t *testing.T) {
	s, v, phone := withPhone(t)
	v.LogIn()
	begun := "credential=" + phone.Get(v.Begin("/confirm/passkey/begin"))
	again := "credential=" + phone.Get(v.Begin("/confirm/passkey/begin"))
	stranger := v.Another()
	answer := "credential=" + phone.Get(stranger.Begin("/login/passkey/begin"))
	s.Exec(t, `ALTER TABLE passkeys RENAME TO lost`)
	v.Get("/settings/passkeys").Is(http.StatusServiceUnavailable)
	v.Get("/settings/passkeys/remove?id=x").Is(http.StatusServiceUnavailable)
	v.Post("/confirm/passkey", begun).Is(http.StatusServiceUnavailable)
	v.Get("/confirm").Is(http.StatusOK).SaysNot("Use a passkey instead") // the password will do
	stranger.Post("/login/passkey", answer).Is(http.StatusServiceUnavailable).Says("nothing has been done")
	s.Exec(t, `ALTER TABLE lost RENAME TO passkeys`)
	s.Exec(t, `ALTER TABLE passkey_challenges RENAME TO lost`)
	v.Post("/confirm/passkey", again).Is(http.StatusServiceUnavailable)
	stranger.Send(http.MethodPost, "/login/passkey/begin", "", []string{"Accept: application/json"}).Is(http.StatusServiceUnavailable).Says(`{"error":`)
	stranger.Get("/login").Is(http.StatusOK)
}

// Each challenge takes room in the database, so one network cannot have any number of them.
func TestThereIsAnEndToChallenges(t *testing.T) {
	_, v := open(t, sitetest.WithClock(sitetest.NewWatch())) // or a slow machine would get more of them
	v.Address = "192.0.2.7"
	for range 300 {
		v.Begin("/login/passkey/begin")
	}
	p := v.Send(http.MethodPost, "/login/passkey/begin", "", []string{"Accept: application/json"}).Is(http.StatusTooManyRequests).Says("Too many attempts")
	if p.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	other := v.Another()
	other.Address = "198.51.100.7"
	other.Begin("/login/passkey/begin")
}

// The audit log has a line for each change of a way in, and for each answer that was refused. The owner is told of
// the changes.
func TestAuditLogOfPasskeys(t *testing.T) {
	var log bytes.Buffer
	s, v, phone := withPhone(t, func(s *sitetest.Site) { s.Log = slog.New(slog.NewTextHandler(&log, nil)); s.Audit = s.Log })
	if told := s.Mail(t, sitetest.AdaEmail); told.Subject != "A passkey was added" || strings.Contains(told.Text, "my phone") {
		t.Errorf("the owner is told %+v", told)
	}
	v.ByPasskey(phone).LeadsTo("/")
	id := ids(v)[0]
	v.Post("/settings/passkeys/rename", "id="+id, "name=old phone").LeadsTo("/settings/passkeys")
	v.Post("/settings/passkeys/remove", "id="+id, "password="+sitetest.AdaPassword).LeadsTo("/settings/passkeys")
	v.Another().ByPasskey(phone).Is(http.StatusUnauthorized)
	v.Post("/confirm/passkey", "credential=none").LeadsTo("/confirm?next=%2F")
	for _, event := range []string{"passkey_added", "passkey_renamed", "passkey_removed", "passkey_refused", "user_login_failed"} {
		if !strings.Contains(log.String(), event) {
			t.Errorf("the audit log has no %s:\n%s", event, log.String())
		}
	}
	if told := s.Mail(t, sitetest.AdaEmail); told.Subject != "A passkey was removed" || strings.Contains(told.Text, "old phone") {
		t.Errorf("the owner is told %+v", told)
	}
	if strings.Contains(log.String(), "old phone") {
		t.Error("the audit log has what was typed")
	}
}
