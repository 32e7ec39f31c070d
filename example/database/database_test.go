package database_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/loginsql"
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
			db, err := database.Open(t.Context(), path, account.Schema)
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
	db, err := database.Open(t.Context(), path, account.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	users := account.NewUsers(db)
	ada, err := users.FindByID(t.Context(), 1)
	if err != nil || ada.Name != "Ada Lovelace" || ada.SessionHash() != "" {
		t.Fatalf("found %+v, %v", ada, err)
	}
	if err := users.SetPassword(t.Context(), ada, sitetest.AdaPassword); err != nil || ada.SessionHash() == "" {
		t.Errorf("the stamp after a change is %q, %v", ada.SessionHash(), err)
	}
}

func TestDatabaseAddress(t *testing.T) {
	folder := t.TempDir()
	for _, address := range []string{"plain.db", "sqlite:scheme.db", "sqlite://slashes.db", "with space.db"} {
		t.Chdir(folder)
		db, err := database.Open(t.Context(), address)
		if err != nil {
			t.Fatal(address, err)
		}
		var path string
		if err := db.QueryRowContext(t.Context(), `SELECT file FROM pragma_database_list`).Scan(&path); err != nil {
			t.Fatal(address, err)
		}
		if want := strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//"); filepath.Base(path) != want {
			t.Errorf("%s is in %s", address, path)
		}
		db.Close()
	}
}

// Engines that are not there are found at the start, and their passwords are not told.
func TestEnginesThatAreNotThere(t *testing.T) {
	const nobody = "127.0.0.1:1" // where nobody listens
	for _, address := range []string{
		"postgres://u:c0ffee5ecret@" + nobody + "/x", "postgres://u:c0ffee5ecret/x@host/x", "postgres://u:c0ffee5ecret@h:x/x",
		"mysql://u:c0ffee5ecret@" + nobody + "/x",
	} {
		db, err := database.Open(t.Context(), address)
		if err == nil {
			db.Close()
			t.Fatal(address)
		}
		if !strings.HasPrefix(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "c0ffee5ecret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Instances that start at once make one schema, and one demo account.
func TestInstancesThatStartAtOnce(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return t.TempDir() + "/test.db" },
		"PostgreSQL": sitetest.PostgresURL,
	} {
		t.Run(name, func(t *testing.T) {
			address := address(t)
			var instances sync.WaitGroup
			for range 8 {
				instances.Go(func() {
					db, err := database.Open(t.Context(), address, account.Schema)
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					if err := loginsql.New(db, database.EngineOf(address).Dialect).CreateSchema(t.Context()); err != nil {
						t.Error(err)
					}
					for _, c := range account.Schema.Added {
						if _, err := db.ExecContext(t.Context(), `SELECT `+c.Name+` FROM `+c.Table); err != nil {
							t.Error(err)
						}
					}
				})
			}
			instances.Wait()
		})
	}
}

// In PostgreSQL they do so one after the other.
func TestInstancesWaitForOneAnother(t *testing.T) {
	address := sitetest.PostgresURL(t)
	first, err := database.Open(t.Context(), address, account.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	tx, err := first.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock(8031742156)`); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		second, err := database.Open(t.Context(), address, account.Schema)
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	sitetest.Within30s(t, "the second one waits", func() (waits bool) {
		if err := first.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks
			WHERE locktype = 'advisory' AND NOT granted)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-opened:
			t.Fatalf("the second one has not waited for the first: %v", err)
		default:
		}
		return waits
	})
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A column that is newer than its table is added to it, in PostgreSQL, too.
func TestPostgresTableFromBeforeAColumn(t *testing.T) {
	address := sitetest.PostgresURL(t)
	for range 2 {
		db, err := database.Open(t.Context(), address, account.Schema)
		if err != nil {
			t.Fatal(err)
		}
		users := account.NewUsers(db)
		if _, err := users.Create(t.Context(), rand.Text()+"@example.com", "Ada", sitetest.AdaPassword); err != nil {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), `ALTER TABLE users DROP COLUMN security_stamp`); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
}

// The file has the hashes of passwords, so other users of the machine may not read it, nor what SQLite puts
// beside it.
func TestTheFileIsForItsOwnerAlone(t *testing.T) {
	folder := t.TempDir()
	db, err := database.Open(t.Context(), filepath.Join(folder, "new.db"), account.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := filepath.Glob(filepath.Join(folder, "new.db*"))
	if err != nil || len(files) < 2 { // the file, and that of WAL
		t.Fatal(files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}
