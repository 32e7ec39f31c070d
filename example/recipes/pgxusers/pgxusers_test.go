package pgxusers

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// connect opens a schema of its own, which ends with the test.
func connect(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := os.Getenv("POSTGRES_URL")
	if url == "" {
		url = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	schemaName := fmt.Sprint("recipe_pgxusers_", os.Getpid())
	config.ConnConfig.RuntimeParams["search_path"] = schemaName
	config.MaxConns = 1 // logins that kept a connection would leave none to the queries
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err == nil {
		err = pool.Ping(t.Context())
	}
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("PostgreSQL is not there: %v", err)
	}
	t.Cleanup(pool.Close)
	t.Cleanup(func() { _, _ = pool.Exec(context.Background(), `drop schema `+schemaName+` cascade`) })
	schema, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`create schema ` + schemaName, string(schema),
		`insert into accounts (email, password_hash) values ('ada@example.com', '')`} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return pool
}

func newSite(t *testing.T, pool *pgxpool.Pool) *gin.Engine {
	t.Helper()
	site, err := Site(t.Context(), pool, []byte("a secret key of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func TestAfterALogoutACopyOfTheSessionIsWorthNothing(t *testing.T) {
	b := browser.OpenAs(t, newSite(t, connect(t)), &User{Account: Account{ID: 1}})
	copied := b.Another()
	copied.SetCookie("session", b.Cookie("session"))
	copied.Want(copied.Get("/"), "200 Hi ada@example.com")
	b.Want(b.Post("/logout"), "303 /")
	copied.Want(copied.Get("/"), "302 /login?next=%2F")
}

func TestAUserOfPostgreSQLIsLoadedAndGoneWhenDeleted(t *testing.T) {
	pool := connect(t)
	ada := &User{Account: Account{ID: 1}}
	b := browser.OpenAs(t, newSite(t, pool), ada)
	change := func(statement string) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	b.Want(b.Get("/"), "200 Hi ada@example.com")
	change(`alter table accounts rename to elsewhere`)
	b.Want(b.Get("/"), "503")
	change(`alter table elsewhere rename to accounts`)
	b.Want(b.Get("/"), "200 Hi ada@example.com")
	change(`delete from accounts`)
	b.Want(b.Get("/"), "302 /login?next=%2F")
}
