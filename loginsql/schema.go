package loginsql

import (
	"context"
	"embed"
	"fmt"
	"strings"
)

//go:embed *.sql
var schemas embed.FS

const defaultTable = "ginlogin_logins" // as the schemas have it

// CreateSchema creates the table and its indexes unless they exist. Several
// instances of an app may call it at once. If the table exists, CreateSchema only
// checks it, without a lock and without the right to create tables; a table of that
// name with other columns is an error.
//
// Apps with migrations can use the file for their database (sqlite.sql,
// postgresql.sql or mysql.sql in the source of this package) instead.
func (s *Store) CreateSchema(ctx context.Context) error {
	if err := s.checkSettings(); err != nil {
		return err
	}
	if s.look(ctx) == nil {
		return nil
	}
	if err := s.create(ctx); err != nil {
		return fmt.Errorf("loginsql: create table %q for %s: %w", s.Table, s.dialect, err)
	}
	return s.look(ctx)
}

// look fails unless the table exists with all its columns.
func (s *Store) look(ctx context.Context) error {
	_, err := s.query(ctx, "look at the table", "SELECT "+columns+", swaps FROM {table} WHERE 1 = 0")
	return err
}

func (s *Store) create(ctx context.Context) error {
	schema, err := schemas.ReadFile(string(s.dialect) + ".sql")
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil) // MySQL ends it at once: its schema is one statement
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if s.dialect == PostgreSQL {
		// CREATE … IF NOT EXISTS fails when two sessions do it at once.
		const key = 0x67696e6c6f67696e // "ginlogin"
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(key)); err != nil {
			return err
		}
	}
	statements := strings.ReplaceAll(string(schema), defaultTable, s.Table)
	for statement := range strings.SplitSeq(strings.TrimSpace(statements), ";") {
		if statement == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}
