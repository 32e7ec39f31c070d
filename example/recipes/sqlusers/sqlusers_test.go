package sqlusers

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	_ "modernc.org/sqlite"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/logintest"
	"github.com/ginlogin/ginlogin/password"
)

// TestMain opens a database for the tests of the recipe, which take it for granted.
func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	if err := openMemory(); err != nil {
		panic(err)
	}
	m.Run()
}

func openMemory() error {
	if err := openDB("file::memory:"); err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // a database in memory is one for each connection
	return nil
}

var key = []byte("a secret key of thirty-two bytes")

// open returns a browser on a site with a database of its own.
func open(t *testing.T) *browser.Browser {
	t.Helper()
	before := db
	if err := openMemory(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		db = before
	})
	return browser.Open(t, newSite(key))
}

func exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func login(b *browser.Browser) string {
	return b.Post("/login", "email", "ada@example.com", "password", "lovelace", "remember", "1")
}

func TestAUserOfTheTableLogsIn(t *testing.T) {
	b := open(t)
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "nobody@example.com", "password", "lovelace"), "401 wrong e-mail address or password")
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "lovelace"), "303 /profile")
	b.Want(b.Get("/profile"), "200 Hi Ada")
	b.Want(b.Cookie("remember_token"), "")
	b.Want(login(b), "303 /profile")
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
		b := open(t)
		b.Want(login(b), "303 /profile")
		exec(t, change)
		b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
	}
}

func TestABannedUserCannotLogIn(t *testing.T) {
	b := open(t)
	exec(t, `update accounts set banned = true`)
	b.Want(login(b), "401 wrong e-mail address or password")
}

func TestWithoutDatabaseNobodyIsLoggedOut(t *testing.T) {
	b := open(t)
	b.Want(login(b), "303 /profile")
	exec(t, `alter table accounts rename to elsewhere`)
	b.Want(b.Get("/profile"), "503")
	b.Want(login(b), "503")
	exec(t, `alter table elsewhere rename to accounts`)
	b.Want(b.Get("/profile"), "200 Hi Ada")
}

// The two below are the recipe for tests of an app.

func TestTheProfile(t *testing.T) {
	router := newSite([]byte("32 random bytes, from a safe place"))
	ada, err := findByID(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest("GET", "https://site.example/profile", nil)
	logintest.Login(t, router, req, ada, ginlogin.NotFresh()) // as after a remember-me restore
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, req)
	if recorder.Code != http.StatusOK {
		t.Errorf("a user who is logged in is answered %d", recorder.Code)
	}
}

func TestTheProfileWithAClient(t *testing.T) {
	router := newSite([]byte("32 random bytes, from a safe place"))
	ada, err := findByID(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	client, url := logintest.Client(t, router, ada) // over HTTPS, with a cookie jar
	res, err := client.Get(url + "/profile")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("a user who is logged in is answered %v, %v", res, err)
	}
	res.Body.Close()
}

func TestAuthenticateReturnsAnAccountOnlyForItsPassword(t *testing.T) {
	open(t)
	for _, tt := range []struct {
		name, email, typed string
		want               error
	}{
		{"the right password", "ada@example.com", "lovelace", nil},
		{"a wrong password", "ada@example.com", "byron", password.ErrMismatch},
		{"an unknown address", "nobody@example.com", "lovelace", password.ErrMismatch},
		{"an unknown address without a password", "nobody@example.com", "", password.ErrMismatch},
	} {
		a, err := authenticate(t.Context(), tt.email, tt.typed)
		if err != tt.want || (a != nil) != (tt.want == nil) {
			t.Errorf("%s: %v, %v", tt.name, a, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err := authenticate(t.Context(), "ada@example.com", "lovelace"); a != nil || err == nil || err == password.ErrMismatch {
		t.Errorf("an outage: %v, %v", a, err)
	}
}
