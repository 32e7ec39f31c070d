package operations

import (
	"context"
	"log/slog"
	"time"

	"github.com/ginlogin/ginlogin/loginsql"
)

// DeleteExpired deletes the logins that have expired from the database, at once and then again and
// again, until ctx ends. Nobody can use them any more; they only take up room.
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
