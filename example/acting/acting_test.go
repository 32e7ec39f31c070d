package acting_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// adas is the ID of Ada's account, and roots that of the administrator's.
const adas, roots = "id=1", "id=2"

// open serves a site to Ada, and to an administrator who is logged in.
func open(t *testing.T, s *sitetest.Site) (ada, admin *sitetest.Visitor) {
	t.Helper()
	_, ada = sitetest.Serve(t, s)
	if _, err := s.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	admin = ada.Another()
	admin.LogInAsAdmin()
	return ada, admin
}

const banner = "You are Root, and see what Ada Lovelace sees."

func TestStory(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		var audit bytes.Buffer
		s := newSite(t)
		s.Audit = slog.New(slog.NewTextHandler(&audit, nil))
		ada, admin := open(t, s)
		ada.LogIn()
		ada.Get("/devices").SaysNot("Administrators who saw your account")

		admin.Get("/admin").Says("Log in as this person")
		admin.Get("/admin/act?"+adas).Is(http.StatusOK).Says("Log in as Ada Lovelace?", "For an hour at most")
		admin.Follow(admin.Post("/admin/act", adas).LeadsTo("/")).Says(banner, "Hello, Ada Lovelace", `action="/acting/stop"`)
		if log := audit.String(); !strings.Contains(log, "msg=impersonation_began") || !strings.Contains(log, "user=1") || !strings.Contains(log, "acting=2") {
			t.Errorf("the audit log does not name both:\n%s", log)
		}
		for _, path := range []string{"/profile", "/devices", "/tokens", "/nowhere"} {
			admin.Get(path).Says(banner)
		}

		// The customer's own devices stay as they were, and tell of the administrator.
		ada.Get("/devices").Says("Administrators who saw your account", "Root", "Now")
		if n := len(ada.Devices()); n != 2 { // hers, and the one that she can end
			t.Errorf("%d entries, want 2", n)
		}

		copied := admin.Thief()
		copied.Get("/profile").Is(http.StatusOK).Says(banner)
		admin.Follow(admin.Post("/acting/stop").LeadsTo("/admin")).Is(http.StatusOK).Says("You are yourself again.").SaysNot(banner)
		admin.KnownAs("Root")
		ada.Get("/devices").Says("Root", "Lasted", "1 min").SaysNot("Now", "End it")

		// The copy of the session opens nothing after the stop, and leads nowhere.
		copied.KnownAs("")
		copied.Get("/profile").LeadsTo("/login?next=%2Fprofile")
		copied.Post("/acting/stop").LeadsTo("/login")
		copied.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
		ada.KnownAs("Ada Lovelace")
	})
}

// Who acts looks, and changes nothing; whatever the page.
func TestWhoActsChangesNothing(t *testing.T) {
	s := sitetest.New(t)
	ada, admin := open(t, s)
	ada.LogIn()
	ada.MakeToken("backup")
	id := ada.TokenIDs()[0]
	admin.Post("/admin/act", adas).LeadsTo("/")
	const told = "Not while you act as somebody else"
	for _, path := range []string{"/settings", "/settings/code", "/settings/code/off", "/confirm", "/confirm/code", "/admin", "/admin/act?id=1"} {
		admin.Get(path).Is(http.StatusForbidden).Says(told, banner)
	}
	for path, field := range map[string]string{
		"/settings/password": "new_password=difference engine", "/confirm": "password=" + sitetest.AdaPassword, "/tokens": "name=x",
		"/tokens/revoke": "id=" + id, "/devices/end": "id=" + "x", "/devices/others": "", "/admin/act": roots,
		"/admin/logout": adas, "/settings/code/new": "code=1", "/confirm/code": "code=1", "/nowhere": "",
	} {
		admin.Post(path, field).Is(http.StatusForbidden).Says(told)
	}
	admin.Get("/settings", "Accept: application/json").Is(http.StatusForbidden).Says(`{"error":`)
	admin.Get("/tokens").Is(http.StatusOK).Says("backup")
	ada.Get("/tokens").Says("backup")

	admin.Post("/logout").LeadsTo("/") // ends both
	admin.KnownAs("")
	admin.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	ada.KnownAs("Ada Lovelace")
}

func TestOnlyAdministratorsAct(t *testing.T) {
	s := sitetest.New(t)
	ada, admin := open(t, s)
	ada.Another().Post("/admin/act", roots).LeadsTo("/admin/login")
	ada.LogIn()
	for _, who := range []string{adas, roots} {
		ada.Get("/admin/act?" + who).Is(http.StatusForbidden)
		ada.Post("/admin/act", who).Is(http.StatusForbidden)
	}
	ada.Follow(ada.Post("/acting/stop").LeadsTo("/")).Says("You act as nobody.", "Hello, Ada Lovelace")
	token := admin.MakeToken("robot")
	robot := []string{"Authorization: Bearer " + token}
	ada.Another().Send(http.MethodPost, "/admin/act", adas, robot).Is(http.StatusUnauthorized)
	admin.Send(http.MethodPost, "/admin/act", adas, []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden)
	admin.KnownAs("Root")

	// Only a fresh login.
	remembered := admin.Another()
	remembered.Post("/login", "email="+sitetest.RootEmail, "password="+sitetest.RootPassword, "remember=1").LeadsTo("/")
	remembered.CloseBrowser()
	remembered.Post("/admin/act", adas).LeadsTo("/confirm")
	remembered.KnownAs("Root")
}

