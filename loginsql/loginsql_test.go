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
}

func (s *script) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *script) Driver() driver.Driver                        { return nil }
func (s *script) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("no statements") }
func (s *script) Close() error                                 { return nil }
func (s *script) Begin() (driver.Tx, error)                    { return s, nil }
func (s *script) Commit() error                                { return nil }
func (s *script) Rollback() error                              { return nil }
func (s *script) Columns() []string                            { return strings.Split(columns, ",") }
func (s *script) Next([]driver.Value) error                    { return io.EOF }

func (s *script) next(statement string) (err error) {
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

type stateError string

func (e stateError) Error() string    { return "the database says no" }
func (e stateError) SQLState() string { return string(e) }

func TestAStatementThatLosesAgainstOthersIsRunAgain(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		runs int
	}{
		{"PostgreSQL's serialization failure", stateError("40001"), 2},
		{"PostgreSQL's deadlock", fmt.Errorf("wrapped: %w", stateError("40P01")), 2},
		{"MySQL's deadlock", errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"), 2},
		{"an ID that is taken", stateError("23505"), 1},
		{"an outage", errors.New("connection refused"), 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			store, script := scripted(t, PostgreSQL, row.err)
			err := store.DeleteLogin(t.Context(), "a")
			if len(script.seen) != row.runs {
				t.Errorf("it was run %d times, want %d", len(script.seen), row.runs)
			}
			if again := row.runs > 1; (err == nil) != again {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestAStatementThatAlwaysLosesIsGivenUp(t *testing.T) {
	const lost = stateError("40001")
	store, script := scripted(t, PostgreSQL, slices.Repeat([]error{lost}, attempts+1)...)
	_, err := store.SwapLogin(t.Context(), ginlogin.StoredLogin{}, ginlogin.StoredLogin{})
	if !errors.Is(err, lost) || len(script.seen) != attempts {
		t.Errorf("after %d attempts: %v", len(script.seen), err)
	}
}

func TestErrorsSayWhatFailedAndWrapTheDriversOwn(t *testing.T) {
	ctx := context.Background()
	calls := map[string]func(s *Store) error{
		"create login": func(s *Store) error { return s.CreateLogin(ctx, ginlogin.StoredLogin{}) },
		"find login":   func(s *Store) error { _, err := s.FindLogin(ctx, "a"); return err },
		"swap login": func(s *Store) error {
			_, err := s.SwapLogin(ctx, ginlogin.StoredLogin{}, ginlogin.StoredLogin{})
			return err
		},
		"delete login":          func(s *Store) error { return s.DeleteLogin(ctx, "a") },
		"list logins":           func(s *Store) error { _, err := s.ListLogins(ctx, "ada", 1); return err },
		"find external logins":  func(s *Store) error { _, err := s.FindExternal(ctx, "sid", 1); return err },
		"delete logins":         func(s *Store) error { return s.DeleteLogins(ctx, "ada", "") },
		"delete expired logins": func(s *Store) error { _, err := s.DeleteExpired(ctx); return err },
	}
	for what, call := range calls {
		outage := errors.New("connection refused")
		store, _ := scripted(t, MySQL, outage)
		err := call(store)
		if !errors.Is(err, outage) || !strings.HasPrefix(err.Error(), "loginsql: "+what+": ") {
			t.Errorf("%s: the error is %v", what, err)
		}
		if errors.Is(err, ginlogin.ErrLoginNotFound) {
			t.Errorf("%s: an outage is taken for a login that is over", what)
		}
	}
	outage := errors.New("connection refused")
	store, _ := scripted(t, SQLite, outage, outage)
	if err := store.CreateSchema(ctx); !errors.Is(err, outage) || !strings.HasPrefix(err.Error(), `loginsql: create table "ginlogin_logins": `) {
		t.Errorf("CreateSchema: the error is %v", err)
	}
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

func TestEveryStatementNamesTheTableThatWasSet(t *testing.T) {
	for _, dialect := range []Dialect{SQLite, PostgreSQL, MySQL} {
		store, script := scripted(t, dialect, nil, errors.New("there is no table"))
		store.Table = "staff_logins"
		ctx, l := t.Context(), ginlogin.StoredLogin{ID: "a", User: "ada"}
		_, findErr := store.FindLogin(ctx, "a")
		_, swapErr := store.SwapLogin(ctx, l, l)
		_, listErr := store.ListLogins(ctx, "ada", 1)
		_, externalErr := store.FindExternal(ctx, "sid", 1)
		_, expiredErr := store.DeleteExpired(ctx)
		errs := []error{
			store.CreateSchema(ctx), store.CreateLogin(ctx, l), swapErr, store.DeleteLogin(ctx, "a"), listErr, externalErr,
			store.DeleteLogins(ctx, "ada", ""), expiredErr,
		}
		if err := errors.Join(errs...); err == nil || !errors.Is(findErr, ginlogin.ErrLoginNotFound) {
			t.Errorf("%s: %v", dialect, err)
		}
		for _, statement := range script.seen {
			lock := strings.Contains(statement, "pg_advisory_xact_lock")
			if strings.Contains(statement, defaultTable) || strings.Contains(statement, "{table}") ||
				!strings.Contains(statement, store.Table) && !lock {
				t.Errorf("%s: %s", dialect, statement)
			}
			if (dialect == PostgreSQL) == strings.Contains(statement, "?") && strings.ContainsAny(statement, "?$") {
				t.Errorf("%s has other placeholders: %s", dialect, statement)
			}
		}
	}
}
