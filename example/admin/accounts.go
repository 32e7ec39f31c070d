package admin

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"

	"github.com/ginlogin/ginlogin/example/account"
)

// What administrators do with accounts.

// list returns up to n users in the order of their IDs, beginning after the one with that ID.
func (a *Area) list(ctx context.Context, after int64, n int) ([]*account.User, error) {
	rows, err := a.Users.DB.QueryContext(ctx, `
		SELECT id, email, name, role, active, created_at FROM users WHERE id > $1 ORDER BY id LIMIT $2`, after, n)
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	defer rows.Close()
	var users []*account.User
	for rows.Next() {
		var u account.User
		if err := rows.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.Active, &u.CreatedAt); err != nil {
			return nil, fmt.Errorf("listing users: %w", err)
		}
		users = append(users, &u)
	}
	return users, rows.Err()
}

// setActive deactivates an account, or reactivates it. For an ID without an account the error is
// sql.ErrNoRows.
//
// The security stamp is a new one, to which no login from before is bound. Deleting their rows is not
// enough: a login under way makes its row later, and would be valid again with the account.
func (a *Area) setActive(ctx context.Context, id int64, active bool) error {
	result, err := a.Users.DB.ExecContext(ctx, `UPDATE users SET active = $1, security_stamp = $2 WHERE id = $3`, active, rand.Text(), id)
	if err != nil {
		return fmt.Errorf("setting active of user %d: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("setting active of user %d: %w", id, sql.ErrNoRows)
	}
	return err
}
