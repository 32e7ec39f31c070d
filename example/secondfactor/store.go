package secondfactor

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
)

// A factor is a row of the table.
type factor struct {
	id, keyID string
	secret    []byte // encrypted
	created   time.Time
}

const atRest = "at rest"

var (
	errOff     = errors.New("the user has no second factor")
	errChanged = errors.New("the user or the second factor has changed meanwhile")
)

// find returns the second factor of u, or errOff.
func (f *Factor) find(ctx context.Context, u *account.User) (factor, error) {
	var found factor
	var created int64
	err := f.DB.QueryRowContext(ctx, `SELECT id, key_id, secret, created FROM second_factors WHERE user_id = $1`, u.ID).
		Scan(&found.id, &found.keyID, &found.secret, &created)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return factor{}, errOff
	case err != nil:
		return factor{}, fmt.Errorf("finding the second factor of user %d: %w", u.ID, err)
	}
	found.created = time.Unix(created, 0).UTC()
	return found, nil
}

// recoveryLeft counts the recovery codes that are left.
func (f *Factor) recoveryLeft(ctx context.Context, u *account.User) (n int, err error) {
	err = f.DB.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE user_id = $1`, u.ID).Scan(&n)
	return n, err
}

// spendStep is a compare-and-swap: of two requests with one code, at any instance, one succeeds. Earlier codes
// are spent with it, and a code of a second factor that was replaced meanwhile is refused.
func (f *Factor) spendStep(ctx context.Context, u *account.User, id string, step int64) (bool, error) {
	return f.exactlyOne(ctx, `UPDATE second_factors SET last_step = $1 WHERE user_id = $2 AND id = $3 AND last_step < $1`, step, u.ID, id)
}

// spendRecovery is one, too: a row is deleted once. The second factor has to be the one that was read.
func (f *Factor) spendRecovery(ctx context.Context, u *account.User, id, code string) (bool, error) {
	return f.exactlyOne(ctx, `DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2
		AND EXISTS (SELECT 1 FROM second_factors WHERE user_id = $1 AND id = $3)`, u.ID, hashOf(u.ID, code), id)
}

// mayWarn reports whether the owner got no warning for a day, and records that they get one now.
func (f *Factor) mayWarn(ctx context.Context, u *account.User) (bool, error) {
	now := f.Now().Unix()
	return f.exactlyOne(ctx, `UPDATE second_factors SET warned = $1 WHERE user_id = $2 AND warned < $3`, now, u.ID, now-24*60*60)
}

type execer interface {
	ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
}

func (f *Factor) exactlyOne(ctx context.Context, statement string, args ...any) (bool, error) {
	return exactlyOne(ctx, f.DB, statement, args...)
}

func exactlyOne(ctx context.Context, db execer, statement string, args ...any) (bool, error) {
	result, err := db.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, fmt.Errorf("second factor: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// turnOn gives u a second factor, and returns the recovery codes. The step of the first code is spent.
func (f *Factor) turnOn(ctx context.Context, u *account.User, secret []byte, step int64) (codes []string, err error) {
	codes = newRecoveryCodes()
	keyID, sealed := f.vault().seal(secret, atRest, u.ID)
	return codes, f.inOne(ctx, func(tx *sql.Tx) error {
		added, err := exactlyOne(ctx, tx, `
			INSERT INTO second_factors (user_id, id, key_id, secret, last_step, created) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (user_id) DO NOTHING`, u.ID, rand.Text(), keyID, sealed, step, f.Now().Unix())
		if err == nil && !added {
			err = errChanged
		}
		if err == nil {
			err = replaceRecovery(ctx, tx, u, codes)
		}
		if err == nil {
			err = renewStamp(ctx, tx, u)
		}
		return err
	})
}

// turnOff removes the second factor of u, or returns errOff.
func (f *Factor) turnOff(ctx context.Context, u *account.User) error {
	return f.inOne(ctx, func(tx *sql.Tx) error {
		removed, err := exactlyOne(ctx, tx, `DELETE FROM second_factors WHERE user_id = $1`, u.ID)
		if err == nil && !removed {
			err = errOff
		}
		if err == nil {
			err = replaceRecovery(ctx, tx, u, nil)
		}
		if err == nil {
			err = renewStamp(ctx, tx, u)
		}
		return err
	})
}

// newRecovery replaces the recovery codes of u, or returns errOff.
func (f *Factor) newRecovery(ctx context.Context, u *account.User) (codes []string, err error) {
	codes = newRecoveryCodes()
	return codes, f.inOne(ctx, func(tx *sql.Tx) error {
		// It locks the row: of two at once the second one replaces the codes of the first.
		there, err := exactlyOne(ctx, tx, `UPDATE second_factors SET created = created WHERE user_id = $1`, u.ID)
		if err == nil && !there {
			err = errOff
		}
		if err == nil {
			err = replaceRecovery(ctx, tx, u, codes)
		}
		return err
	})
}

func replaceRecovery(ctx context.Context, tx *sql.Tx, u *account.User, codes []string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, u.ID)
	for _, code := range codes {
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)`, u.ID, hashOf(u.ID, code))
		}
	}
	return err
}

// renewStamp ends the logins of u from before, as a new password does: those of a thief with the password and no
// code, and those between their steps. A login under way makes its row later, and is bound to the old stamp. If
// the stamp has changed already, the password was changed meanwhile: then nothing is done.
func renewStamp(ctx context.Context, tx *sql.Tx, u *account.User) error {
	renewed, err := exactlyOne(ctx, tx, `UPDATE users SET security_stamp = $1 WHERE id = $2 AND security_stamp = $3`,
		rand.Text(), u.ID, u.SessionHash())
	if err == nil && !renewed {
		err = errChanged
	}
	return err
}

func (f *Factor) inOne(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := f.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// having returns which of the users have a second factor.
func (f *Factor) having(ctx context.Context, users []*account.User) (map[int64]bool, error) {
	having := map[int64]bool{}
	if len(users) == 0 {
		return having, nil
	}
	// The page of accounts lists users by their IDs.
	rows, err := f.DB.QueryContext(ctx, `SELECT user_id FROM second_factors WHERE user_id BETWEEN $1 AND $2`,
		users[0].ID, users[len(users)-1].ID)
	if err != nil {
		return nil, fmt.Errorf("listing second factors: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		having[id] = true
	}
	return having, rows.Err()
}
