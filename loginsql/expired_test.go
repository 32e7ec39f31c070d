package loginsql

import (
	"context"
	"errors"
	"testing"
)

func TestExpiredRowsAreDeletedInBatchesUntilOneIsNotFull(t *testing.T) {
	for _, row := range []struct {
		name       string
		batches    []int64
		statements int
		deleted    int64
	}{
		{"none", []int64{0}, 1, 0},
		{"less than a batch", []int64{9}, 1, 9},
		{"a batch", []int64{10, 0}, 2, 10},
		{"some batches", []int64{10, 10, 10, 3}, 4, 33},
	} {
		t.Run(row.name, func(t *testing.T) {
			store, script := scripted(t, SQLite)
			script.affected, store.BatchSize = row.batches, 10
			deleted, err := store.DeleteExpired(t.Context())
			if err != nil || deleted != row.deleted || len(script.seen) != row.statements {
				t.Errorf("%d rows with %d statements, %v; want %d with %d", deleted, len(script.seen), err, row.deleted, row.statements)
			}
		})
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
