package passkeys

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
)

// passkey is a row.
type passkey struct {
	ID         string
	Name       string
	Created    time.Time
	LastUsed   time.Time // zero before the first use
	Credential webauthn.Credential
	record     string // Credential as it was read
}

// owner is a user as the protocol sees one.
type owner struct {
	*account.User
	handle   []byte
	passkeys []passkey
}

func (o *owner) WebAuthnID() []byte          { return o.handle }
func (o *owner) WebAuthnName() string        { return o.Email }
func (o *owner) WebAuthnDisplayName() string { return o.Name }
func (o *owner) WebAuthnCredentials() []webauthn.Credential {
	credentials := make([]webauthn.Credential, len(o.passkeys))
	for i, found := range o.passkeys {
		credentials[i] = found.Credential
	}
	return credentials
}

// with returns the passkey that has the credential ID.
func (o *owner) with(credential []byte) (passkey, bool) {
	i := slices.IndexFunc(o.passkeys, func(one passkey) bool { return bytes.Equal(one.Credential.ID, credential) })
	if i < 0 {
		return passkey{}, false
	}
	return o.passkeys[i], true
}

// maxPasskeys bounds how many passkeys one user can store.
const maxPasskeys = 20

var (
	errTooMany  = errors.New("the user has reached the limit of passkeys")
	errTaken    = errors.New("there is an account with this passkey")
	errNotFound = errors.New("the user has no such passkey")
	errLast     = errors.New("it is the user's last passkey")
	errChanged  = errors.New("the passkey was used or removed at the same moment")
)

// ownerOf returns u with handle and passkeys. The handle is made when it is first needed, and stays: it is 64 random
// bytes, because anyone who holds an authenticator can read it, and two sites could compare it.
func (p *Passkeys) ownerOf(ctx context.Context, domain string, u *account.User) (*owner, error) {
	fresh := make([]byte, 64)
	rand.Read(fresh)
	o := &owner{User: u}
	_, err := p.DB.ExecContext(ctx, `
		INSERT INTO passkey_users (domain, user_id, handle) VALUES ($1, $2, $3) ON CONFLICT (domain, user_id) DO NOTHING`,
		domain, u.ID, fresh)
	if err == nil {
		err = p.DB.QueryRowContext(ctx, `SELECT handle FROM passkey_users WHERE domain = $1 AND user_id = $2`, domain, u.ID).Scan(&o.handle)
	}
	if err != nil {
		return nil, fmt.Errorf("finding the handle of user %d: %w", u.ID, err)
	}
	o.passkeys, err = p.list(ctx, domain, u)
	return o, err
}

// ownerBy returns the user who has a handle, or sql.ErrNoRows.
func (p *Passkeys) ownerBy(ctx context.Context, domain string, handle []byte) (*owner, error) {
	var id int64
	row := p.DB.QueryRowContext(ctx, `SELECT user_id FROM passkey_users WHERE domain = $1 AND handle = $2`, domain, handle)
	if err := row.Scan(&id); err != nil {
		return nil, fmt.Errorf("finding a user by a handle: %w", err)
	}
	u, err := p.Users.FindByID(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := p.list(ctx, domain, u)
	return &owner{User: u, handle: handle, passkeys: found}, err
}

// list returns the passkeys of u, the newest first.
func (p *Passkeys) list(ctx context.Context, domain string, u *account.User) ([]passkey, error) {
	rows, err := p.DB.QueryContext(ctx, `
		SELECT id, name, record, created, last_used FROM passkeys
		WHERE domain = $1 AND user_id = $2 ORDER BY created DESC, id`, domain, u.ID)
	if err != nil {
		return nil, fmt.Errorf("listing the passkeys of user %d: %w", u.ID, err)
	}
	defer rows.Close()
	var found []passkey
	for rows.Next() {
		var one passkey
		var created, lastUsed int64
		err := rows.Scan(&one.ID, &one.Name, &one.record, &created, &lastUsed)
		if err == nil {
			err = json.Unmarshal([]byte(one.record), &one.Credential)
		}
		if err != nil {
			return nil, fmt.Errorf("listing the passkeys of user %d: %w", u.ID, err)
		}
		one.Created = time.Unix(created, 0).UTC()
		if lastUsed != 0 {
			one.LastUsed = time.Unix(lastUsed, 0).UTC()
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

// insert adds a passkey of u. errTaken means that this or another account has the credential already: the protocol
// requires the site to check that none has two owners.
func (p *Passkeys) insert(ctx context.Context, domain string, u *account.User, name string, credential *webauthn.Credential) error {
	record, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	return p.locked(ctx, domain, u, "adding", func(tx *sql.Tx, have int) error {
		if have >= maxPasskeys {
			return errTooMany
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO passkeys (id, domain, user_id, name, credential, record, created) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (domain, credential) DO NOTHING`,
			rand.Text(), domain, u.ID, name, credential.ID, string(record), p.Now().Unix())
		return affected(result, err, errTaken)
	})
}

// delete removes a passkey of u. Unless lastToo, the last one is errLast and stays.
func (p *Passkeys) delete(ctx context.Context, domain string, u *account.User, id string, lastToo bool) error {
	if !rules.IsText(id) {
		return errNotFound // PostgreSQL takes no such text
	}
	return p.locked(ctx, domain, u, "removing", func(tx *sql.Tx, have int) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM passkeys WHERE id = $1 AND domain = $2 AND user_id = $3`, id, domain, u.ID)
		if err := affected(result, err, errNotFound); err != nil {
			return err
		}
		if have == 1 && !lastToo {
			return errLast
		}
		return nil
	})
}

// locked changes the passkeys of u in a transaction that knows how many there are: it locks the user's row, so that
// of two requests at once the second counts what the first has done. SQLite's transactions wait for each other anyway.
func (p *Passkeys) locked(ctx context.Context, domain string, u *account.User, doing string, change func(tx *sql.Tx, have int) error) error {
	tx, err := p.DB.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s a passkey of user %d: %w", doing, u.ID, err)
	}
	defer tx.Rollback()
	var have int
	_, err = tx.ExecContext(ctx, `UPDATE users SET active = active WHERE id = $1`, u.ID)
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM passkeys WHERE domain = $1 AND user_id = $2`, domain, u.ID).Scan(&have)
	}
	if err == nil {
		err = change(tx, have)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("%s a passkey of user %d: %w", doing, u.ID, err)
	}
	return nil
}

// setName gives a passkey of u another name.
func (p *Passkeys) setName(ctx context.Context, u *account.User, id, name string) error {
	if !rules.IsText(id) {
		return errNotFound
	}
	result, err := p.DB.ExecContext(ctx, `UPDATE passkeys SET name = $1 WHERE id = $2 AND user_id = $3`, name, id, u.ID)
	return affected(result, err, errNotFound)
}

// noteUse writes down the counter and the flags that came with an answer. It compares first: if the passkey was
// used or removed since it was read, the answer was judged by what is not true any more.
func (p *Passkeys) noteUse(ctx context.Context, used passkey, now *webauthn.Credential) error {
	record, err := json.Marshal(now)
	if err != nil {
		return err
	}
	result, err := p.DB.ExecContext(ctx, `UPDATE passkeys SET record = $1, last_used = $2 WHERE id = $3 AND record = $4`,
		string(record), p.Now().Unix(), used.ID, used.record)
	return affected(result, err, errChanged)
}

// affected returns none if a statement has changed no row.
func affected(result sql.Result, err error, none error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return none
}
