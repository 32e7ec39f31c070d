package loginsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ginlogin/ginlogin"
)

// exec runs a statement and returns how many rows it has changed.
func (s *Store) exec(ctx context.Context, what, statement string, args ...any) (n int64, err error) {
	err = s.try(ctx, what, statement, func(on runner) error {
		result, err := on.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// query returns the logins that a statement selects.
func (s *Store) query(ctx context.Context, what, statement string, args ...any) (logins []ginlogin.StoredLogin, err error) {
	err = s.try(ctx, what, statement, func(on runner) error {
		rows, err := on.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		logins, err = scan(rows)
		return err
	})
	return logins, err
}

// A statement is filled in once for each table.
type statement struct {
	text     string
	prepared atomic.Pointer[sql.Stmt] // for SQLite
}

// A template is a statement in which the table and the placeholders are missing.
type template struct{ table, text string }

// statement returns the statement of a template.
func (s *Store) statement(text string) (*statement, error) {
	of := template{s.Table, text}
	if kept, ok := s.statements.Load(of); ok {
		return kept.(*statement), nil
	}
	filled, err := s.fill(text)
	if err != nil {
		return nil, err
	}
	kept, _ := s.statements.LoadOrStore(of, &statement{text: filled})
	return kept.(*statement), nil
}

// A runner runs one statement: it is a *sql.Stmt, or text.
type runner interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
}

// text is a statement that the driver gets anew each time.
type text struct {
	db        *sql.DB
	statement string
}

func (t text) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return t.db.ExecContext(ctx, t.statement, args...)
}

func (t text) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return t.db.QueryContext(ctx, t.statement, args...)
}

// runner returns what runs a statement. In SQLite that is a prepared statement,
// kept for as long as the store: to compile the statement takes longer than to run
// it. The drivers of PostgreSQL keep their own, unless the app tells them not to
// because of PgBouncer; those of MySQL fill in the arguments if the app asks for it.
func (s *Store) runner(ctx context.Context, st *statement) (runner, error) {
	if s.dialect != SQLite {
		return text{s.db, st.text}, nil
	}
	if kept := st.prepared.Load(); kept != nil {
		return kept, nil
	}
	fresh, err := s.db.PrepareContext(ctx, st.text)
	if err != nil {
		return nil, err
	}
	if !st.prepared.CompareAndSwap(nil, fresh) { // another request was faster
		fresh.Close()
	}
	return st.prepared.Load(), nil
}

// attempts is how often a statement is run while it conflicts with others.
const attempts = 10

// try runs a statement, and again after a conflict with others.
func (s *Store) try(ctx context.Context, what, text string, run func(on runner) error) error {
	st, err := s.statement(text)
	if err != nil {
		return err
	}
	pause := time.Millisecond
	for attempt := 1; ; attempt++ {
		on, err := s.runner(ctx, st)
		if err == nil {
			err = run(on)
		}
		if err == nil {
			return nil
		}
		if attempt == attempts || !isConflict(err) || rest(ctx, rand.N(pause)) != nil {
			return fmt.Errorf("loginsql: %s: %w%s", what, err, s.hintAt(err))
		}
		pause *= 2
	}
}

// hintAt adds a hint to the error for a missing table. No decision depends on it.
func (s *Store) hintAt(err error) string {
	text := err.Error()
	for _, missing := range []string{"no such table", "does not exist", "doesn't exist"} { // SQLite, PostgreSQL, MySQL
		if strings.Contains(text, missing) && strings.Contains(text, s.Table) {
			if s.dialect == SQLite {
				return " (call CreateSchema once before the store is used, and for a database in memory SetMaxOpenConns(1))"
			}
			return " (call CreateSchema once before the store is used)"
		}
	}
	return ""
}

// rest waits, or returns why the context has ended.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// isConflict reports whether the database has undone a statement because of
// others at the same time: a deadlock, say of a logout with a DeleteExpired, or a
// conflict of two swaps when PostgreSQL's default isolation is above READ
// COMMITTED.
func isConflict(err error) bool {
	const serialization, deadlock = "40001", "40P01"
	var e interface{ SQLState() string } // PostgreSQL's drivers
	if errors.As(err, &e) {
		return e.SQLState() == serialization || e.SQLState() == deadlock
	}
	return strings.Contains(err.Error(), "("+serialization+")") // go-sql-driver/mysql: Error 1213 (40001): Deadlock found
}

// fill fills in the table and writes the placeholders as the dialect has them.
func (s *Store) fill(statement string) (string, error) {
	if err := s.checkSettings(); err != nil {
		return "", err
	}
	statement = strings.ReplaceAll(statement, "{table}", s.Table)
	if s.dialect != PostgreSQL {
		return statement, nil
	}
	parts := strings.Split(statement, "?")
	for i := range parts[1:] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, ""), nil
}
