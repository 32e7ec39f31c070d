// Package tokens has the API tokens of the users: the page where they are made and revoked, and the API that
// they open.
package tokens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/rules"
)

// Token is an API token as its owner sees it on the page: all but the secret.
type Token struct {
	ID       string
	Name     string
	Created  time.Time
	LastUsed time.Time // zero before the first use; exact to a minute
}

// maxTokens bounds how many tokens one user can store.
const maxTokens = 20

var (
	errTooManyTokens = errors.New("the user has reached the limit of tokens")
	errTokenNotFound = errors.New("the user has no such token")
)

// New gives u another API token. This is the only time that the token can be seen: the database keeps its
// hash, so a thief of the database has no tokens. A plain SHA-256 is enough, because a random token, unlike
// a password, cannot be guessed.
func (t *Tokens) New(ctx context.Context, u *account.User, name string) (string, error) {
	tx, err := t.DB.BeginTx(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("making a token of user %d: %w", u.ID, err)
	}
	defer tx.Rollback()
	token, err := add(ctx, tx, u, name)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return "", fmt.Errorf("making a token of user %d: %w", u.ID, err)
	}
	return token, nil
}

func add(ctx context.Context, tx *sql.Tx, u *account.User, name string) (string, error) {
	// This locks the user's row until the end of the transaction: of two requests at once, the second one
	// counts the token of the first. SQLite's transactions wait for each other anyway.
	if _, err := tx.ExecContext(ctx, `UPDATE users SET active = active WHERE id = $1`, u.ID); err != nil {
		return "", err
	}
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM api_tokens WHERE user_id = $1`, u.ID).Scan(&have); err != nil {
		return "", err
	}
	if have >= maxTokens {
		return "", errTooManyTokens
	}
	token := "gx_" + rand.Text()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO api_tokens (id, user_id, name, hash, created) VALUES ($1, $2, $3, $4, $5)`,
		rand.Text(), u.ID, name, hashToken(token), time.Now().Unix())
	return token, err
}

// List returns the tokens of u, the newest first.
func (t *Tokens) List(ctx context.Context, u *account.User) ([]Token, error) {
	rows, err := t.DB.QueryContext(ctx, `
		SELECT id, name, created, last_used FROM api_tokens WHERE user_id = $1 ORDER BY created DESC, id`, u.ID)
	if err != nil {
		return nil, fmt.Errorf("listing the tokens of user %d: %w", u.ID, err)
	}
	defer rows.Close()
	var found []Token
	for rows.Next() {
		var token Token
		var created, lastUsed int64
		if err := rows.Scan(&token.ID, &token.Name, &created, &lastUsed); err != nil {
			return nil, fmt.Errorf("listing the tokens of user %d: %w", u.ID, err)
		}
		token.Created = time.Unix(created, 0).UTC()
		if lastUsed != 0 {
			token.LastUsed = time.Unix(lastUsed, 0).UTC()
		}
		found = append(found, token)
	}
	return found, rows.Err()
}

// Find returns a token of u, or errTokenNotFound.
func (t *Tokens) Find(ctx context.Context, u *account.User, id string) (Token, error) {
	found, err := t.List(ctx, u)
	if err != nil {
		return Token{}, err
	}
	if i := slices.IndexFunc(found, func(token Token) bool { return token.ID == id }); i >= 0 {
		return found[i], nil
	}
	return Token{}, errTokenNotFound
}

// Revoke ends a token of u, or returns errTokenNotFound.
func (t *Tokens) Revoke(ctx context.Context, u *account.User, id string) error {
	if !rules.IsText(id) {
		return errTokenNotFound // PostgreSQL takes no such text
	}
	result, err := t.DB.ExecContext(ctx, `DELETE FROM api_tokens WHERE id = $1 AND user_id = $2`, id, u.ID)
	if err != nil {
		return fmt.Errorf("revoking a token of user %d: %w", u.ID, err)
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = errTokenNotFound
	}
	return err
}

// Owner returns the user who has the API token, or sql.ErrNoRows.
func (t *Tokens) Owner(ctx context.Context, token string) (*account.User, error) {
	hash := hashToken(token)
	var id, lastUsed int64
	row := t.DB.QueryRowContext(ctx, `SELECT user_id, last_used FROM api_tokens WHERE hash = $1`, hash)
	if err := row.Scan(&id, &lastUsed); err != nil {
		return nil, fmt.Errorf("finding a user by a token: %w", err)
	}
	if err := t.noteUse(ctx, hash, lastUsed, time.Now().Unix()); err != nil {
		return nil, err
	}
	return t.Users.FindByID(ctx, id)
}

// noteUse records that a token is used, once a minute and not at every request of a busy program.
func (t *Tokens) noteUse(ctx context.Context, hash string, before, now int64) error {
	if now-before < 60 {
		return nil
	}
	_, err := t.DB.ExecContext(ctx, `UPDATE api_tokens SET last_used = $1 WHERE hash = $2`, now, hash)
	if err != nil {
		return fmt.Errorf("noting the use of a token: %w", err)
	}
	return nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
