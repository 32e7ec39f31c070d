package loginsql

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
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
