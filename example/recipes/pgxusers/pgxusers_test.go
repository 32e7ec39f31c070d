package pgxusers

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

// open returns a browser on a site with a schema of its own, which ends with the test.
func open(t *testing.T) *browser.Browser {
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
	if pool, err = pgxpool.NewWithConfig(t.Context(), config); err == nil {
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
	hash, err := password.Hash(t.Context(), "lovelace")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`create schema ` + schemaName, string(schema),
		`insert into users (name, email, password_hash) values ('Ada', 'ada@example.com', '` + hash + `')`} {
		exec(t, statement)
	}
	queries = New(pool)
	return browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
}

func exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func login(b *browser.Browser) string {
	return b.Post("/login", "email", "ada@example.com", "password", "lovelace")
}

func TestAfterALogoutACopyOfTheSessionIsWorthNothing(t *testing.T) {
	b := open(t)
	b.Want(login(b), "303 /")
	copied := b.Another()
	copied.SetCookie("session", b.Cookie("session"))
	copied.Want(copied.Get("/"), "200 Hi Ada")
	b.Want(b.Post("/logout"), "303 /")
	copied.Want(copied.Get("/"), "302 /login?next=%2F")
}

func TestAUserOfPostgreSQLLogsInAndIsGoneWhenDeleted(t *testing.T) {
	b := open(t)
	b.Want(b.Post("/login", "email", "ada@example.com", "password", "byron"), "401 wrong password")
	b.Want(b.Post("/login", "email", "nobody@example.com", "password", "lovelace"), "401 wrong password")
	b.Want(login(b), "303 /")
	b.Want(b.Get("/"), "200 Hi Ada")
	exec(t, `alter table users rename to elsewhere`)
	b.Want(b.Get("/"), "503")
	b.Want(login(b), "503")
	exec(t, `alter table elsewhere rename to users`)
	b.Want(b.Get("/"), "200 Hi Ada")
	exec(t, `delete from users`)
	b.Want(b.Get("/"), "302 /login?next=%2F")
}
