package sitetest

import (
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/demo"
)

// Root is an administrator.
const (
	RootEmail    = "root@example.com"
	RootPassword = "keys of the house"
)

// OpenWithAdmin is Open, with an administrator who is logged in.
func OpenWithAdmin(t *testing.T) (s *Site, admin *Visitor) {
	t.Helper()
	s, v := Open(t)
	if _, err := s.Users.CreateWithRole(t.Context(), RootEmail, "Root", RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	admin = v.Another()
	admin.LogInAsAdmin()
	return s, admin
}

// LogInAsAdmin logs Root in.
func (v *Visitor) LogInAsAdmin() {
	v.T.Helper()
	v.Post("/admin/login", "email="+RootEmail, "password="+RootPassword).LeadsTo("/admin")
}

// Chosen is a password that an operator has chosen for the first administrator.
const Chosen = "a word with the operator"

// Printed returns the password in the line that a start prints.
func Printed(line string) string { return strings.Fields(line)[1] }

// LogInAsFirstAdmin logs in with the password.
func (v *Visitor) LogInAsFirstAdmin(plain string) *Page {
	v.T.Helper()
	return v.Post("/admin/login", "email="+demo.AdminEmail, "password="+plain)
}
