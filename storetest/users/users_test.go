package users

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// An account is a user of the app.
type account struct {
	ginlogin.UserMixin `gorm:"-" bun:"-" db:"-" bson:"-"`
	ID                 string
}

func (a *account) GetID() string { return a.ID }

func TestAUserWhoIsNotThereIsNoOutage(t *testing.T) {
	for _, l := range append(postgres, others...) {
		t.Run(l.name, func(t *testing.T) {
			find, table, end := l.open(t)
			for _, row := range []struct {
				name, table, id, want string
			}{
				{"a user", table, "1", "200 user 1"},
				{"another one", table, "2", "200 user 2"},
				{"none", table, "3", "200 nobody"},
				{"a table that is not there", "missing_" + table, "1", "503"},
			} {
				site.Wants(t, row.name, whoIs(t, row.id, ginlogin.IntID(numbers(find, row.table))), row.want)
				site.Wants(t, row.name+", wrapped", whoIs(t, row.id, ginlogin.IntID(wrapped(numbers(find, row.table)))), row.want)
			}
			end()
			site.Wants(t, "a user in an outage", whoIs(t, "1", ginlogin.IntID(numbers(find, table))), "503")
			site.Wants(t, "none in an outage", whoIs(t, "3", ginlogin.IntID(numbers(find, table))), "503")
		})
	}
}

// IDs became numbers, or UUIDs, or smaller numbers: what is in the sessions from
// before is no ID any more.
func TestAnIDThatPostgresRefusesIsNoOutage(t *testing.T) {
	for _, l := range postgres {
		t.Run(l.name, func(t *testing.T) {
			find, table, end := l.open(t)
			uuids := newTable(t, "pgx", postgresURL(t), "UUID")
			for _, row := range []struct {
				name, table, id string
			}{
				{"a name among numbers", table, "ada"},
				{"no ID among numbers", table, " "},
				{"a UUID among numbers", table, "2f1c3c0e-9a1f-4e2b-8d3e-0d9c0b7a6f5e"},
				{"a number that is too large", table, "99999999999"},
				{"a number among UUIDs", uuids, "1"},
				{"a name among UUIDs", uuids, "ada"},
			} {
				site.Wants(t, row.name, whoIs(t, row.id, texts(find, row.table)), "200 nobody")
			}
			end()
			site.Wants(t, "a name in an outage", whoIs(t, "ada", texts(find, table)), "503")
		})
	}
}

// pgx refuses a number that is too large for its column itself, by an error
// without SQLSTATE. IntID of the column's type asks for no such number.
func TestANumberOfTheTypeOfItsColumnIsNeverTooLarge(t *testing.T) {
	for _, l := range postgres {
		t.Run(l.name, func(t *testing.T) {
			find, table, _ := l.open(t)
			load := ginlogin.IntID(func(ctx context.Context, id int32) (*account, error) { return accountOf(find(ctx, table, id)) })
			site.Wants(t, "user", whoIs(t, "99999999999", load), "200 nobody")
		})
	}
}

func numbers(find finder, table string) func(context.Context, int) (*account, error) {
	return func(ctx context.Context, id int) (*account, error) { return accountOf(find(ctx, table, id)) }
}

func texts(find finder, table string) func(context.Context, string) (*account, error) {
	return func(ctx context.Context, id string) (*account, error) { return accountOf(find(ctx, table, id)) }
}

func wrapped(load func(context.Context, int) (*account, error)) func(context.Context, int) (*account, error) {
	return func(ctx context.Context, id int) (*account, error) {
		u, err := load(ctx, id)
		if err != nil {
			err = fmt.Errorf("users: find %d: %w", id, err)
		}
		return u, err
	}
}

func accountOf(id string, err error) (*account, error) {
	if err != nil {
		return nil, err
	}
	return &account{ID: id}, nil
}

// whoIs logs a browser in with an ID, and returns who it is in the next request.
func whoIs(t *testing.T, id string, load func(context.Context, string) (*account, error)) string {
	t.Helper()
	lm := ginlogin.New(load)
	lm.SecretKeys = [][]byte{site.Key("remember")}
	engine := site.Engine(cookiestore.Sessions("session", cookiestore.NewStore(site.Key("session"))), lm.Middleware())
	engine.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, &account{ID: id}); err != nil {
			t.Error(err)
		}
	})
	engine.GET("/", func(c *gin.Context) {
		switch u, err := ginlogin.LoadUser(c); {
		case err != nil:
			c.Status(http.StatusServiceUnavailable)
		case u.IsAnonymous():
			c.String(http.StatusOK, " nobody")
		default:
			c.String(http.StatusOK, " user "+u.GetID())
		}
	})
	b := site.Serve(t, engine).Browser()
	b.Do("POST", "/login")
	res := b.Do("GET", "/")
	return strconv.Itoa(res.StatusCode) + res.Text
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// absent ends a test whose server is not there.
func absent(t *testing.T, server string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed when CI=true: %v", server, err)
	}
	t.Skipf("%s is not there: %v", server, err)
}

func scope() string { return "ginlogin_users_" + strings.ToLower(rand.Text()[:12]) }

func postgresURL(t *testing.T) string {
	return cmp.Or(os.Getenv("POSTGRES_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
}

// newTable makes a table for this test. If its IDs are numbers, it has users 1 and
// 2.
func newTable(t *testing.T, driver, source, idType string) string {
	t.Helper()
	db := must(sql.Open(driver, source))(t)
	if err := db.Ping(); err != nil {
		absent(t, driver, err)
	}
	table := scope()
	t.Cleanup(func() {
		_, err := db.Exec("DROP TABLE " + table)
		if err = errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	statements := []string{"CREATE TABLE " + table + " (id " + idType + " PRIMARY KEY)"}
	if idType == "INTEGER" {
		statements = append(statements, "INSERT INTO "+table+" VALUES (1), (2)")
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return table
}
