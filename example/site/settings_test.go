package site_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestSettingsRequireLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/settings").LeadsTo("/login?next=%2Fsettings")
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/login")
}

// A remembered visitor cannot post past the page that asks for the password.
func TestSettingsRequireFreshLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn("remember=1")
	v.CloseBrowser()
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").
		LeadsTo("/confirm")
	v.Another().LogIn() // with the old password
}

func TestChangePassword(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	p := v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").
		LeadsTo("/settings")
	v.Follow(p).Is(http.StatusOK).Says("Your password has been changed. All your other devices are logged out.")
	v.KnownAs("Ada Lovelace")
	v.Get("/settings").Is(http.StatusOK) // the login is as fresh as it was

	other := v.Another()
	other.Post("/login", "email="+sitetest.AdaEmail, "password="+sitetest.AdaPassword).Is(http.StatusUnauthorized)
	other.Post("/login", "email="+sitetest.AdaEmail, "password=difference engine").LeadsTo("/")
}

func TestChangePasswordRefuses(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	v.Post("/settings/password", "current_password=wrong", "new_password=difference engine").
		Is(http.StatusUnprocessableEntity).Says(`id="current_password-error"`, "not your password")
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=short").
		Is(http.StatusUnprocessableEntity).Says(`id="new_password-error"`, "8 characters or more")
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password="+strings.ToUpper(sitetest.AdaEmail)).
		Is(http.StatusUnprocessableEntity).Says("not your e-mail address")
	v.Post("/settings/password").Is(http.StatusUnprocessableEntity)
	v.Another().LogIn() // still with the old password
}

func TestChangePasswordEndsTheOtherLogins(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn("remember=1")
	laptop, phone := v.Another(), v.Another()
	laptop.LogIn()
	phone.LogIn("remember=1")
	phone.CloseBrowser() // it has its remember cookie left
	copied := v.Thief()
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=difference engine").LeadsTo("/settings")

	laptop.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	phone.Get("/profile").LeadsTo("/login?next=%2Fprofile")
	copied.Get("/profile").LeadsTo("/login?next=%2Fprofile") // cookies from before the change are dead
	if entries := v.Devices(); len(entries) != 1 {
		t.Errorf("%d devices, want this one alone", len(entries))
	}
	v.CloseBrowser()
	v.KnownAs("Ada Lovelace") // its own remember cookie is good on
}

// Without a store to delete them from, the logins end all the same: they are bound to the password.
func TestChangePasswordOfAnotherProgram(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn("remember=1")
	ada, err := s.Users.Authenticate(t.Context(), sitetest.AdaEmail, sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Users.SetPassword(t.Context(), ada, "difference engine"); err != nil {
		t.Fatal(err)
	}
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")
}
