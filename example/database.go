package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"net/url"
	"strings"

	_ "modernc.org/sqlite" // SQLite in Go: no C compiler needed
)

//go:embed schema.sql
var schema string

// openDatabase opens the database at address, which is the path of a SQLite file, as such or behind
// "sqlite:", and creates the tables and the columns that are missing.
func openDatabase(ctx context.Context, address string) (*sql.DB, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(address, "sqlite:"), "//")
	if strings.Contains(path, "://") {
		return nil, fmt.Errorf("DATABASE_URL: %q is not the path of a SQLite file", address)
	}
	db, err := sql.Open("sqlite", path+"?"+url.Values{
		"_pragma": {
			"busy_timeout(5000)",  // wait for another writer instead of failing at once; first, for the rest
			"journal_mode(WAL)",   // readers need not wait for a writer
			"synchronous(NORMAL)", // enough for WAL: a crash never corrupts
		},
	}.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	if err := prepare(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("preparing the database %s: %w", path, err)
	}
	return db, nil
}

func prepare(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return err
	}
	// The first version of this site had no such column, and CREATE TABLE IF NOT EXISTS adds none.
	missing, err := lacksSecurityStamp(ctx, db)
	if err != nil || !missing {
		return err
	}
	if _, err := db.ExecContext(ctx, `ALTER TABLE users ADD COLUMN security_stamp TEXT NOT NULL DEFAULT ''`); err != nil {
		if missing, _ := lacksSecurityStamp(ctx, db); missing {
			return err
		} // else another program that started at the same time was faster
	}
	return nil
}

func lacksSecurityStamp(ctx context.Context, db *sql.DB) (bool, error) {
	var missing bool
	err := db.QueryRowContext(ctx, `
		SELECT NOT EXISTS (SELECT 1 FROM pragma_table_info('users') WHERE name = 'security_stamp')`).Scan(&missing)
	return missing, err
}
