package secondfactor

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
)

// Renew encrypts the secrets under the site's first key that are under another one, so that the old key can be removed
// later. It is called at the start, which every new first key requires. It logs secrets whose key is missing; their
// users can log in with recovery codes, which need no key.
func Renew(ctx context.Context, db *sql.DB, keys [][]byte, log *slog.Logger) error {
	v := newVault(keys)
	old, err := underOtherKeys(ctx, db, v.keys[0].id)
	if err != nil {
		return fmt.Errorf("listing second factors: %w", err)
	}
	lost := 0
	for user, found := range old {
		plain, err := v.open(found.keyID, found.secret, atRest, user)
		if err != nil {
			lost++
			continue
		}
		keyID, sealed := v.seal(plain, atRest, user)
		// The ID: it may be turned off and on at this moment, by another instance.
		if _, err := db.ExecContext(ctx, `UPDATE second_factors SET key_id = $1, secret = $2 WHERE user_id = $3 AND id = $4`,
			keyID, sealed, user, found.id); err != nil {
			return fmt.Errorf("encrypting the second factor of user %d anew: %w", user, err)
		}
	}
	if lost > 0 {
		log.Error("second factors are encrypted under a key that is not in SECRET_KEYS: put it back, as the last one", "users", lost)
	}
	return nil
}

// underOtherKeys returns the second factors, by user, that are under another key than the one with the ID.
func underOtherKeys(ctx context.Context, db *sql.DB, keyID string) (map[int64]factor, error) {
	rows, err := db.QueryContext(ctx, `SELECT user_id, id, key_id, secret FROM second_factors WHERE key_id <> $1`, keyID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64]factor{}
	for rows.Next() {
		var user int64
		var row factor
		if err := rows.Scan(&user, &row.id, &row.keyID, &row.secret); err != nil {
			return nil, err
		}
		found[user] = row
	}
	return found, rows.Err()
}
