package secondfactor_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/secondfactor"
)

func TestAdministratorsRemoveTheCodesOfWhoHasLostThem(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		if _, err := h.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		admin := v.Another()
		admin.LogInAsAdmin()
		admin.Get("/admin").SaysNot("Remove codes")
		v.LogIn("remember=1")
		secret, _ := h.turnOn(v)
		between := v.Another()
		password(between).LeadsTo("/login/code")
		v.Post("/admin/code", "id=1").Is(http.StatusForbidden)

		admin.Get("/admin").Says(">Codes</span>", `href="/admin/code?id=1&after=0"`)
		admin.Get("/admin/code?id=1").Is(http.StatusOK).Says("Remove the codes?", sitetest.AdaEmail)
		h.take()
		admin.Follow(admin.Post("/admin/code", "id=1").LeadsTo("/admin")).Says("The codes have been removed").SaysNot("Remove codes")
		h.tells("msg=second_factor_removed", "user 1: by an administrator", "user=2", `subject="Your codes were removed"`, "to="+sitetest.AdaEmail)
		if left, err := h.Logins.ListLogins(t.Context(), "1", 10); len(left) > 0 || err != nil {
			t.Errorf("logins of Ada are left: %d, %v", len(left), err)
		}
		v.KnownAs("")
		between.Post("/login/code", "code="+h.next(secret)).LeadsTo("/login")
		between.KnownAs("")
		v.LogIn()
		admin.Follow(admin.Post("/admin/code", "id=1").LeadsTo("/admin")).Says("has no codes any more")
		admin.Follow(admin.Post("/admin/code", "id=77").LeadsTo("/admin")).Says("There is no such account any more.")
	})
}

// The area asks for the password alone, which must not be a way around the code.
func TestAdministratorsDoNotRemoveTheirOwn(t *testing.T) {
	h, v := open(t)
	if _, err := h.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	v.LogInAsAdmin()
	h.turnOn(v)
	v.Get("/admin").Says(">Codes</span>").SaysNot("Remove codes")
	v.Follow(v.Post("/admin/code", "id=2").LeadsTo("/admin")).Says("You cannot remove your own codes here.")
	v.Get("/settings/code").Says("On")
}

// The database alone gives nobody a code, nor a recovery code.
func TestTheDatabaseHasNoSecrets(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		h := watched(t, newSite(t))
		_, v := sitetest.Serve(t, h.Site)
		v.LogIn()
		secret, recovery := h.turnOn(v)
		var sealed []byte
		var hash string
		if err := h.DB.QueryRowContext(t.Context(), `SELECT secret FROM second_factors`).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.QueryRowContext(t.Context(), `SELECT max(hash) FROM recovery_codes`).Scan(&hash); err != nil {
			t.Fatal(err)
		}
		if len(sealed) != 12+20+16 || strings.Contains(string(sealed), secret) || len(hash) != 64 {
			t.Errorf("the secret is %d bytes, and a hash %q", len(sealed), hash)
		}

		// Moved into the row of somebody else it opens nothing: the code of Ada's app is not Mallory's.
		mallory := v.Another()
		mallory.Post("/register", "email=mallory@example.com", "name=Mallory", "password=a bug in the relay").LeadsTo("/")
		hers, _ := h.turnOn(mallory)
		h.Exec(t, `UPDATE second_factors SET secret = (SELECT secret FROM second_factors WHERE user_id = 2) WHERE user_id = 1`)
		v.Post("/logout")
		password(v)
		v.Post("/login/code", "code="+h.next(hers)).Is(http.StatusServiceUnavailable)
		v.KnownAs("")
		v.Post("/login/code", "recovery="+recovery[0]).LeadsTo("/") // needs no key
	})
}

// The old key can be removed after one start with the new one.
func TestSecretsMoveToANewKey(t *testing.T) {
	h, v := open(t)
	secret, recovery := ready(t, h, v)
	old, renewed := h.Config.Keys[0], []byte("the secret key of the next years")
	with := func(keys ...[]byte) *sitetest.Site {
		s := *h.Site.Site
		s.Config.Keys = keys
		if err := secondfactor.Renew(t.Context(), s.DB, keys, s.Log); err != nil {
			t.Fatal(err)
		}
		return &sitetest.Site{Site: &s}
	}
	both := v.Another().MoveTo(with(renewed, old))
	password(both).LeadsTo("/login/code")
	both.Post("/login/code", "code="+h.next(secret)).LeadsTo("/")
	alone := v.Another().MoveTo(with(renewed))
	password(alone).LeadsTo("/login/code")
	alone.Post("/login/code", "code="+h.next(secret)).LeadsTo("/")

	h.take()
	lost := v.Another().MoveTo(with([]byte("a key that has opened nothing yet")))
	h.tells("under a key that is not in SECRET_KEYS", "users=1")
	password(lost).LeadsTo("/login/code")
	lost.Post("/login/code", "code="+h.next(secret)).Is(http.StatusServiceUnavailable)
	lost.Post("/login/code", "recovery="+recovery[0]).LeadsTo("/")
	lost.KnownAs("Ada Lovelace")
}
