package main

import (
	"context"
	"database/sql"
	"fmt"
)

// What administrators do with accounts.

// List returns up to n users in the order of their IDs, beginning after the one with that ID.
func (us *Users) List(ctx context.Context, after int64, n int) ([]*User, error) {
	rows, err := us.db.QueryContext(ctx, `
		SELECT `+userColumns+` FROM users WHERE id > $1 ORDER BY id LIMIT $2`, after, n)
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	defer rows.Close()
	var users []*User
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, fmt.Errorf("listing users: %w", err)
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

// SetActive deactivates an account, or reactivates it. The error of an ID that is nobody's is
// sql.ErrNoRows.
func (us *Users) SetActive(ctx context.Context, id int64, active bool) error {
	result, err := us.db.ExecContext(ctx, `UPDATE users SET active = $1 WHERE id = $2`, active, id)
	if err != nil {
		return fmt.Errorf("setting active of user %d: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("setting active of user %d: %w", id, sql.ErrNoRows)
	}
	return err
}
