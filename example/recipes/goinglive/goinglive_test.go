package goinglive

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/loginsql"
)

func init() { gin.SetMode(gin.TestMode) }

// open returns the site with Ada, its audit log, and a browser.
func open(t *testing.T) (ada *Account, audit func() string, logins *loginsql.Store, b *browser.Browser) {
	t.Helper()
	var err error
	if db, err = sql.Open("sqlite", ":memory:"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // a database in memory is one for each connection
	logins = loginsql.New(db, loginsql.SQLite)
	ada = &Account{ID: "ada", PasswordHash: "a hash"}
	findByID = func(context.Context, string) (*Account, error) { account := *ada; return &account, nil }

	stdout := os.Stdout
	if os.Stdout, err = os.Create(filepath.Join(t.TempDir(), "audit")); err != nil {
		t.Fatal(err)
	}
	file := os.Stdout
	t.Cleanup(func() { file.Close() })
	audit = func() string {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	r := newSite([]byte("a secret key of thirty-two bytes"))
	os.Stdout = stdout
	return ada, audit, logins, browser.Open(t, newServer("", http.NewCrossOriginProtection().Handler(r)).Handler)
}

func TestTheSettingsWorkTogether(t *testing.T) {
	_, audit, logins, b := open(t)
	b.Want(b.Get("/"), "302 /login?next=%2F")
	b.Want(b.Post("/login"), "200")
	b.Want(b.Get("/"), "200 Hi ada")
	if rows, err := logins.ListLogins(t.Context(), "ada", 10); err != nil || len(rows) != 1 {
		t.Errorf("the store has the logins %v, %v", rows, err)
	}
	if b.Cookie("__Host-session") == "" || b.Cookie("__Host-remember") == "" {
		t.Error("a cookie is missing")
	}
	b.SetCookie("__Host-session", "")
	b.Want(b.Get("/"), "200 Hi ada")
	for _, event := range []string{"user_unauthorized", "user_logged_in", "user_loaded_from_cookie"} {
		if !strings.Contains(audit(), event) {
			t.Errorf("the audit log has no %s:\n%s", event, audit())
		}
	}
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	_, _, _, b := open(t)
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.Post("/login"); !strings.HasPrefix(got, "403 ") || b.Cookie("__Host-session") != "" {
		t.Errorf("it is answered %q, with the session %q", got, b.Cookie("__Host-session"))
	}
}

func TestABanAndANewPasswordEndLogins(t *testing.T) {
	for _, change := range []func(*Account){
		func(a *Account) { a.Banned = true },
		func(a *Account) { a.PasswordHash = "another" },
	} {
		ada, _, _, b := open(t)
		b.Want(b.Post("/login"), "200")
		change(ada)
		b.Want(b.Get("/"), "302 /login?next=%2F")
	}
}
