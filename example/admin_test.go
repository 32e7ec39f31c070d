package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const (
	adminEmail    = "root@example.com"
	adminPassword = "keys of the house"
)

// openWithAdmin is open, with an administrator who is logged in.
func openWithAdmin(t *testing.T) (s *site, admin *visitor) {
	t.Helper()
	s, v := open(t)
	if _, err := s.users.create(t.Context(), adminEmail, "Root", adminPassword, roleAdmin); err != nil {
		t.Fatal(err)
	}
	admin = v.another()
	admin.logInAsAdmin()
	return s, admin
}

func (v *visitor) logInAsAdmin() {
	v.t.Helper()
	v.post("/admin/login", "email="+adminEmail, "password="+adminPassword).leadsTo("/admin")
}

// adas is the ID of Ada's account, and roots that of the administrator's.
const adas, roots = "id=1", "id=2"

func TestTheAdminAreaHasALoginOfItsOwn(t *testing.T) {
	_, admin := openWithAdmin(t)
	v := admin.another()
	v.get("/admin").leadsTo("/admin/login?next=%2Fadmin")
	v.get("/admin/login?next=%2Fadmin").is(http.StatusOK).
		says("Admin login", "Please log in to access this page.", `name="next" value="/admin"`).saysNot("Remember me")
	v.post("/admin/login", "email="+adminEmail, "password=wrong", "next=/admin").
		is(http.StatusUnauthorized).says(`role="alert">That e-mail address and password do not match`, adminEmail, `name="next" value="/admin"`)
	p := v.post("/admin/login", "email="+adminEmail, "password="+adminPassword, "next=/admin", "remember=1").leadsTo("/admin")
	p.setsNoCookie("remember_token")
	v.follow(p).is(http.StatusOK).says("Welcome back, Root.", "Ada Lovelace", adaEmail)
	v.get("/admin/login").leadsTo("/admin")

	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout"} {
		v.another().post(path, adas).leadsTo("/admin/login")
	}
}

// Both forms share their counts: neither is a second chance, and a known device is known to both.
func TestGuessesAtTheAdminLoginCount(t *testing.T) {
	s, admin := openWithAdmin(t)
	admin.post("/logout").leadsTo("/")
	s.exhaust(limits.Account, adminEmail)
	for _, path := range []string{"/login", "/admin/login"} {
		admin.another().post(path, "email="+adminEmail, "password="+adminPassword).is(http.StatusTooManyRequests)
	}
	admin.logInAsAdmin()
}

func TestMembersAreNoAdmins(t *testing.T) {
	_, admin := openWithAdmin(t)
	ada, other := admin.another(), admin.another()
	ada.logIn()
	other.logIn()
	ada.get("/").saysNot(`href="/admin">Admin`)
	ada.get("/admin").is(http.StatusForbidden).says("Not for this account", `href="/admin/login"`).saysNot(adminEmail)
	ada.get("/admin", "Accept: application/json").is(http.StatusForbidden).says(`{"error":`)
	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout"} {
		ada.post(path, roots).is(http.StatusForbidden)
	}
	admin.get("/admin").is(http.StatusOK)

	// The form takes no member, and tells nobody more than that who has the password.
	ada.get("/admin/login").is(http.StatusOK).says("You are logged in as " + adaEmail)
	ada.post("/admin/login", "email="+adaEmail, "password="+adaPassword).
		is(http.StatusForbidden).says("not an administrator’s")
	ada.knownAs("Ada Lovelace")
	ada.logInAsAdmin()
	ada.knownAs("Root")
	other.knownAs("Ada Lovelace")
}

func TestAdminsAreAskedForThePasswordAgain(t *testing.T) {
	_, admin := openWithAdmin(t)
	v := admin.another()
	v.post("/login", "email="+adminEmail, "password="+adminPassword, "remember=1").leadsTo("/")
	v.get("/").says(`href="/admin"`)
	v.closeBrowser()
	v.get("/admin").leadsTo("/reauthenticate?next=%2Fadmin")
	v.post("/admin/deactivate", adas).leadsTo("/reauthenticate")
	v.post("/reauthenticate", "password="+adminPassword, "next=/admin").leadsTo("/admin")
	v.get("/admin").is(http.StatusOK)
}

func TestATokenOpensNoAdminArea(t *testing.T) {
	_, admin := openWithAdmin(t)
	token := admin.makeToken("nightly copy")
	admin.another().get("/admin", "Authorization: Bearer "+token).is(http.StatusUnauthorized)
}

func TestWhoIsDeactivatedIsOutAtOnce(t *testing.T) {
	_, admin := openWithAdmin(t)
	laptop, phone := laptopAndPhone(admin.another())
	token := laptop.makeToken("nightly copy")
	phone.closeBrowser()

	admin.follow(admin.post("/admin/deactivate", adas).leadsTo("/admin")).says("has been deactivated", "Deactivated", "Reactivate")
	for _, v := range []*visitor{laptop, phone} {
		v.get("/profile").leadsTo("/login?next=%2Fprofile")
		v.knownAs("")
	}
	laptop.another().get("/api/me", "Authorization: Bearer "+token).is(http.StatusUnauthorized)
	login := []string{"email=" + adaEmail, "password=" + adaPassword}
	laptop.post("/login", login...).is(http.StatusForbidden).says("This account has been deactivated.")
	laptop.another().post("/login", login[0], "password=wrong").is(http.StatusUnauthorized).saysNot("deactivated")

	admin.follow(admin.post("/admin/reactivate", adas).leadsTo("/admin")).says("has been reactivated").saysNot("Deactivated")
	laptop.knownAs("") // no login comes back by itself
	phone.knownAs("")
	laptop.logIn()
	wantAda(laptop.another().get("/api/me", "Authorization: Bearer "+token))
}

