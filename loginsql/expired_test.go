package loginsql

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestExpiredAndUnusedRowsAreDeletedInBatchesUntilOneIsNotFull(t *testing.T) {
	for _, row := range []struct {
		name            string
		expired, unused []int64
		deleted         int64
	}{
		{"none", []int64{0}, []int64{0}, 0},
		{"less than a batch of expired rows", []int64{9}, []int64{0}, 9},
		{"less than a batch of unused rows", []int64{0}, []int64{9}, 9},
		{"a batch", []int64{10, 0}, []int64{0}, 10},
		{"some batches of both", []int64{10, 10, 10, 3}, []int64{10, 2}, 45},
	} {
		t.Run(row.name, func(t *testing.T) {
			store, script := scripted(t, SQLite)
			script.affected, store.BatchSize = slices.Concat(row.expired, row.unused), 10
			deleted, err := store.DeleteExpired(t.Context())
			if statements := len(row.expired) + len(row.unused); err != nil || deleted != row.deleted || len(script.seen) != statements {
				t.Errorf("%d rows with %d statements, %v; want %d with %d", deleted, len(script.seen), err, row.deleted, statements)
			}
			for i, statement := range script.seen {
				if unused := i >= len(row.expired); strings.Contains(statement, "used = FALSE") != unused {
					t.Errorf("statement %d is %s", i, statement)
				}
			}
		})
	}
}

func TestRowsThatWereNeverUsedAreKeptForADay(t *testing.T) {
	store, script := scripted(t, PostgreSQL)
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	store.Now = func() time.Time { return now }
	script.affected = []int64{0, 0}
	if _, err := store.DeleteExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []any{now.AddDate(0, 0, -1).Unix(), int64(1000)}; !slices.Equal(script.given, want) {
		t.Errorf("the database is given %v, want %v", script.given, want)
	}
}

func TestDeletingExpiredRowsEndsWithItsContext(t *testing.T) {
	store, script := scripted(t, SQLite)
	ctx, cancel := context.WithCancel(t.Context())
	script.affected, store.BatchSize = []int64{10, 10, 10, 10}, 10
	script.after = func() {
		if len(script.seen) == 2 {
			cancel()
		}
	}
	deleted, err := store.DeleteExpired(ctx)
	if !errors.Is(err, context.Canceled) || len(script.seen) != 2 || deleted != 20 {
		t.Errorf("%d rows with %d statements, %v; want 20 with 2 and context.Canceled", deleted, len(script.seen), err)
	}
}

// An instance of an app deletes expired rows in a bubble of synctest, where time
// passes at once.
type instance struct {
	*Store
	script *script
	log    logged
	start  time.Time
}

// logged is what was logged. Several goroutines may use it.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// runInstance calls DeleteExpiredEvery while run takes, after set has changed the
// instance.
func runInstance(t *testing.T, d time.Duration, set func(i *instance), run func(i *instance)) {
	synctest.Test(t, func(t *testing.T) {
		i := &instance{start: time.Now()}
		i.Store, i.script = scripted(t, SQLite)
		i.Logger = slog.New(slog.NewTextHandler(&i.log, nil))
		set(i)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			i.DeleteExpiredEvery(ctx, d)
		}()
		run(i)
		cancel()
		<-ended
	})
}

func asIs(*instance) {}

// statements lets time pass, and returns how many statements were run by then.
func (i *instance) statements(after time.Duration) int {
	time.Sleep(after)
	synctest.Wait()
	return i.script.runs()
}

func TestExpiredRowsAreDeletedAgainAndAgain(t *testing.T) {
	runInstance(t, time.Hour, asIs, func(i *instance) {
		const perRound = 2 // one for the expired rows, one for those that were never used
		if n := i.statements(time.Hour); n != perRound {
			t.Errorf("%d statements in the first hour", n)
		}
		if n := i.statements(23 * time.Hour); n != 24*perRound {
			t.Errorf("%d statements in a day", n)
		}
		if text := i.log.String(); text != "" {
			t.Errorf("logged: %s", text)
		}
	})
}

func TestInstancesThatStartTogetherDoNotDeleteTogether(t *testing.T) {
	begins := map[time.Duration]bool{}
	for range 20 {
		note := func(i *instance) {
			i.script.after = func() { begins[time.Since(i.start)] = true }
		}
		runInstance(t, time.Hour, note, func(i *instance) { i.statements(time.Hour) })
	}
	if len(begins) < 15 {
		t.Errorf("20 instances begin at %d different times", len(begins))
	}
}

func TestARoundThatFailsIsLoggedAndFollowedByAnother(t *testing.T) {
	fail := func(i *instance) { i.script.answers = []error{errors.New("connection refused")} }
	runInstance(t, time.Minute, fail, func(i *instance) {
		i.statements(time.Minute)
		if text := i.log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=ERROR") ||
			!strings.Contains(text, "loginsql: delete expired logins: connection refused") || !strings.Contains(text, "retry_in=1m0s") {
			t.Errorf("logged: %s", text)
		}
		if n := i.statements(time.Minute); n != 1+2 {
			t.Errorf("%d statements in two minutes", n)
		}
	})
}

func TestTheEndOfTheContextIsNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, script := scripted(t, SQLite)
		var log strings.Builder
		store.Logger = slog.New(slog.NewTextHandler(&log, nil))
		ctx, cancel := context.WithCancel(t.Context())
		script.answers = []error{context.Canceled}
		script.after = cancel // while rows are being deleted
		store.DeleteExpiredEvery(ctx, time.Hour)
		if log.Len() > 0 || len(script.seen) != 1 {
			t.Errorf("logged after %d statements: %s", len(script.seen), &log)
		}
	})
}

func TestWithoutALoggerTheDefaultOneGetsTheErrors(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	fail := func(i *instance) {
		slog.SetDefault(i.Logger)
		i.Logger = nil
		i.script.answers = []error{errors.New("connection refused")}
	}
	runInstance(t, time.Hour, fail, func(i *instance) {
		i.statements(time.Hour)
		if text := i.log.String(); !strings.Contains(text, "connection refused") {
			t.Errorf("logged: %s", text)
		}
	})
}

func TestExpiredRowsCannotBeDeletedEveryNoTime(t *testing.T) {
	store, script := scripted(t, SQLite)
	for _, d := range []time.Duration{0, -time.Second} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "loginsql: DeleteExpiredEvery got "+d.String()+": use a positive duration") {
					t.Errorf("it panics with %q", text)
				}
			}()
			store.DeleteExpiredEvery(t.Context(), d)
		}()
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	store.DeleteExpiredEvery(ended, 1) // the shortest that is positive
	if len(script.seen) > 0 {
		t.Errorf("the database was asked %q", script.seen)
	}
}
