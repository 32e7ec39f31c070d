package loginsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin"
)

// The tests against databases are in storetest, a module of its own, which may
// require drivers. Here are those that need none.

// script is a database that answers one statement after the other with these
// errors, and then with success. Its tables are empty.
type script struct {
	answers  []error
	affected []int64 // how many rows the statements change; 1 after the last
	after    func()  // is called after every statement
	seen     []string
	mu       sync.Mutex // over seen

	refusals []error // of the next statements to be prepared
	prepared []string
}

func (s *script) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *script) Driver() driver.Driver                        { return nil }
func (s *script) Close() error                                 { return nil }
func (s *script) Begin() (driver.Tx, error)                    { return s, nil }
func (s *script) Commit() error                                { return nil }
func (s *script) Rollback() error                              { return nil }
func (s *script) Columns() []string                            { return strings.Split(columns, ",") }
func (s *script) Next([]driver.Value) error                    { return io.EOF }

// Prepare is what database/sql calls for sql.DB.Prepare.
func (s *script) Prepare(statement string) (driver.Stmt, error) {
	if s.prepared = append(s.prepared, statement); len(s.refusals) > 0 {
		var err error
		if err, s.refusals = s.refusals[0], s.refusals[1:]; err != nil {
			return nil, err
		}
	}
	return scriptedStatement{s, statement}, nil
}

// A scriptedStatement is one that was prepared.
type scriptedStatement struct {
	*script
	statement string
}

func (s scriptedStatement) Close() error  { return nil }
func (s scriptedStatement) NumInput() int { return -1 }

func (s scriptedStatement) Exec([]driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), s.statement, nil)
}

func (s scriptedStatement) Query([]driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), s.statement, nil)
}

// runs returns how many statements were run.
func (s *script) runs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *script) next(statement string) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen = append(s.seen, statement); len(s.answers) > 0 {
		err, s.answers = s.answers[0], s.answers[1:]
	}
	return err
}

func (s *script) ExecContext(_ context.Context, statement string, _ []driver.NamedValue) (driver.Result, error) {
	n := int64(1)
	if len(s.affected) > 0 {
		n, s.affected = s.affected[0], s.affected[1:]
	}
	err := s.next(statement)
	if s.after != nil {
		s.after()
	}
	return driver.RowsAffected(n), err
}

func (s *script) QueryContext(_ context.Context, statement string, _ []driver.NamedValue) (driver.Rows, error) {
	return s, s.next(statement)
}

func scripted(t *testing.T, dialect Dialect, answers ...error) (*Store, *script) {
	t.Helper()
	s := &script{answers: answers}
	db := sql.OpenDB(s)
	t.Cleanup(func() { db.Close() })
	return New(db, dialect), s
}

func TestSettingsThatCannotBeAreErrorsAndReachNoDatabase(t *testing.T) {
	for _, row := range []struct {
		table string
		batch int
		good  bool
	}{
		{"ginlogin_logins", 2, true},
		{"_Logins2", 2, true},
		{strings.Repeat("t", 48), 2, true},
		{strings.Repeat("t", 49), 2, false},
		{"", 2, false},
		{"2logins", 2, false},
		{"public.logins", 2, false},
		{"logins; DROP TABLE users", 2, false},
		{"logins\"", 2, false},
		{"log ins", 2, false},
		{"logins\n", 2, false},
		{"żółw", 2, false},
		{"ginlogin_logins", 0, false},
		{"ginlogin_logins", -1, false},
	} {
		store, script := scripted(t, PostgreSQL)
		store.Table, store.BatchSize = row.table, row.batch
		_, findErr := store.FindLogin(t.Context(), "a")
		_, expiredErr := store.DeleteExpired(t.Context())
		schemaErr := store.CreateSchema(t.Context())
		good := errors.Is(findErr, ginlogin.ErrLoginNotFound) && schemaErr == nil
		if good != row.good {
			t.Errorf("Table %q, BatchSize %d: %v, %v, %v", row.table, row.batch, findErr, expiredErr, schemaErr)
		}
		if !row.good && (len(script.seen) > 0 || expiredErr == nil) {
			t.Errorf("Table %q, BatchSize %d: the database was asked %q", row.table, row.batch, script.seen)
		}
	}
}

func TestWithoutAClockAStoreAsksNoDatabase(t *testing.T) {
	store, script := scripted(t, SQLite)
	store.Now = nil
	for name, call := range map[string]func() error{
		"DeleteExpired": func() error { _, err := store.DeleteExpired(t.Context()); return err },
		"ListLogins":    func() error { _, err := store.ListLogins(t.Context(), "ada", 1); return err },
		"FindExternal":  func() error { _, err := store.FindExternal(t.Context(), "sid", 1); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "Now is nil") || len(script.seen) > 0 {
			t.Errorf("%s returns %v after %q", name, err, script.seen)
		}
	}
}

func TestWhatCannotBeFoundReachesNoDatabase(t *testing.T) {
	store, script := scripted(t, SQLite)
	for name, list := range map[string]func() ([]ginlogin.StoredLogin, error){
		"the list of a user with a zero byte": func() ([]ginlogin.StoredLogin, error) { return store.ListLogins(t.Context(), "\x00", 1) },
		"a list of no rows":                   func() ([]ginlogin.StoredLogin, error) { return store.ListLogins(t.Context(), "ada", 0) },
		"the external ID \"\"":                func() ([]ginlogin.StoredLogin, error) { return store.FindExternal(t.Context(), "", 1) },
		"an external ID with a zero byte":     func() ([]ginlogin.StoredLogin, error) { return store.FindExternal(t.Context(), "\x00", 1) },
		"no rows of an external ID":           func() ([]ginlogin.StoredLogin, error) { return store.FindExternal(t.Context(), "sid", -1) },
	} {
		if found, err := list(); err != nil || len(found) > 0 || len(script.seen) > 0 {
			t.Errorf("%s: %v, %v after %q", name, found, err, script.seen)
		}
	}
}

func TestNewPanicsWithoutADatabaseOrADialect(t *testing.T) {
	db := sql.OpenDB(&script{})
	defer db.Close()
	for name, build := range map[string]func(){
		"sql.Open": func() { New(nil, SQLite) },
		"oracle":   func() { New(db, "oracle") },
		`""`:       func() { New(db, "") },
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.HasPrefix(text, "loginsql: ") || !strings.Contains(text, name) {
					t.Errorf("it panics with %q, which does not name %s", text, name)
				}
			}()
			build()
		}()
	}
}
