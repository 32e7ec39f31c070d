package loginsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin"
)

// The tests against databases are in storetest, a module of its own, which may
// require drivers. Here are those that need none.

// script is a database that answers one statement after the other with these
// errors, and then with success. Its tables are empty, but for row.
type script struct {
	answers  []error
	affected []int64 // how many rows the statements change; 1 after the last
	after    func()  // is called after every statement
	seen     []string
	mu       sync.Mutex // over seen
	given    []any      // to the last statement, unless it was prepared
	locked   []any
	row      []any // of the next answer to a query

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

func (s *script) Next(values []driver.Value) error {
	if s.row == nil {
		return io.EOF
	}
	for i := range values {
		values[i] = s.row[i]
	}
	s.row = nil
	return nil
}

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

func (s *script) ExecContext(_ context.Context, statement string, args []driver.NamedValue) (driver.Result, error) {
	s.given = nil
	for _, arg := range args {
		s.given = append(s.given, arg.Value)
	}
	if strings.Contains(statement, "lock(") {
		s.locked = s.given
	}
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
		{"ginlogin_logins", 1, true},
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
		script.affected = []int64{0, 0}
		_, findErr := store.FindLogin(t.Context(), "a")
		deleted, expiredErr := store.DeleteExpired(t.Context())
		schemaErr := store.CreateSchema(t.Context())
		good := errors.Is(findErr, ginlogin.ErrLoginNotFound) && schemaErr == nil
		if good != row.good {
			t.Errorf("Table %q, BatchSize %d: %v, %v, %v", row.table, row.batch, findErr, expiredErr, schemaErr)
		}
		if !row.good && (len(script.seen) > 0 || deleted != 0 || expiredErr == nil) {
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
	if _, err := store.FindLogin(t.Context(), "\x00"); !errors.Is(err, ginlogin.ErrLoginNotFound) || len(script.seen) > 0 {
		t.Errorf("an ID with a zero byte: %v after %q", err, script.seen)
	}
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

func TestTheLoginThatIsToStayReachesTheDatabase(t *testing.T) {
	for except, want := range map[string]string{"a": "a", "": "", "a\x00": ""} {
		store, script := scripted(t, PostgreSQL)
		if err := store.DeleteLogins(t.Context(), "ada", except); err != nil {
			t.Fatal(err)
		}
		const statement = "DELETE FROM ginlogin_logins WHERE user_id = $1 AND id <> $2"
		if script.seen[0] != statement || !slices.Equal(script.given, []any{"ada", want}) {
			t.Errorf("except %q: the database is given %q for %s", except, script.given, script.seen[0])
		}
	}
}

func TestOnlyPostgreSQLNeedsALockToCreateATable(t *testing.T) {
	for _, dialect := range []Dialect{SQLite, PostgreSQL, MySQL} {
		store, script := scripted(t, dialect, errors.New("no such table"))
		if err := store.CreateSchema(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The first statement looks whether there is a table.
		locks := strings.Contains(script.seen[1], "pg_advisory_xact_lock")
		if locks != (dialect == PostgreSQL) {
			t.Errorf("%s begins with %q", dialect, script.seen[1])
		}
		if !slices.ContainsFunc(script.seen, func(s string) bool { return strings.Contains(s, "CREATE TABLE IF NOT EXISTS ginlogin_logins") }) {
			t.Errorf("%s: there is no table after %q", dialect, script.seen)
		}
		// Instances of an older and a newer version wait for one another.
		if locks && !slices.Equal(script.locked, []any{int64(0x67696e6c6f67696e)}) {
			t.Errorf("the lock is %v", script.locked)
		}
	}
}

func TestEachStatementOfCreateSchemaMayFail(t *testing.T) {
	missing, outage := errors.New("no such table"), errors.New("connection refused")
	for _, answers := range [][]error{{missing, outage}, {missing, nil, outage}, {missing, nil, nil, outage}} {
		store, _ := scripted(t, PostgreSQL, answers...)
		if err := store.CreateSchema(t.Context()); !errors.Is(err, outage) {
			t.Errorf("statement %d fails: %v", len(answers), err)
		}
	}
}

func TestASwapHasHappenedIfItChangedTheRow(t *testing.T) {
	for rows, want := range map[int64]bool{0: false, 1: true} {
		store, script := scripted(t, PostgreSQL)
		script.affected = []int64{rows}
		swapped, err := store.SwapLogin(t.Context(), ginlogin.StoredLogin{}, ginlogin.StoredLogin{})
		if swapped != want || err != nil {
			t.Errorf("%d rows changed: swapped %t, %v", rows, swapped, err)
		}
	}
	store, script := scripted(t, PostgreSQL)
	swapped, err := store.SwapLogin(t.Context(), ginlogin.StoredLogin{}, ginlogin.StoredLogin{User: "\x00"})
	if swapped || err == nil || len(script.seen) > 0 {
		t.Errorf("to a user with a zero byte: swapped %t, %v after %q", swapped, err, script.seen)
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
