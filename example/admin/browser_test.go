package admin_test

import (
	"testing"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// An administrator in one browser, and a member in another.
func TestBrowserAdmin(t *testing.T) {
	site := sitetest.OpenInBrowser(t)
	if _, err := site.Users.CreateWithRole(t.Context(), sitetest.RootEmail, "Root", sitetest.RootPassword, account.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	admin, member := site.Launch(), site.Another().Launch()
	member.LogIn(sitetest.AdaPassword)
	member.Open("/admin")
	member.Heading("Not for this account")
	member.Checked("forbidden")
	member.Click(`main a[href="/admin/login"]`)
	member.Heading("Admin login")
	member.Flash("info", "You are logged in as "+sitetest.AdaEmail)
	member.Checked("admin-login-of-a-member")
	member.Fill("email", sitetest.AdaEmail)
	member.Fill("password", sitetest.AdaPassword)
	member.Submit()
	member.Flash("error", "not an administrator’s")

	browseAccounts(admin, member)
}

func browseAccounts(admin, member *sitetest.Browser) {
	admin.Open("/admin")
	admin.Heading("Admin login")
	admin.Flash("info", "Please log in to access this page.")
	admin.Fill("email", sitetest.RootEmail)
	admin.Fill("password", sitetest.RootPassword)
	admin.Submit()
	admin.Heading("Accounts")
	admin.Sees("account-2", "Root Admin You")

	// End the logins of a member, who logs in again.
	admin.Click(`#accounts li:nth-child(1) a[href^="/admin/logout"]`)
	admin.Heading("Log out everywhere?")
	admin.Submit()
	admin.Flash("success", "The account is logged out everywhere.")
	member.Open("/profile")
	member.Heading("Log in")
	member.LogIn(sitetest.AdaPassword)

	admin.Click(`#accounts li:nth-child(1) a[href^="/admin/deactivate"]`)
	admin.Heading("Deactivate this account?")
	admin.Checked("admin-deactivate")
	admin.Submit()
	admin.Flash("success", "The account has been deactivated")
	admin.Sees("account-1", "Ada Lovelace Deactivated")
	admin.Checked("admin-deactivated")
	member.Click(`nav a[href="/profile"]`)
	member.Heading("Log in")
	member.Fill("email", sitetest.AdaEmail)
	member.Fill("password", sitetest.AdaPassword)
	member.Submit()
	member.Flash("error", "This account has been deactivated.")

	admin.Click(`#accounts li:nth-child(1) form[action="/admin/reactivate"] button`)
	admin.Flash("success", "The account has been reactivated.")
	member.LogIn(sitetest.AdaPassword)
}
