package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestSettingsRequireLogin(t *testing.T) {
	_, v := open(t)
	v.get("/settings").leadsTo("/login?next=%2Fsettings")
	v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").leadsTo("/login")
}

// A remembered visitor cannot post past the page that asks for the password.
func TestSettingsRequireFreshLogin(t *testing.T) {
	_, v := open(t)
	v.logIn("remember=1")
	v.closeBrowser()
	v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").
		leadsTo("/reauthenticate")
	v.another().logIn() // with the old password
}

func TestChangePassword(t *testing.T) {
	_, v := open(t)
	v.logIn()
	p := v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").
		leadsTo("/settings")
	v.follow(p).is(http.StatusOK).says("Your password has been changed. All your other devices are logged out.")
	v.knownAs("Ada Lovelace")
	v.get("/settings").is(http.StatusOK) // the login is as fresh as it was

	other := v.another()
	other.post("/login", "email="+adaEmail, "password="+adaPassword).is(http.StatusUnauthorized)
	other.post("/login", "email="+adaEmail, "password=difference engine").leadsTo("/")
}

func TestChangePasswordRefuses(t *testing.T) {
	_, v := open(t)
	v.logIn()
	v.post("/settings/password", "current_password=wrong", "new_password=difference engine").
		is(http.StatusUnprocessableEntity).says(`id="current_password-error"`, "not your current password")
	v.post("/settings/password", "current_password="+adaPassword, "new_password=short").
		is(http.StatusUnprocessableEntity).says(`id="new_password-error"`, "8 characters or more")
	v.post("/settings/password", "current_password="+adaPassword, "new_password="+strings.ToUpper(adaEmail)).
		is(http.StatusUnprocessableEntity).says("not your e-mail address")
	v.post("/settings/password").is(http.StatusUnprocessableEntity)
	v.another().logIn() // still with the old password
}

func TestChangePasswordEndsTheOtherLogins(t *testing.T) {
	_, v := open(t)
	v.logIn("remember=1")
	laptop, phone := v.another(), v.another()
	laptop.logIn()
	phone.logIn("remember=1")
	phone.closeBrowser() // it has its remember cookie left
	copied := v.thief()
	v.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").leadsTo("/settings")

	laptop.get("/profile").leadsTo("/login?next=%2Fprofile")
	phone.get("/profile").leadsTo("/login?next=%2Fprofile")
	copied.get("/profile").leadsTo("/login?next=%2Fprofile") // cookies from before the change are dead
	if entries := v.devices(); len(entries) != 1 {
		t.Errorf("%d devices, want this one alone", len(entries))
	}
	v.closeBrowser()
	v.knownAs("Ada Lovelace") // its own remember cookie is good on
}

// Without a store to delete them from, the logins end all the same: they are bound to the password.
func TestChangePasswordOfAnotherProgram(t *testing.T) {
	s, v := open(t)
	v.logIn("remember=1")
	ada, err := s.users.Authenticate(t.Context(), adaEmail, adaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.users.SetPassword(t.Context(), ada, "difference engine"); err != nil {
		t.Fatal(err)
	}
	v.get("/profile").leadsTo("/login?next=%2Fprofile")
}
