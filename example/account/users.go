package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/rules"
	"github.com/ginlogin/ginlogin/password"
)

var (
	// ErrEmailTaken is what Create returns for an address that has an account.
	ErrEmailTaken = errors.New("there is an account with this e-mail address")
	// ErrWrongCredentials is what Authenticate returns for a wrong address or password.
	ErrWrongCredentials = errors.New("wrong e-mail address or password")
)

//go:embed schema.sql
var tables string

// Schema is the users' table. CREATE TABLE IF NOT EXISTS adds no column to an existing table.
var Schema = database.Schema{Tables: tables, Added: []database.Column{
	{Table: "users", Name: "security_stamp", Definition: "TEXT NOT NULL DEFAULT ''"},
	{Table: "users", Name: "role", Definition: "TEXT NOT NULL DEFAULT 'member'"},
	{Table: "users", Name: "active", Definition: "BOOLEAN NOT NULL DEFAULT TRUE"},
	// Accounts from before links are taken at their word: see links.Links.restart.
	{Table: "users", Name: "email_verified", Definition: "BOOLEAN NOT NULL DEFAULT TRUE"},
	{Table: "users", Name: "links_used", Definition: "BIGINT NOT NULL DEFAULT 0"},
}}

// Users keeps the accounts in a database.
type Users struct {
	DB *sql.DB

	// Newcomers hashes the passwords of new accounts. Logins have another hasher: otherwise they would
	// wait behind a flood of registrations from many networks. This one uses one core at most.
	Newcomers *password.Hasher
}

// NewUsers returns the accounts in db, whose tables Schema describes.
func NewUsers(db *sql.DB) *Users {
	us := &Users{DB: db, Newcomers: password.New()}
	us.Newcomers.Concurrency = 1
	return us
}

// FindByID returns the user with the ID. It is the user loader, which ginlogin calls at most once per
// request. If there is no such user the error is sql.ErrNoRows, which ends the login; any other error
// is an outage, and ends nothing.
func (us *Users) FindByID(ctx context.Context, id int64) (*User, error) {
	return us.findBy(ctx, "id", id)
}

// FindByEmail is FindByID for an address as rules.NormalizeEmail returns it.
func (us *Users) FindByEmail(ctx context.Context, email string) (*User, error) {
	return us.findBy(ctx, "email", email)
}

func (us *Users) findBy(ctx context.Context, column string, value any) (*User, error) {
	u, err := scanUser(us.DB.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE `+column+` = $1`, value))
	if err != nil {
		return nil, fmt.Errorf("finding a user by %s: %w", column, err)
	}
	return u, nil
}

const userColumns = `id, email, name, password_hash, security_stamp, role, active, created_at, email_verified, links_used`

// scanUser reads the userColumns of a row.
func scanUser(row interface{ Scan(...any) error }) (*User, error) {
	var u User
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.passwordHash, &u.securityStamp, &u.Role, &u.Active, &u.CreatedAt,
		&u.EmailVerified, &u.LinksUsed)
	return &u, err
}

// Authenticate returns the user with this e-mail address and password, or ErrWrongCredentials.
func (us *Users) Authenticate(ctx context.Context, email, plain string) (*User, error) {
	u := &User{}
	// Without a valid e-mail address there is no account, and no query is needed.
	if email = rules.NormalizeEmail(email); rules.Email(email) == "" {
		found, err := us.FindByEmail(ctx, email)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if err == nil {
			u = found
		}
	}
	// Verified against an empty hash if there is no such account: that takes as long, so that the time
	// of the answer does not reveal who has an account.
	renew, err := password.Verify(ctx, u.passwordHash, plain)
	if errors.Is(err, password.ErrMismatch) {
		return nil, ErrWrongCredentials
	}
	if err != nil {
		return nil, fmt.Errorf("verifying the password of user %d: %w", u.ID, err)
	}
	if renew {
		// The parameters of the hash have changed since. If this fails, the login still succeeds; the
		// next login tries again.
		_ = us.renewHash(ctx, u, plain)
	}
	return u, nil
}

// Create makes an account, or returns ErrEmailTaken.
func (us *Users) Create(ctx context.Context, email, name, plain string) (*User, error) {
	return us.CreateWithRole(ctx, email, name, plain, RoleMember)
}

// CreateWithRole is Create for a user of another role than RoleMember.
func (us *Users) CreateWithRole(ctx context.Context, email, name, plain, role string) (*User, error) {
	email = rules.NormalizeEmail(email)
	_, err := us.FindByEmail(ctx, email)
	if err == nil {
		return nil, ErrEmailTaken // the visitor learns this anyway, so save the hash
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	hash, err := us.Newcomers.Hash(ctx, plain)
	if err != nil {
		return nil, fmt.Errorf("creating a user: %w", err)
	}
	u := &User{
		Email: email, Name: name, Role: role, Active: true,
		passwordHash: hash, securityStamp: rand.Text(),
	}
	// Two registrations of one address at once both find it free. Only the database can decide.
	err = us.DB.QueryRowContext(ctx, `
		INSERT INTO users (email, name, password_hash, security_stamp, role, email_verified) VALUES ($1, $2, $3, $4, $5, FALSE)
		ON CONFLICT (email) DO NOTHING
		RETURNING id, created_at`, u.Email, u.Name, u.passwordHash, u.securityStamp, u.Role).Scan(&u.ID, &u.CreatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrEmailTaken
	}
	if err != nil {
		return nil, fmt.Errorf("creating a user: %w", err)
	}
	return u, nil
}

// SetPassword gives u a new password, and a new security stamp with it: the logins from before end.
// If the password or the address has been changed since u was read, the error is ErrWrongCredentials, and
// the other change stands.
func (us *Users) SetPassword(ctx context.Context, u *User, plain string) error {
	hash, err := password.Hash(ctx, plain)
	if err != nil {
		return fmt.Errorf("setting the password of user %d: %w", u.ID, err)
	}
	stamp := rand.Text()
	result, err := us.DB.ExecContext(ctx, `
		UPDATE users SET password_hash = $1, security_stamp = $2 WHERE id = $3 AND security_stamp = $4 AND email = $5`,
		hash, stamp, u.ID, u.securityStamp, u.Email)
	if err != nil {
		return fmt.Errorf("setting the password of user %d: %w", u.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrWrongCredentials, err)
	}
	u.passwordHash, u.securityStamp = hash, stamp
	return nil
}

// renewHash stores a new hash of u's password. The password does not change, so the security stamp
// stays.
func (us *Users) renewHash(ctx context.Context, u *User, plain string) error {
	hash, err := password.Hash(ctx, plain)
	if err != nil {
		return err
	}
	_, err = us.DB.ExecContext(ctx, `
		UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, hash, u.ID, u.passwordHash)
	return err
}
