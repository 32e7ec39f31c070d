package pgxusers

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// This file is written by hand, in the shape that sqlc gives query.sql with sql_package "pgx/v5".

type DBTX interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}

func New(db DBTX) *Queries { return &Queries{db: db} }

type Queries struct{ db DBTX }

type User struct {
	ID           int64
	Name         string
	Email        string
	PasswordHash string
}

const getUser = `-- name: GetUser :one
select id, name, email, password_hash from users where id = $1
`

func (q *Queries) GetUser(ctx context.Context, id int64) (User, error) {
	row := q.db.QueryRow(ctx, getUser, id)
	var i User
	err := row.Scan(&i.ID, &i.Name, &i.Email, &i.PasswordHash)
	return i, err
}

const getUserByEmail = `-- name: GetUserByEmail :one
select id, name, email, password_hash from users where email = $1
`

func (q *Queries) GetUserByEmail(ctx context.Context, email string) (User, error) {
	row := q.db.QueryRow(ctx, getUserByEmail, email)
	var i User
	err := row.Scan(&i.ID, &i.Name, &i.Email, &i.PasswordHash)
	return i, err
}
