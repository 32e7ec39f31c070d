package loginsql

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
)

// unusedLife is how long a row is kept that was never used.
const unusedLife = 24 * time.Hour

// deleteBatch deletes at most a given number of the rows that are {dead}, the oldest
// {age} first.
var deleteBatch = map[Dialect]string{
	SQLite: "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {dead} ORDER BY {age} LIMIT ?)",
	// Rows that another DeleteExpired has locked are skipped. ARRAY makes sure that
	// the rows are selected once.
	PostgreSQL: "DELETE FROM {table} WHERE id = ANY (ARRAY(" +
		"SELECT id FROM {table} WHERE {dead} ORDER BY {age} LIMIT ? FOR UPDATE SKIP LOCKED))",
	MySQL: "DELETE FROM {table} WHERE {dead} ORDER BY {age} LIMIT ?",
}

// DeleteExpiredEvery calls [Store.DeleteExpired] every d, until ctx ends. Call it in
// a goroutine of its own:
//
//	go logins.DeleteExpiredEvery(ctx, time.Hour)
//
// The first call comes after a random part of d, so that instances of the app that
// start together do not delete together. An error is logged to Logger, and the next
// call follows after d. DeleteExpiredEvery panics if d is not positive.
func (s *Store) DeleteExpiredEvery(ctx context.Context, d time.Duration) {
	if d <= 0 {
		panic(fmt.Sprintf("loginsql: DeleteExpiredEvery got %v: use a positive duration, for instance time.Hour", d))
	}
	for wait := rand.N(d); rest(ctx, wait) == nil; wait = d {
		_, err := s.DeleteExpired(ctx)
		if err != nil && ctx.Err() == nil {
			cmp.Or(s.Logger, slog.Default()).ErrorContext(ctx, err.Error(), "retry_in", d)
		}
	}
}

// DeleteExpired deletes the rows that have expired and those older than a day that
// were never used, and returns how many there were. Nothing else deletes them, so
// call it regularly: see [Store.DeleteExpiredEvery]. Several instances of an app may
// call it at once.
//
// It deletes BatchSize rows at a time and then pauses for as long as that took, so
// that other statements get their turn. When ctx ends, it returns an error and the
// number of rows deleted so far.
func (s *Store) DeleteExpired(ctx context.Context) (int64, error) {
	if err := s.checkSettings(); err != nil {
		return 0, err
	}
	now := s.Now()
	expired, err := s.deleteDead(ctx, "expires", "expires <= ?", now)
	if err != nil {
		return expired, err
	}
	unused, err := s.deleteDead(ctx, "created", "used = FALSE AND created <= ?", now.Add(-unusedLife))
	return expired + unused, err
}

// deleteDead deletes in batches the rows that are dead at cutoff.
func (s *Store) deleteDead(ctx context.Context, age, dead string, cutoff time.Time) (deleted int64, err error) {
	const what = "delete expired logins"
	statement := strings.NewReplacer("{dead}", dead, "{age}", age).Replace(deleteBatch[s.dialect])
	for {
		start := time.Now()
		n, err := s.exec(ctx, what, statement, cutoff.Unix(), s.BatchSize)
		deleted += n
		if err != nil || n < int64(s.BatchSize) {
			return deleted, err
		}
		if err := rest(ctx, time.Since(start)); err != nil {
			return deleted, fmt.Errorf("loginsql: %s: %w", what, err)
		}
	}
}
