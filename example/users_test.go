package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestUsersFind(t *testing.T) {
	users := newSite(t).users
	ada, err := users.Create(t.Context(), " ADA@example.com", "Ada", adaPassword)
	if err != nil {
		t.Fatal(err)
	}
	got, err := users.FindByID(t.Context(), ada.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Email != adaEmail || got.Name != "Ada" || got.CreatedAt.IsZero() || !got.IsActive() || got.IsAdmin() {
		t.Errorf("found %+v", got)
	}
	if _, err := users.FindByID(t.Context(), ada.ID+1); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("nobody's ID: %v, want sql.ErrNoRows", err)
	}
	if _, err := users.FindByToken(t.Context(), ""); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("nobody's token: %v, want sql.ErrNoRows", err)
	}
}

// An ID is never given again: the cookies of a deleted account open no other.
func TestUsersNeverShareAnID(t *testing.T) {
	users := newSite(t).users
	first, err := users.Create(t.Context(), "first@example.com", "First", adaPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.db.ExecContext(t.Context(), `DELETE FROM users`); err != nil {
		t.Fatal(err)
	}
	second, err := users.Create(t.Context(), "second@example.com", "Second", adaPassword)
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
	users := newSite(t).users
	old, err := bcrypt.GenerateFromPassword([]byte(adaPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.db.ExecContext(t.Context(),
		`INSERT INTO users (email, name, password_hash) VALUES ($1, 'Ada', $2)`, adaEmail, string(old)); err != nil {
		t.Fatal(err)
	}
	if _, err := users.Authenticate(t.Context(), adaEmail, "difference engine"); !errors.Is(err, errWrongCredentials) {
		t.Errorf("wrong password: %v", err)
	}
	for range 2 {
		u, err := users.Authenticate(t.Context(), adaEmail, adaPassword)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := users.FindByID(t.Context(), u.ID)
		if err != nil || !strings.HasPrefix(stored.passwordHash, "$argon2id$") {
			t.Errorf("the hash is %q, %v", stored.passwordHash, err)
		}
		if stored.SessionHash() != u.SessionHash() {
			t.Errorf("the session hash was %q and is %q", u.SessionHash(), stored.SessionHash())
		}
	}
}

// The same over HTTP: logins from before the hash was renewed go on after it.
func TestRenewedHashEndsNoLogin(t *testing.T) {
	s, v := open(t)
	v.logIn("remember=1")
	old, err := bcrypt.GenerateFromPassword([]byte(adaPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s.exec(t, `UPDATE users SET password_hash = $1`, string(old))
	v.another().logIn()
	if ada, err := s.users.FindByID(t.Context(), 1); err != nil || ada.passwordHash == string(old) {
		t.Fatalf("the hash was not renewed: %v", err)
	}
	v.knownAs("Ada Lovelace")
	v.closeBrowser()
	v.knownAs("Ada Lovelace")
}

// Who gives up does not get an answer about the password.
func TestAuthenticateEndsWithItsContext(t *testing.T) {
	users := newSite(t).users
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := users.Authenticate(ctx, "ada", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// Two changes that cross: the later one does not undo the earlier one unseen.
func TestSetPasswordOnce(t *testing.T) {
	users := newSite(t).users
	ada, err := users.Create(t.Context(), adaEmail, "Ada", adaPassword)
	if err != nil {
		t.Fatal(err)
	}
	same := *ada
	if err := users.SetPassword(t.Context(), ada, "difference engine"); err != nil {
		t.Fatal(err)
	}
	if err := users.SetPassword(t.Context(), &same, "another engine"); !errors.Is(err, errWrongCredentials) {
		t.Errorf("error %v, want errWrongCredentials", err)
	}
	if _, err := users.Authenticate(t.Context(), adaEmail, "difference engine"); err != nil {
		t.Error(err)
	}
}

func TestEmailRules(t *testing.T) {
	for _, email := range []string{
		"ada@example.com", "a.b+c@example.co.uk", "o'hara@example.com", "jürgen@müller.example", "x@localhost",
	} {
		if problem := checkEmail(normalizeEmail(email)); problem != "" {
			t.Errorf("%q: %s", email, problem)
		}
	}
	for _, email := range []string{
		"", "ada", "@example.com", "ada@", "a b@example.com", "ada@example.com\r\nBcc: x@example.com",
		"<ada@example.com>", "Ada <ada@example.com>", `"a b"@example.com`, "ada@example.com (comment)",
		"ada@exam\u202eple.com", "\xff@example.com",
	} {
		if checkEmail(email) == "" {
			t.Errorf("%q passes", email)
		}
	}
}
