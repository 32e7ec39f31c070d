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

type Account struct {
	ID           int64
	Email        string
	PasswordHash string
}

const getAccount = `-- name: GetAccount :one
select id, email, password_hash from accounts where id = $1
`

func (q *Queries) GetAccount(ctx context.Context, id int64) (Account, error) {
	row := q.db.QueryRow(ctx, getAccount, id)
	var i Account
	err := row.Scan(&i.ID, &i.Email, &i.PasswordHash)
	return i, err
}
