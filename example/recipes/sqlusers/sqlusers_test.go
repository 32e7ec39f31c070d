package sqlusers

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/logintest"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// newAccounts returns a table with Ada in it.
func newAccounts(t *testing.T) *Accounts {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // a database in memory is one for each connection
	hash, err := bcrypt.GenerateFromPassword([]byte("lovelace"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	accounts := &Accounts{db}
	accounts.exec(t, Schema)
	accounts.exec(t, `insert into accounts (id, email, password_hash) values (1, 'ada@example.com', ?)`, string(hash))
	return accounts
}

func (s *Accounts) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.DB.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}

func login(b *browser.Browser) string {
	return b.Post("/login", "email", "ada@example.com", "password", "lovelace", "remember", "1")
}

func TestAUserOfTheTableLogsIn(t *testing.T) {
	accounts := newAccounts(t)
	b := browser.Open(t, Site(accounts.DB, key))
	b.Want(b.Get("/"), "302 /login?next=%2F")
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "nobody@example.com", "password", "lovelace"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "lovelace"), "303 /")
	b.Want(b.Get("/"), "200 Hi ada@example.com")
	b.Want(b.Cookie("remember_token"), "")
	b.Want(login(b), "303 /")
	if b.Cookie("remember_token") == "" {
		t.Error("with the box ticked there is no remember cookie")
	}
}

func TestABanADeletionAndANewPasswordEndLogins(t *testing.T) {
	for _, change := range []string{
		`update accounts set banned = true`,
		`delete from accounts`,
		`update accounts set password_hash = 'another'`,
	} {
		accounts := newAccounts(t)
		b := browser.Open(t, Site(accounts.DB, key))
		b.Want(login(b), "303 /")
		accounts.exec(t, change)
		b.Want(b.Get("/"), "302 /login?next=%2F")
	}
}

func TestABannedUserCannotLogIn(t *testing.T) {
	accounts := newAccounts(t)
	accounts.exec(t, `update accounts set banned = true`)
	b := browser.Open(t, Site(accounts.DB, key))
	b.Want(login(b), "401 wrong e-mail address or password")
}

func TestWithoutDatabaseNobodyIsLoggedOut(t *testing.T) {
	accounts := newAccounts(t)
	b := browser.Open(t, Site(accounts.DB, key))
	b.Want(login(b), "303 /")
	accounts.exec(t, `alter table accounts rename to elsewhere`)
	b.Want(b.Get("/"), "503")
	b.Want(login(b), "503")
	accounts.exec(t, `alter table elsewhere rename to accounts`)
	b.Want(b.Get("/"), "200 Hi ada@example.com")
}

// newSite returns the app, and Ada.
func newSite(t *testing.T) (*gin.Engine, *Account) {
	t.Helper()
	accounts := newAccounts(t)
	ada, err := accounts.FindByID(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return Site(accounts.DB, key), ada
}

// The two below are the recipe for tests of an app.

func TestSettingsNeedAFreshLogin(t *testing.T) {
	router, ada := newSite(t)
	req := httptest.NewRequest("GET", "https://site.example/settings", nil)
	logintest.Login(t, router, req, ada, ginlogin.NotFresh()) // as after a remember-me restore
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, req)
	if recorder.Code != http.StatusUnauthorized {
		t.Errorf("a stale login is answered %d", recorder.Code)
	}
}

func TestAClientThatIsLoggedIn(t *testing.T) {
	router, ada := newSite(t)
	client, url := logintest.Client(t, router, ada) // over HTTPS, with a cookie jar
	res, err := client.Get(url + "/settings")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("a fresh login is answered %v, %v", res, err)
	}
	res.Body.Close()
}

func TestAuthenticateReturnsAnAccountOnlyForItsPassword(t *testing.T) {
	accounts := newAccounts(t)
	for _, tt := range []struct {
		name, email, typed string
		want               error
	}{
		{"the right password", "ada@example.com", "lovelace", nil},
		{"a wrong password", "ada@example.com", "byron", password.ErrMismatch},
		{"an unknown address", "nobody@example.com", "lovelace", password.ErrMismatch},
	} {
		a, err := accounts.Authenticate(t.Context(), tt.email, tt.typed)
		if err != tt.want || (a != nil) != (tt.want == nil) {
			t.Errorf("%s: %v, %v", tt.name, a, err)
		}
	}
	if err := accounts.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err := accounts.Authenticate(t.Context(), "ada@example.com", "lovelace"); a != nil || err == nil || err == password.ErrMismatch {
		t.Errorf("an outage: %v, %v", a, err)
	}
}
