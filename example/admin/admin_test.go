package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// adas is the ID of Ada's account, and roots that of the administrator's.
const adas, roots = "id=1", "id=2"

func TestTheAdminAreaHasALoginOfItsOwn(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	v := admin.Another()
	v.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	v.Get("/admin/login?next=%2Fadmin").Is(http.StatusOK).
		Says("Admin login", "Please log in to access this page.", `name="next" value="/admin"`).SaysNot("Remember me")
	v.Post("/admin/login", "email="+sitetest.RootEmail, "password=wrong", "next=/admin").
		Is(http.StatusUnauthorized).Says(`role="alert">That e-mail address and password do not match`, sitetest.RootEmail, `name="next" value="/admin"`)
	p := v.Post("/admin/login", "email="+sitetest.RootEmail, "password="+sitetest.RootPassword, "next=/admin", "remember=1").LeadsTo("/admin")
	p.SetsNoCookie("remember_token")
	v.Follow(p).Is(http.StatusOK).Says("Welcome back, Root.", "Ada Lovelace", sitetest.AdaEmail)
	v.Get("/admin/login").LeadsTo("/admin")

	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout"} {
		v.Another().Post(path, adas).LeadsTo("/admin/login")
	}
}

// Both forms share their counts: neither is a second chance, and a known device is known to both.
func TestGuessesAtTheAdminLoginCount(t *testing.T) {
	s, admin := sitetest.OpenWithAdmin(t)
	admin.Post("/logout").LeadsTo("/")
	s.Exhaust(sitetest.Limits.Account, sitetest.RootEmail)
	for _, path := range []string{"/login", "/admin/login"} {
		admin.Another().Post(path, "email="+sitetest.RootEmail, "password="+sitetest.RootPassword).Is(http.StatusTooManyRequests)
	}
	admin.LogInAsAdmin()
}

func TestMembersAreNoAdmins(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	ada, other := admin.Another(), admin.Another()
	ada.LogIn()
	other.LogIn()
	ada.Get("/").SaysNot(`href="/admin">Admin`)
	ada.Get("/admin").Is(http.StatusForbidden).Says("Not for this account", `href="/admin/login"`).SaysNot(sitetest.RootEmail)
	ada.Get("/admin", "Accept: application/json").Is(http.StatusForbidden).Says(`{"error":`)
	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout"} {
		ada.Post(path, roots).Is(http.StatusForbidden)
	}
	admin.Get("/admin").Is(http.StatusOK)

	// The form takes no member, and tells nobody more than that who has the password.
	ada.Get("/admin/login").Is(http.StatusOK).Says("You are logged in as " + sitetest.AdaEmail)
	ada.Post("/admin/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).
		Is(http.StatusForbidden).Says("not an administrator’s")
	ada.KnownAs("Ada Lovelace")
	ada.LogInAsAdmin()
	ada.KnownAs("Root")
	other.KnownAs("Ada Lovelace")
}

func TestAdminsAreAskedForThePasswordAgain(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	v := admin.Another()
	v.Post("/login", "email="+sitetest.RootEmail, "password="+sitetest.RootPassword, "remember=1").LeadsTo("/")
	v.Get("/").Says(`href="/admin"`)
	v.CloseBrowser()
	v.Get("/admin").LeadsTo("/confirm?next=%2Fadmin")
	v.Post("/admin/deactivate", adas).LeadsTo("/confirm")
	v.Post("/confirm", "password="+sitetest.RootPassword, "next=/admin").LeadsTo("/admin")
	v.Get("/admin").Is(http.StatusOK)
}

func TestATokenOpensNoAdminArea(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	token := admin.MakeToken("nightly copy")
	admin.Another().Get("/admin", "Authorization: Bearer "+token).Is(http.StatusUnauthorized)
}

func TestWhoIsDeactivatedIsOutAtOnce(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	laptop, phone := sitetest.LaptopAndPhone(admin.Another())
	token := laptop.MakeToken("nightly copy")
	phone.CloseBrowser()

	admin.Follow(admin.Post("/admin/deactivate", adas).LeadsTo("/admin")).Says("has been deactivated", "Deactivated", "Reactivate")
	for _, v := range []*sitetest.Visitor{laptop, phone} {
		v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
		v.KnownAs("")
	}
	laptop.Another().Get("/api/me", "Authorization: Bearer "+token).Is(http.StatusUnauthorized)
	login := []string{"email=" + sitetest.AdaEmail, "password=" + sitetest.AdaPassword}
	laptop.Post("/login", login...).Is(http.StatusForbidden).Says("This account has been deactivated.")
	laptop.Another().Post("/login", login[0], "password=wrong").Is(http.StatusUnauthorized).SaysNot("deactivated")

	admin.Follow(admin.Post("/admin/reactivate", adas).LeadsTo("/admin")).Says("has been reactivated").SaysNot("Deactivated")
	laptop.KnownAs("") // no login comes back by itself
	phone.KnownAs("")
	laptop.LogIn()
	sitetest.WantAda(laptop.Another().Get("/api/me", "Authorization: Bearer "+token))
}

// The logins need not be ended for that: ginlogin asks the user.
func TestInactiveUsersAreNobody(t *testing.T) {
	s, admin := sitetest.OpenWithAdmin(t)
	v := admin.Another()
	v.LogIn("remember=1")
	s.Exec(t, `UPDATE users SET active = FALSE WHERE id = 1`)
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	v.KnownAs("")
	s.Exec(t, `UPDATE users SET active = FALSE WHERE id = 2`)
	admin.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	admin.Get("/admin/login").Is(http.StatusOK)
	admin.Post("/admin/login", "email="+sitetest.RootEmail, "password="+sitetest.RootPassword).Is(http.StatusForbidden).Says("deactivated")
}

