// Package database opens the SQLite file or the PostgreSQL database that has all of the site's tables.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	driver "modernc.org/sqlite"        // SQLite in Go: no C compiler needed
	codes "modernc.org/sqlite/lib"

	"github.com/ginlogin/ginlogin/loginsql"
)

// A Schema is the tables of one feature, in SQLite's dialect.
type Schema struct {
	Tables string   // CREATE TABLE IF NOT EXISTS …
	Added  []Column // columns that are newer than their tables
}

// A Column is added to its table if it is missing there.
type Column struct{ Table, Name, Definition string }

// An Engine is a kind of database. The statements of this site are the same for all of them.
type Engine struct {
	Name    string
	Dialect loginsql.Dialect // for the logins
	driver  string
	words   *strings.Replacer // from SQLite's dialect to the engine's
	lock    string            // lets instances that start at once prepare the database one by one
	columns string            // counts the columns of that table and name
}

var (
	sqlite = &Engine{
		Name: "SQLite", driver: "sqlite", Dialect: loginsql.SQLite,
		words:   strings.NewReplacer(),
		lock:    `SELECT 1`, // see _txlock
		columns: `SELECT count(*) FROM pragma_table_info($1) WHERE name = $2`,
	}
	postgres = &Engine{
		Name: "PostgreSQL", driver: "pgx", Dialect: loginsql.PostgreSQL,
		words: strings.NewReplacer(
			"INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
			"BLOB", "BYTEA",
			"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP",
			"TIMESTAMP", "TIMESTAMPTZ",
		),
		lock: `SELECT pg_advisory_xact_lock(8031742156)`, // any number that others do not use
		columns: `SELECT count(*) FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2`,
	}
)

// EngineOf returns the engine at an address.
func EngineOf(address string) *Engine {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return postgres
	}
	return sqlite
}

// Open opens the database at address: the URL of one in PostgreSQL, or the path of a SQLite
// file, as such or behind "sqlite:". It creates the tables and the columns that are missing.
func Open(ctx context.Context, address string, schemas ...Schema) (*sql.DB, error) {
	e := EngineOf(address)
	source, err := e.source(address)
	if err != nil {
		return nil, err
	}
	if e == sqlite {
		if err := makeFile(filePath(address)); err != nil {
			return nil, fmt.Errorf("DATABASE_URL: %w", err)
		}
	}
	db, err := sql.Open(e.driver, source)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if e == postgres {
		// Three instances stay below the hundred connections that PostgreSQL has by default. No connection is
		// kept for ever, so that a load balancer in front of the database can move them.
		db.SetMaxOpenConns(25)
		db.SetMaxIdleConns(25)
		db.SetConnMaxIdleTime(time.Minute)
		db.SetConnMaxLifetime(time.Hour)
	}
	if err := e.prepareInTurn(ctx, db, schemas); err != nil {
		db.Close()
		return nil, fmt.Errorf("DATABASE_URL: preparing %s: %w", withoutPassword(address), err)
	}
	return db, nil
}

// filePath returns the path of the SQLite file at an address.
func filePath(address string) string {
	return strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//")
}

// makeFile makes the file if it does not exist. SQLite would let all users of this machine read it, and gives
// the files beside it the same mode.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// source returns what the driver calls the address.
func (e *Engine) source(address string) (string, error) {
	if e == postgres {
		_, err := ParseURL("DATABASE_URL", address)
		return address, err
	}
	path := filePath(address)
	if scheme, _, found := strings.Cut(path, "://"); found {
		return "", fmt.Errorf("DATABASE_URL: there is no engine for %s: write postgres://user@host/database, or the path of a SQLite file", scheme)
	}
	return path + "?" + url.Values{
		"_txlock": {"immediate"}, // a transaction begins when the one before it has ended
		"_pragma": {
			"busy_timeout(5000)",  // wait for another writer instead of failing at once; first, for the rest
			"journal_mode(WAL)",   // readers need not wait for a writer
			"synchronous(NORMAL)", // enough for WAL: a crash never corrupts
		},
	}.Encode(), nil
}

// prepareInTurn prepares the database, and tries again if another instance was faster: SQLite ignores
// busy_timeout while it switches a new file to WAL.
func (e *Engine) prepareInTurn(ctx context.Context, db *sql.DB, schemas []Schema) error {
	for deadline := time.Now().Add(5 * time.Second); ; {
		err := e.prepare(ctx, db, schemas)
		var failed *driver.Error
		if !errors.As(err, &failed) || failed.Code()&0xff != codes.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (e *Engine) prepare(ctx context.Context, db *sql.DB, schemas []Schema) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, e.lock); err != nil {
		return err
	}
	for _, schema := range schemas {
		if _, err := tx.ExecContext(ctx, e.words.Replace(schema.Tables)); err != nil {
			return err
		}
		for _, column := range schema.Added {
			if err := e.add(ctx, tx, column); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// add adds a column unless it is there.
func (e *Engine) add(ctx context.Context, tx *sql.Tx, c Column) error {
	var found int
	if err := tx.QueryRowContext(ctx, e.columns, c.Table, c.Name).Scan(&found); err != nil || found > 0 {
		return err
	}
	_, err := tx.ExecContext(ctx, "ALTER TABLE "+c.Table+" ADD COLUMN "+c.Name+" "+e.words.Replace(c.Definition))
	return err
}

// ParseURL is url.Parse with an error that does not repeat the address, which may contain a password.
func ParseURL(variable, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is no URL: write / in a password as %%2F, @ as %%40, : as %%3A and %% as %%25", variable)
	}
	return u, nil
}

func withoutPassword(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "the database"
}