// The logins need not be ended for that: ginlogin asks the user.
func TestInactiveUsersAreNobody(t *testing.T) {
	s, admin := openWithAdmin(t)
	v := admin.another()
	v.logIn("remember=1")
	s.exec(t, `UPDATE users SET active = FALSE WHERE id = 1`)
	v.get("/profile").leadsTo("/login?next=%2Fprofile")
	v.knownAs("")
	s.exec(t, `UPDATE users SET active = FALSE WHERE id = 2`)
	admin.get("/admin").leadsTo("/admin/login?next=%2Fadmin")
	admin.get("/admin/login").is(http.StatusOK)
	admin.post("/admin/login", "email="+adminEmail, "password="+adminPassword).is(http.StatusForbidden).says("deactivated")
}

func TestAdminsCannotDeactivateThemselves(t *testing.T) {
	_, admin := openWithAdmin(t)
	if p := admin.get("/admin").says(">You<"); strings.Count(p.text, ">Deactivate<") != 1 {
		t.Errorf("not exactly Ada can be deactivated:\n%s", p.text)
	}
	p := admin.post("/admin/deactivate", roots).leadsTo("/admin")
	admin.follow(p).is(http.StatusOK).says("You cannot deactivate your own account.", `class="flash error" role="alert"`)
}

func TestAdminsEndAllLoginsOfSomebody(t *testing.T) {
	_, admin := openWithAdmin(t)
	laptop, phone := laptopAndPhone(admin.another())
	phone.closeBrowser()
	admin.follow(admin.post("/admin/logout", adas).leadsTo("/admin")).says("logged out everywhere", `class="flash success" role="status"`)
	for _, v := range []*visitor{laptop, phone} {
		v.get("/profile").leadsTo("/login?next=%2Fprofile")
	}
	laptop.logIn() // the account is as good as before
	admin.knownAs("Root")

	admin.post("/admin/logout", roots).leadsTo("/admin")
	admin.get("/admin").leadsTo("/admin/login?next=%2Fadmin")
}

func TestAdminOfNobody(t *testing.T) {
	_, admin := openWithAdmin(t)
	for _, id := range []string{"", "99", "-1", "x", "1;2", "99999999999999999999"} {
		for _, path := range []string{"/admin/deactivate", "/admin/reactivate"} {
			admin.follow(admin.post(path, "id="+id).leadsTo("/admin")).says("There is no such account any more.")
		}
		admin.post("/admin/logout", "id="+id).leadsTo("/admin")
	}
	admin.another().logIn()
}

func TestAdminAcrossSites(t *testing.T) {
	_, admin := openWithAdmin(t)
	for _, path := range []string{"/admin/deactivate", "/admin/reactivate", "/admin/logout", "/admin/login"} {
		admin.send(http.MethodPost, path, adas, []string{"Sec-Fetch-Site: cross-site"}).is(http.StatusForbidden)
	}
	admin.another().logIn()
}

func TestAccountsComeInPages(t *testing.T) {
	s, admin := openWithAdmin(t)
	for i := 3; i <= 2*accountsPerPage+1; i++ {
		s.exec(t, `INSERT INTO users (email, name, password_hash) VALUES ($1, $2, '')`,
			fmt.Sprintf("%d@example.com", i), fmt.Sprintf("Number %d.", i))
	}
	admin.get("/admin").says("Number 50.", `href="/admin?after=50"`).saysNot("Number 51.", "First page")
	admin.get("/admin?after=50").says("Number 51.", "Number 100.", `href="/admin?after=100"`, "First page").saysNot("Number 50.")
	admin.get("/admin?after=100").says("Number 101.", "First page").saysNot("Next page")
	admin.get("/admin?after=nonsense").says("Ada Lovelace")
	admin.post("/admin/deactivate", "id=51", "after=50").leadsTo("/admin?after=50")
	admin.post("/admin/deactivate", "id=52", "after=//evil.example").leadsTo("/admin")
}

func TestOutageOfTheAdminArea(t *testing.T) {
	s, admin := openWithAdmin(t)
	s.exec(t, `CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	admin.post("/admin/deactivate", adas).is(http.StatusServiceUnavailable).says("Back in a moment")
	admin.post("/admin/reactivate", adas).is(http.StatusServiceUnavailable)
	s.exec(t, `CREATE TRIGGER keep BEFORE DELETE ON ginlogin_logins BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	admin.another().logIn()
	admin.post("/admin/logout", adas).is(http.StatusServiceUnavailable)
	admin.get("/admin").is(http.StatusOK)
}