func TestAdminsCannotDeactivateThemselves(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	if p := admin.Get("/admin").Says(">You<"); strings.Count(p.Text, ">Deactivate<") != 1 {
		t.Errorf("not exactly Ada can be deactivated:\n%s", p.Text)
	}
	p := admin.Post("/admin/deactivate", roots).LeadsTo("/admin")
	admin.Follow(p).Is(http.StatusOK).Says("You cannot deactivate your own account.", `class="flash error" role="alert"`)
}

func TestAdminsEndAllLoginsOfSomebody(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	laptop, phone := sitetest.LaptopAndPhone(admin.Another())
	phone.CloseBrowser()
	admin.Follow(admin.Post("/admin/logout", adas).LeadsTo("/admin")).Says("logged out everywhere", `class="flash success" role="status"`)
	for _, v := range []*sitetest.Visitor{laptop, phone} {
		v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	}
	laptop.LogIn() // the account is as good as before
	admin.KnownAs("Root")

	admin.Post("/admin/logout", roots).LeadsTo("/admin")
	admin.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
}

func TestAdminOfNobody(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	for _, id := range []string{"", "99", "-1", "x", "1;2", "99999999999999999999"} {
		for _, path := range []string{"/admin/deactivate", "/admin/reactivate"} {
			admin.Follow(admin.Post(path, "id="+id).LeadsTo("/admin")).Says("There is no such account any more.")
		}
		admin.Post("/admin/logout", "id="+id).LeadsTo("/admin")
	}
	admin.Another().LogIn()
}

func TestAdminAcrossSites(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout", "/admin/login"} {
		admin.Send(http.MethodPost, path, adas, []string{"Sec-Fetch-Site: cross-site"}).Is(http.StatusForbidden)
	}
	admin.Another().LogIn()
}

func TestAccountsComeInPages(t *testing.T) {
	s, admin := sitetest.OpenWithAdmin(t)
	for i := 3; i <= 2*50+1; i++ {
		s.Exec(t, `INSERT INTO users (email, name, password_hash) VALUES ($1, $2, '')`,
			fmt.Sprintf("%d@example.com", i), fmt.Sprintf("Number %d.", i))
	}
	admin.Get("/admin").Says("Number 50.", `href="/admin?after=50"`).SaysNot("Number 51.", "First page")
	admin.Get("/admin?after=50").Says("Number 51.", "Number 100.", `href="/admin?after=100"`, "First page").SaysNot("Number 50.")
	admin.Get("/admin?after=100").Says("Number 101.", "First page").SaysNot("Next page")
	admin.Get("/admin?after=nonsense").Says("Ada Lovelace")
	admin.Post("/admin/deactivate", "id=51", "after=50").LeadsTo("/admin?after=50")
	admin.Post("/admin/deactivate", "id=52", "after=//evil.example").LeadsTo("/admin")
}

func TestOutageOfTheAdminArea(t *testing.T) {
	s, admin := sitetest.OpenWithAdmin(t)
	s.Exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	admin.Post("/admin/deactivate", adas).Is(http.StatusServiceUnavailable).Says("Back in a moment")
	admin.Post("/admin/reactivate", adas).Is(http.StatusServiceUnavailable)
	s.Exec(t, `CREATE TRIGGER keep BEFORE DELETE ON ginlogin_logins BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	admin.Another().LogIn()
	admin.Post("/admin/logout", adas).Is(http.StatusServiceUnavailable)
	admin.Get("/admin").Is(http.StatusOK)
}

// A login that is under way makes its row when the rows have been deleted. It must not be back with the account.
func TestALoginUnderWayIsNotBackWithTheAccount(t *testing.T) {
	s, admin := sitetest.OpenWithAdmin(t)
	v := admin.Another()
	v.LogIn("remember=1")
	rows, err := s.Logins.ListLogins(t.Context(), "1", 10)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	admin.Post("/admin/deactivate", adas).LeadsTo("/admin")
	if err := s.Logins.CreateLogin(t.Context(), rows[0]); err != nil {
		t.Fatal(err)
	}
	admin.Post("/admin/reactivate", adas).LeadsTo("/admin")
	v.KnownAs("")
	v.CloseBrowser()
	v.KnownAs("")
	v.LogIn()
}

// What cannot be undone is asked first, and by a page that does nothing yet.
func TestAdminsAreAskedBeforeSomebodyIsOut(t *testing.T) {
	_, admin := sitetest.OpenWithAdmin(t)
	ada := admin.Another()
	ada.LogIn()
	list := admin.Get("/admin").Says(`href="/admin/deactivate?id=1&after=0"`, `href="/admin/logout?id=1&after=0"`)
	list.SaysNot(`formaction=`)
	for path, button := range map[string]string{"/admin/deactivate": "Deactivate the account", "/admin/logout": "Log out everywhere"} {
		admin.Get(path+"?id=1&after=7").Is(http.StatusOK).
			Says("Ada Lovelace, ada@example.com", `action="`+path+`"`, button, `name="id" value="1"`, `name="after" value="7"`, `href="/admin?after=7">Cancel`)
		admin.Follow(admin.Get(path + "?id=99").LeadsTo("/admin")).Says("There is no such account any more.")
	}
	ada.KnownAs("Ada Lovelace")
}
