package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	driver "modernc.org/sqlite"        // SQLite in Go: no C compiler needed
	codes "modernc.org/sqlite/lib"

	"github.com/ginlogin/ginlogin/loginsql"
)

//go:embed schema.sql
var schema string

// addedColumns came later than the table that they are in. CREATE TABLE IF NOT EXISTS adds none.
var addedColumns = []struct{ table, column, definition string }{
	{"users", "security_stamp", "TEXT NOT NULL DEFAULT ''"},
	{"users", "role", "TEXT NOT NULL DEFAULT 'member'"},
	{"users", "active", "BOOLEAN NOT NULL DEFAULT TRUE"},
}

// An engine is a kind of database. The statements of this site are the same for all of them.
type engine struct {
	name, driver string
	dialect      loginsql.Dialect
	words        *strings.Replacer // from the schema's to the engine's own
	lock         string            // has instances that start at once prepare the database one by one
	columns      string            // counts the columns of that table and name
}

var (
	sqlite = &engine{
		name: "SQLite", driver: "sqlite", dialect: loginsql.SQLite,
		words:   strings.NewReplacer(),
		lock:    `SELECT 1`, // see _txlock
		columns: `SELECT count(*) FROM pragma_table_info($1) WHERE name = $2`,
	}
	postgres = &engine{
		name: "PostgreSQL", driver: "pgx", dialect: loginsql.PostgreSQL,
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

// engineOf returns the engine at an address.
func engineOf(address string) *engine {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return postgres
	}
	return sqlite
}

// openDatabase opens the database at address: the URL of one in PostgreSQL, or the path of a SQLite
// file, as such or behind "sqlite:". It creates the tables and the columns that are missing.
func openDatabase(ctx context.Context, address string) (*sql.DB, error) {
	e := engineOf(address)
	source, err := e.source(address)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open(e.driver, source)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if e == postgres {
		// Three instances stay below the hundred connections that PostgreSQL has unless told otherwise.
		// None is kept for ever, so that a balancer in front of the database can move them.
		db.SetMaxOpenConns(25)
		db.SetMaxIdleConns(25)
		db.SetConnMaxIdleTime(time.Minute)
		db.SetConnMaxLifetime(time.Hour)
	}
	if err := e.prepareInTurn(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("DATABASE_URL: preparing %s: %w", withoutPassword(address), err)
	}
	return db, nil
}

// source returns what the driver calls the address.
func (e *engine) source(address string) (string, error) {
	if e == postgres {
		_, err := parseURL("DATABASE_URL", address)
		return address, err
	}
	path := strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//")
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

// prepareInTurn prepares the database, again if others who start at the same time were faster: SQLite
// does not wait for them while it turns a new file to WAL, whatever busy_timeout says.
func (e *engine) prepareInTurn(ctx context.Context, db *sql.DB) error {
	for deadline := time.Now().Add(5 * time.Second); ; {
		err := e.prepare(ctx, db)
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

func (e *engine) prepare(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, statement := range []string{e.lock, e.words.Replace(schema)} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	for _, c := range addedColumns {
		var found int
		if err := tx.QueryRowContext(ctx, e.columns, c.table, c.column).Scan(&found); err != nil {
			return err
		}
		if found > 0 {
			continue
		}
		add := "ALTER TABLE " + c.table + " ADD COLUMN " + c.column + " " + e.words.Replace(c.definition)
		if _, err := tx.ExecContext(ctx, add); err != nil {
			return err
		}
	}
	return tx.Commit()
}
