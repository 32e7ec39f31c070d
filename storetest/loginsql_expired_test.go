package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginsql"
)

// fill adds logins of one user, of which so many have expired.
func fill(t *testing.T, store *loginsql.Store, expired, live int) {
	t.Helper()
	for i := range expired + live {
		l := ginlogin.StoredLogin{ID: strconv.Itoa(i), User: "ada", Created: time.Now(), Expires: time.Now().Add(time.Hour)}
		if i < expired {
			l.Expires = time.Now().Add(time.Duration(-i-1) * time.Minute)
		}
		if err := store.CreateLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
}

func expectLogins(t *testing.T, store *loginsql.Store, n int) {
	t.Helper()
	if list, err := store.ListLogins(t.Context(), "ada", 1000); err != nil || len(list) != n {
		t.Errorf("there are %d logins (%v), want %d", len(list), err, n)
	}
}

func TestExpiredLoginsAreDeletedInBatches(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		db := e.connect(t, source)
		store := e.newLogins(t, db)
		store.BatchSize = 10
		fill(t, store, 25, 5)
		for _, want := range []int64{25, 0} {
			if n, err := store.DeleteExpired(t.Context()); err != nil || n != want {
				t.Errorf("%d were deleted (%v), want %d", n, err, want)
			}
			expectLogins(t, store, 5)
		}
		if left := column(t, db, "SELECT id FROM "+store.Table); len(left) != 5 {
			t.Errorf("%d rows are left, want 5", len(left))
		}
	})
}

func TestLoginsOlderThanADayThatWereNeverUsedAreDeleted(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		store := e.newLogins(t, e.connect(t, source))
		clock := time.Now().Truncate(time.Second)
		store.Now = func() time.Time { return clock }
		for _, l := range []ginlogin.StoredLogin{
			{ID: "used", Used: true, Created: clock},
			{ID: "unused", Created: clock},
			{ID: "unused, a second younger", Created: clock.Add(time.Second)},
		} {
			l.User, l.Expires = "ada", clock.Add(48*time.Hour)
			if err := store.CreateLogin(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		clock = clock.Add(24 * time.Hour)
		if n, err := store.DeleteExpired(t.Context()); err != nil || n != 1 {
			t.Errorf("%d were deleted (%v), want 1", n, err)
		}
		if _, err := store.FindLogin(t.Context(), "unused"); !errors.Is(err, ginlogin.ErrLoginNotFound) {
			t.Errorf("FindLogin of the unused login returns %v", err)
		}
		expectLogins(t, store, 2)
		clock = clock.Add(24 * time.Hour) // the store's clock decides what has expired
		expectLogins(t, store, 0)
	})
}

func TestInstancesDeleteExpiredLoginsAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		store := e.newLogins(t, e.connect(t, source))
		fill(t, store, 200, 5)
		var total atomic.Int64
		instances(t, e, source, store.Table, func(s *loginsql.Store) error {
			s.BatchSize = 7
			n, err := s.DeleteExpired(context.Background())
			total.Add(n)
			return err
		})
		if total.Load() != 200 {
			t.Errorf("%d were deleted, want 200", total.Load())
		}
		expectLogins(t, store, 5)
	})
}

// Databases undo one of two statements that wait for each other's rows. Users
// must not be told that the store is out.
func TestDeletingExpiredLoginsDisturbsNobody(t *testing.T) {
	const logins = 60
	ctx := context.Background()
	parts := []func(s *loginsql.Store) error{
		func(s *loginsql.Store) error { _, err := s.DeleteExpired(ctx); return err },
		func(s *loginsql.Store) error { return s.DeleteLogins(ctx, "ada", "") },
		func(s *loginsql.Store) error {
			for i := range logins {
				if err := s.DeleteLogin(ctx, strconv.Itoa(i)); err != nil {
					return err
				}
			}
			return nil
		},
		func(s *loginsql.Store) error {
			for i := range logins {
				row := ginlogin.StoredLogin{ID: strconv.Itoa(i), User: "ada"}
				if _, err := s.SwapLogin(ctx, row, row); err != nil {
					return err
				}
			}
			return nil
		},
	}
	eachEngine(t, func(t *testing.T, e sqlEngine, source string) {
		store := e.newLogins(t, e.connect(t, source))
		for range 5 {
			fill(t, store, logins, 0)
			var turn atomic.Int64
			instances(t, e, source, store.Table, func(s *loginsql.Store) error {
				s.BatchSize = 5
				return parts[int(turn.Add(1))%len(parts)](s)
			})
			if _, err := store.DeleteExpired(t.Context()); err != nil {
				t.Fatal(err)
			}
			expectLogins(t, store, 0)
		}
	})
}
