package loginsql

import (
	"context"
	"fmt"
	"time"
)

// deleteBatch deletes so many of the rows that have expired, the oldest first.
var deleteBatch = map[Dialect]string{
	SQLite: "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE expires <= ? ORDER BY expires LIMIT ?)",
	// Rows that another DeleteExpired has in hand are left to it. ARRAY makes sure
	// that the rows are selected once.
	PostgreSQL: "DELETE FROM {table} WHERE id = ANY (ARRAY(" +
		"SELECT id FROM {table} WHERE expires <= ? ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED))",
	MySQL: "DELETE FROM {table} WHERE expires <= ? ORDER BY expires LIMIT ?",
}

// DeleteExpired deletes the expired rows and returns how many there were. Nothing
// else deletes them, so call it now and then, for instance every hour; several
// instances of an app may call it at once.
//
// It deletes BatchSize rows at a time and then pauses for as long as that took, so
// that other statements get their turn. When ctx ends, it returns an error and the
// number of rows deleted so far.
func (s *Store) DeleteExpired(ctx context.Context) (int64, error) {
	const what = "delete expired logins"
	deleted, cutoff := int64(0), now()
	for {
		start := time.Now()
		n, err := s.exec(ctx, what, deleteBatch[s.dialect], cutoff, s.BatchSize)
		deleted += n
		if err != nil || n < int64(s.BatchSize) {
			return deleted, err
		}
		if err := rest(ctx, time.Since(start)); err != nil {
			return deleted, fmt.Errorf("loginsql: %s: %w", what, err)
		}
	}
}
