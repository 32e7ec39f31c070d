package main

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
)

// The first version of this site had this schema.
const firstSchema = `CREATE TABLE users (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	email         TEXT      NOT NULL UNIQUE,
	name          TEXT      NOT NULL,
	password_hash TEXT      NOT NULL,
	token_hash    BLOB      UNIQUE,
	created_at    TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)`

// A database of the first version is taken over, by several programs at once if need be.
func TestDatabaseOfTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		firstSchema, `INSERT INTO users (email, name, password_hash) VALUES ('ada@example.com', 'Ada Lovelace', 'x')`,
	} {
		if _, err := old.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	old.Close()

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := openDatabase(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
	db, err := openDatabase(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	users := newUsers(db)
	ada, err := users.FindByID(t.Context(), 1)
	if err != nil || ada.Name != "Ada Lovelace" || ada.SessionHash() != "" {
		t.Fatalf("found %+v, %v", ada, err)
	}
	if err := users.SetPassword(t.Context(), ada, adaPassword); err != nil || ada.SessionHash() == "" {
		t.Errorf("the stamp after a change is %q, %v", ada.SessionHash(), err)
	}
}
