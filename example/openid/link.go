package openid

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
)

// link is an account at a provider that opens an account here.
type link struct {
	Issuer, Subject  string
	Name, Email      string
	Linked, LastUsed time.Time // LastUsed is zero before the first use
	Paused           bool      // the password has changed since
}

var (
	errNotLinked     = errors.New("nobody has linked this account")
	errPaused        = errors.New("the password has changed since this account was linked")
	errLinkedByOther = errors.New("another user has linked this account")
	errLinkedAnother = errors.New("the user has linked another account of this provider")
	errLastWayIn     = errors.New("it is the last way in")
	errChanged       = errors.New("the user has a new password since, or is gone")
)

// owner returns the user whose account the identity opens. Errors: errNotLinked, errPaused, or an outage.
//
// A link is bound to the security stamp that the user had when it was made, as logins are. So a new password, set
// by a link in an e-mail for instance, pauses accounts that were linked before. Otherwise an attacker could
// register with the victim's address, link the attacker's own account, and wait until the victim resets the
// password (account pre-hijacking). Linking again requires a fresh login.
func (o *OpenID) owner(ctx context.Context, who identity) (*account.User, error) {
	var id int64
	var stamp string
	err := o.DB.QueryRowContext(ctx, `SELECT user_id, stamp FROM openid_links WHERE issuer = $1 AND subject = $2`,
		who.Issuer, who.Subject).Scan(&id, &stamp)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotLinked
	}
	if err != nil {
		return nil, fmt.Errorf("finding the owner of a linked account: %w", err)
	}
	user, err := o.Users.FindByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNotLinked // the user no longer exists
	}
	if err == nil && user.SessionHash() != stamp {
		err = errPaused
	}
	return user, err
}

// noteUse writes down that a link has been used.
func (o *OpenID) noteUse(ctx context.Context, who identity) error {
	_, err := o.DB.ExecContext(ctx, `UPDATE openid_links SET last_used = $1 WHERE issuer = $2 AND subject = $3`,
		o.Now().Unix(), who.Issuer, who.Subject)
	return err
}

// linksOf returns what the user has linked.
func (o *OpenID) linksOf(ctx context.Context, user *account.User) ([]link, error) {
	rows, err := o.DB.QueryContext(ctx, `
		SELECT issuer, subject, stamp, name, email, linked, last_used FROM openid_links WHERE user_id = $1 ORDER BY linked, issuer`, user.ID)
	if err != nil {
		return nil, fmt.Errorf("listing the linked accounts of user %d: %w", user.ID, err)
	}
	defer rows.Close()
	var found []link
	for rows.Next() {
		var l link
		var stamp string
		var linked, used int64
		if err := rows.Scan(&l.Issuer, &l.Subject, &stamp, &l.Name, &l.Email, &linked, &used); err != nil {
			return nil, fmt.Errorf("listing the linked accounts of user %d: %w", user.ID, err)
		}
		l.Linked, l.Paused = time.Unix(linked, 0).UTC(), stamp != user.SessionHash()
		if used > 0 {
			l.LastUsed = time.Unix(used, 0).UTC()
		}
		found = append(found, l)
	}
	return found, rows.Err()
}

// inTransaction runs change on the user's row, which stays locked until the end: of two requests at once the second
// one sees what the first has done. The user's password must not have changed since this request read it.
func (o *OpenID) inTransaction(ctx context.Context, user *account.User, change func(tx *sql.Tx) error) error {
	tx, err := o.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	result, err := tx.ExecContext(ctx, `UPDATE users SET active = active WHERE id = $1 AND security_stamp = $2`, user.ID, user.SessionHash())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errChanged, err)
	}
	if err := change(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// link lets the identity open the account of the user. To link again what is paused ends the pause.
func (o *OpenID) link(ctx context.Context, user *account.User, who identity) error {
	return o.inTransaction(ctx, user, func(tx *sql.Tx) error {
		var others int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM openid_links WHERE user_id = $1 AND issuer = $2 AND subject <> $3`,
			user.ID, who.Issuer, who.Subject).Scan(&others)
		switch {
		case err != nil:
			return err
		case others > 0:
			return errLinkedAnother
		}
		return o.insertLink(ctx, tx, user.ID, user.SessionHash(), who)
	})
}

func (o *OpenID) insertLink(ctx context.Context, tx *sql.Tx, user int64, stamp string, who identity) error {
	result, err := tx.ExecContext(ctx, `
		INSERT INTO openid_links (issuer, subject, user_id, stamp, name, email, linked) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (issuer, subject) DO UPDATE SET stamp = excluded.stamp, name = excluded.name, email = excluded.email
		WHERE openid_links.user_id = excluded.user_id`,
		who.Issuer, who.Subject, user, stamp, who.Name, who.Email, o.Now().Unix())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errLinkedByOther, err)
	}
	return nil
}

// unlink removes a link of the user, unless it is the last way in: the user has no password, and the link is one of
// the present provider.
func (o *OpenID) unlink(ctx context.Context, user *account.User, issuer string) error {
	return o.inTransaction(ctx, user, func(tx *sql.Tx) error {
		var password bool
		if err := tx.QueryRowContext(ctx, `SELECT password_hash <> '' FROM users WHERE id = $1`, user.ID).Scan(&password); err != nil {
			return err
		}
		if !password && issuer == o.Settings.Issuer {
			return errLastWayIn
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM openid_links WHERE user_id = $1 AND issuer = $2`, user.ID, issuer)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errNotLinked, err)
		}
		return nil
	})
}

// join makes an account without a password for the visitor of the proof, and links it, all or nothing.
func (o *OpenID) join(ctx context.Context, browser, id, email, name, stamp string) (user *account.User, p *proof, err error) {
	tx, err := o.DB.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	defer tx.Rollback()
	if p, err = o.take(ctx, tx, browser, id, forJoining); err != nil {
		return nil, nil, err
	}
	var number int64
	err = tx.QueryRowContext(ctx, `
		INSERT INTO users (email, name, password_hash, security_stamp, role, email_verified) VALUES ($1, $2, '', $3, $4, FALSE)
		ON CONFLICT (email) DO NOTHING RETURNING id`, email, name, stamp, account.RoleMember).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		err = account.ErrEmailTaken
	}
	if err == nil {
		err = o.insertLink(ctx, tx, number, stamp, p.identity)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return nil, nil, err
	}
	user, err = o.Users.FindByID(ctx, number)
	return user, p, err
}

// hasPassword reports whether the user can log in with a password.
func (o *OpenID) hasPassword(ctx context.Context, user *account.User) (has bool, err error) {
	err = o.DB.QueryRowContext(ctx, `SELECT password_hash <> '' FROM users WHERE id = $1`, user.ID).Scan(&has)
	return has, err
}

// moveLinks binds the links of one stamp of the user to another stamp.
func (o *OpenID) moveLinks(ctx context.Context, user int64, before, after string) error {
	_, err := o.DB.ExecContext(ctx, `UPDATE openid_links SET stamp = $1 WHERE user_id = $2 AND stamp = $3`, after, user, before)
	return err
}