func TestNobodyActsAsAnAdministrator(t *testing.T) {
	s := sitetest.New(t)
	ada, admin := open(t, s)
	second, err := s.Users.CreateWithRole(t.Context(), "second@example.com", "Second", sitetest.AdaPassword, account.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{roots, "id=" + second.GetID()} {
		admin.Follow(admin.Post("/admin/act", who).LeadsTo("/admin")).Says("Nobody can act as an administrator.")
	}
	for _, nobody := range []string{"", "id=99", "id=x"} {
		admin.Follow(admin.Post("/admin/act", nobody).LeadsTo("/admin")).Says("There is no such account any more.")
	}
	admin.Post("/admin/deactivate", adas).LeadsTo("/admin")
	admin.Follow(admin.Post("/admin/act", adas).LeadsTo("/admin")).Says("That account is deactivated.")
	admin.Post("/admin/reactivate", adas).LeadsTo("/admin")

	// Nothing has come of that, so there is nothing to see.
	ada.LogIn()
	ada.Get("/devices").SaysNot("Administrators who saw your account")

	// The customer becomes one while an administrator acts.
	admin.Post("/admin/act", adas).LeadsTo("/")
	s.Exec(t, `UPDATE users SET role = 'admin' WHERE id = 1`)
	admin.Follow(admin.Get("/admin").LeadsTo("/")).Says("You may not act as that person any more.", "Hello, Root")
}

// An administrator who is none any more stops at the next click, and what was posted is not done.
func TestWhoIsDemotedStops(t *testing.T) {
	var audit bytes.Buffer
	s := sitetest.New(t)
	s.Audit = slog.New(slog.NewTextHandler(&audit, nil))
	ada, admin := open(t, s)
	admin.Post("/admin/act", adas).LeadsTo("/")
	s.Exec(t, `UPDATE users SET role = 'member' WHERE id = 2`)
	audit.Reset()
	p := admin.Get("/profile").LeadsTo("/").SaysNot(sitetest.AdaEmail)
	admin.Follow(p).Says("You may not act as that person any more.", "Hello, Root").SaysNot(banner)
	admin.Post("/admin/act", adas).Is(http.StatusForbidden)
	if line, _, _ := strings.Cut(audit.String(), "\n"); !strings.Contains(line, "msg=impersonation_refused") || !strings.Contains(line, "user=1") || !strings.Contains(line, "acting=2") {
		t.Errorf("the audit log says %q", line)
	}
	ada.LogIn()
	ada.Get("/devices").Says("Root", "Lasted")
}

// What ends the administrator's login ends the acting.
func TestActingEndsWithTheLoginOfTheAdministrator(t *testing.T) {
	for name, end := range map[string]func(s *sitetest.Site, elsewhere *sitetest.Visitor){
		"ended on another device": func(_ *sitetest.Site, v *sitetest.Visitor) { v.Post("/devices/others").LeadsTo("/devices") },
		"a new password": func(_ *sitetest.Site, v *sitetest.Visitor) {
			v.Post("/settings/password", "current_password="+sitetest.RootPassword, "new_password=difference engine").LeadsTo("/settings")
		},
		"deactivated": func(s *sitetest.Site, v *sitetest.Visitor) {
			s.Exec(v.T, `UPDATE users SET active = FALSE WHERE id = 2`)
		},
		"the customer deactivated": func(s *sitetest.Site, v *sitetest.Visitor) { v.Post("/admin/deactivate", adas).LeadsTo("/admin") },
		"logged out by an administrator": func(_ *sitetest.Site, v *sitetest.Visitor) {
			v.Post("/admin/logout", roots).LeadsTo("/admin")
		},
	} {
		t.Run(name, func(t *testing.T) {
			sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
				s := newSite(t)
				_, admin := open(t, s)
				elsewhere := admin.Another()
				elsewhere.LogInAsAdmin()
				admin.Post("/admin/act", adas).LeadsTo("/")
				admin.KnownAs("Ada Lovelace")
				end(s, elsewhere)
				admin.KnownAs("")
				admin.Post("/acting/stop").LeadsTo("/login")
				admin.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
			})
		})
	}
}

func TestActingEndsAfterAnHour(t *testing.T) {
	var clock sitetest.Clock
	s := sitetest.New(t)
	clock.Runs(s)
	s.Config.Timeouts.Idle = 0
	ada, admin := open(t, s)
	ada.LogIn()
	admin.Post("/admin/act", adas).LeadsTo("/")
	clock.Advance(59 * time.Minute)
	admin.KnownAs("Ada Lovelace")
	ada.Get("/devices").Says("Now", "End it")
	clock.Advance(time.Minute)
	admin.KnownAs("")
	ada.Get("/devices").Says("Root").SaysNot("Now", "End it")
}

// The customer ends it, with a fresh login, and nobody else can.
func TestTheCustomerEndsIt(t *testing.T) {
	s := sitetest.New(t)
	ada, admin := open(t, s)
	grace := ada.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	ada.LogIn()
	admin.Post("/admin/act", adas).LeadsTo("/")
	id := ada.OtherDevice()
	grace.Get("/devices").SaysNot("Root")
	grace.Post("/devices/end", "id="+id).LeadsTo("/devices")
	admin.KnownAs("Ada Lovelace")
	ada.Follow(ada.Post("/devices/end", "id="+id).LeadsTo("/devices")).Says("The device has been logged out.", "Root").SaysNot("Now")
	admin.KnownAs("")
}
