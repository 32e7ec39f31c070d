package loginsql

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// unusedLife is how long a row is kept that was never used.
const unusedLife = 24 * time.Hour

// deleteBatch deletes so many of the rows that are {dead}, the oldest {age} first.
var deleteBatch = map[Dialect]string{
	SQLite: "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {dead} ORDER BY {age} LIMIT ?)",
	// Rows that another DeleteExpired has in hand are left to it. ARRAY makes sure
	// that the rows are selected once.
	PostgreSQL: "DELETE FROM {table} WHERE id = ANY (ARRAY(" +
		"SELECT id FROM {table} WHERE {dead} ORDER BY {age} LIMIT ? FOR UPDATE SKIP LOCKED))",
	MySQL: "DELETE FROM {table} WHERE {dead} ORDER BY {age} LIMIT ?",
}

// DeleteExpired deletes the rows that have expired and those older than a day that
// were never used, and returns how many there were. Nothing else deletes them, so
// call it now and then, for instance every hour; several instances of an app may
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
