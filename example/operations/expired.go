package operations

import (
	"context"
	"log/slog"
	"time"

	"github.com/ginlogin/ginlogin/loginsql"
)

// DeleteExpired deletes expired logins from the database, at once and then regularly, until ctx
// ends. They can no longer be used, and only take up room.
func DeleteExpired(ctx context.Context, logins *loginsql.Store, every time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		n, err := logins.DeleteExpired(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("deleting expired logins", "error", err) // the next round tries again
		case n > 0:
			log.Info("deleted expired logins", "rows", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
