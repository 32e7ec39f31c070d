package account_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"golang.org/x/crypto/bcrypt"
)

func TestUsersFind(t *testing.T) {
	users := sitetest.New(t).Users
	ada, err := users.Create(t.Context(), " ADA@example.com", "Ada", sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	got, err := users.FindByID(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Email != sitetest.AdaEmail || got.Name != "Ada" || got.CreatedAt.IsZero() || !got.IsActive() || got.IsAdmin() {
		t.Errorf("found %+v", got)
	}
	if _, err := users.FindByID(t.Context(), ada.ID+1); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("nobody's ID: %v, want sql.ErrNoRows", err)
	}
}

// An ID is never given again: the cookies of a deleted account open no other.
func TestUsersNeverShareAnID(t *testing.T) {
	users := sitetest.New(t).Users
	first, err := users.Create(t.Context(), "first@example.com", "First", sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.DB.ExecContext(t.Context(), `DELETE FROM users`); err != nil {
		t.Fatal(err)
	}
	second, err := users.Create(t.Context(), "second@example.com", "Second", sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if second.ID == first.ID {
		t.Errorf("both have the ID %d", first.ID)
	}
}

// A hash made in another way is replaced when its owner logs in, and that ends none of the owner's
// logins: the password is the same.
func TestAuthenticateRenewsTheHash(t *testing.T) {
	users := sitetest.New(t).Users
	old, err := bcrypt.GenerateFromPassword([]byte(sitetest.AdaPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.DB.ExecContext(t.Context(),
		`INSERT INTO users (email, name, password_hash) VALUES ($1, 'Ada', $2)`, sitetest.AdaEmail, string(old)); err != nil {
		t.Fatal(err)
	}
	if _, err := users.Authenticate(t.Context(), sitetest.AdaEmail, "difference engine"); !errors.Is(err, account.ErrWrongCredentials) {
		t.Errorf("wrong password: %v", err)
	}
	for range 2 {
		u, err := users.Authenticate(t.Context(), sitetest.AdaEmail, sitetest.AdaPassword)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := users.FindByID(t.Context(), u.ID)
		if hash := hashOf(t, users, u.ID); err != nil || !strings.HasPrefix(hash, "$argon2id$") {
			t.Errorf("the hash is %q, %v", hash, err)
		}
		if stored.SessionHash() != u.SessionHash() {
			t.Errorf("the session hash was %q and is %q", u.SessionHash(), stored.SessionHash())
		}
	}
}

// The same over HTTP: logins from before the hash was renewed go on after it.
func TestRenewedHashEndsNoLogin(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn("remember=1")
	old, err := bcrypt.GenerateFromPassword([]byte(sitetest.AdaPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `UPDATE users SET password_hash = $1`, string(old))
	v.Another().LogIn()
	if hashOf(t, s.Users, 1) == string(old) {
		t.Fatal("the hash was not renewed")
	}
	v.KnownAs("Ada Lovelace")
	v.CloseBrowser()
	v.KnownAs("Ada Lovelace")
}

// Who gives up does not get an answer about the password.
func TestAuthenticateEndsWithItsContext(t *testing.T) {
	users := sitetest.New(t).Users
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := users.Authenticate(ctx, "ada", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// Two changes that cross: the later one does not undo the earlier one unseen.
func TestSetPasswordOnce(t *testing.T) {
	users := sitetest.New(t).Users
	ada, err := users.Create(t.Context(), sitetest.AdaEmail, "Ada", sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	same := *ada
	if err := users.SetPassword(t.Context(), ada, "difference engine"); err != nil {
		t.Fatal(err)
	}
	if err := users.SetPassword(t.Context(), &same, "another engine"); !errors.Is(err, account.ErrWrongCredentials) {
		t.Errorf("error %v, want account.ErrWrongCredentials", err)
	}
	if _, err := users.Authenticate(t.Context(), sitetest.AdaEmail, "difference engine"); err != nil {
		t.Error(err)
	}
}

// A password that somebody sets by a link to an address that has just been given up.
func TestSetPasswordForTheAddressThatWas(t *testing.T) {
	users := sitetest.New(t).Users
	ada, err := users.Create(t.Context(), sitetest.AdaEmail, "Ada", sitetest.AdaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.DB.ExecContext(t.Context(), `UPDATE users SET email = 'countess@example.com'`); err != nil {
		t.Fatal(err)
	}
	if err := users.SetPassword(t.Context(), ada, "difference engine"); !errors.Is(err, account.ErrWrongCredentials) {
		t.Errorf("error %v, want account.ErrWrongCredentials", err)
	}
}

// hashOf returns what the database has of the password.
func hashOf(t *testing.T, users *account.Users, id int64) (hash string) {
	t.Helper()
	if err := users.DB.QueryRowContext(t.Context(), `SELECT password_hash FROM users WHERE id = $1`, id).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	return hash
}
