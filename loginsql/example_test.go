package loginsql_test

import (
	"context"
	"database/sql"
	"log"
	"os"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginsql"
)

type account struct {
	ginlogin.UserMixin
	ID string
}

func (a *account) GetID() string { return a.ID }

func findAccount(context.Context, string) (*account, error) { return nil, ginlogin.ErrUserNotFound }

func Example() {
	ctx := context.Background()
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL")) // import _ "github.com/jackc/pgx/v5/stdlib"
	if err != nil {
		log.Fatal(err)
	}
	logins := loginsql.New(db, loginsql.PostgreSQL)
	if err := logins.CreateSchema(ctx); err != nil {
		log.Fatal(err)
	}
	go logins.DeleteExpiredEvery(ctx, time.Hour)

	lm := ginlogin.New(findAccount)
	lm.Logins = logins
}
