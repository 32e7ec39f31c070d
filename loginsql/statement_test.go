package loginsql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ginlogin/ginlogin"
)

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
	synctest.Test(t, func(t *testing.T) {
		const lost = stateError("40001")
		store, script := scripted(t, PostgreSQL, slices.Repeat([]error{lost}, attempts+1)...)
		start := time.Now()
		_, err := store.SwapLogin(t.Context(), ginlogin.StoredLogin{}, ginlogin.StoredLogin{})
		if !errors.Is(err, lost) || len(script.seen) != attempts {
			t.Errorf("after %d attempts: %v", len(script.seen), err)
		}
		// The pauses are random, and may be longer from one to the next.
		if took := time.Since(start); took < 10*time.Millisecond || took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
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
			t.Errorf("%s: an outage counts as an ended login", what)
		}
	}
	outage := errors.New("connection refused")
	store, _ := scripted(t, SQLite, outage, outage)
	if err := store.CreateSchema(ctx); !errors.Is(err, outage) || !strings.HasPrefix(err.Error(), `loginsql: create table "ginlogin_logins" for sqlite: `) {
		t.Errorf("CreateSchema: the error is %v", err)
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

func TestSQLitesStatementsArePreparedOnce(t *testing.T) {
	for dialect, prepared := range map[Dialect]int{SQLite: 2, PostgreSQL: 0, MySQL: 0} {
		store, script := scripted(t, dialect)
		for range 3 {
			if _, err := store.FindLogin(t.Context(), "a"); !errors.Is(err, ginlogin.ErrLoginNotFound) {
				t.Error(dialect, err)
			}
			if err := store.DeleteLogin(t.Context(), "a"); err != nil {
				t.Error(dialect, err)
			}
		}
		if len(script.prepared) != prepared || len(script.seen) != 6 {
			t.Errorf("%s: %d prepared, want %d; %d run", dialect, len(script.prepared), prepared, len(script.seen))
		}
	}
}

func TestAStatementThatCannotBePreparedIsAnErrorAndIsPreparedAnew(t *testing.T) {
	store, script := scripted(t, SQLite)
	missing := errors.New("no such table: ginlogin_logins")
	script.refusals = []error{missing}
	_, err := store.FindLogin(t.Context(), "a")
	const want = "loginsql: find login: no such table: ginlogin_logins (call CreateSchema once before the store is used, and for a database in memory SetMaxOpenConns(1))"
	if !errors.Is(err, missing) || err.Error() != want || len(script.seen) != 0 {
		t.Errorf("%v after %q", err, script.seen)
	}
	if _, err := store.FindLogin(t.Context(), "a"); !errors.Is(err, ginlogin.ErrLoginNotFound) || len(script.prepared) != 2 {
		t.Errorf("afterwards: %v with %d prepared", err, len(script.prepared))
	}

	onServer, script2 := scripted(t, PostgreSQL)
	script2.answers = []error{errors.New(`relation "ginlogin_logins" does not exist`)}
	if _, err := onServer.FindLogin(t.Context(), "a"); err == nil || !strings.HasSuffix(err.Error(), "exist (call CreateSchema once before the store is used)") {
		t.Errorf("PostgreSQL: %v, want a hint", err)
	}

	// CreateSchema helps against neither.
	for _, text := range []string{"no such table: users", "ginlogin_logins is locked"} {
		script.answers = []error{errors.New(text)}
		if _, err := store.FindLogin(t.Context(), "a"); err == nil || err.Error() != "loginsql: find login: "+text {
			t.Errorf("%v, want %s without a hint", err, text)
		}
	}
}

func TestATableThatIsSetAnewHasItsOwnStatements(t *testing.T) {
	store, script := scripted(t, SQLite)
	for _, table := range []string{"a", "b", "a"} {
		store.Table = table
		if err := store.DeleteLogin(t.Context(), "1"); err != nil || !strings.HasPrefix(script.seen[len(script.seen)-1], "DELETE FROM "+table+" ") {
			t.Errorf("%s: %v after %q", table, err, script.seen)
		}
	}
}

func TestManyRequestsPrepareAStatementTogether(t *testing.T) {
	store, script := scripted(t, SQLite)
	store.db.SetMaxOpenConns(1) // a script does one thing at a time
	start := make(chan struct{})
	var requests sync.WaitGroup
	for range 20 {
		requests.Go(func() {
			<-start
			if err := store.DeleteLogin(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	requests.Wait()
	if len(script.seen) != 20 {
		t.Errorf("%d were run", len(script.seen))
	}
	before := len(script.prepared)
	if err := store.DeleteLogin(t.Context(), "a"); err != nil || len(script.prepared) != before {
		t.Errorf("%v, %d more were prepared", err, len(script.prepared)-before)
	}
}
