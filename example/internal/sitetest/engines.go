package sitetest

import (
	"cmp"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/ginlogin/ginlogin/example/sessionstore"
)

// EachEngine runs a test on the site as it comes, and as DATABASE_URL and REDIS_URL make it.
func EachEngine(t *testing.T, test func(t *testing.T, newSite func(*testing.T) *Site)) {
	t.Helper()
	t.Run("SQLite and cookies", func(t *testing.T) { test(t, New) })
	t.Run("PostgreSQL and Redis", func(t *testing.T) { test(t, NewOnServers) })
}

// NewOnServers makes a site whose engines are servers. It has a schema and a prefix of its own.
func NewOnServers(t *testing.T) *Site {
	t.Helper()
	s := on(t, PostgresURL(t))
	OnRedis(t, s)
	return s
}

// PostgresURL is the address of an empty schema in the server for tests.
func PostgresURL(t *testing.T) string {
	t.Helper()
	server := ServerURL(t, "DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
	direct, err := sql.Open("pgx", server.String())
	if err == nil {
		err = direct.PingContext(t.Context())
	}
	if err != nil {
		absent(t, "PostgreSQL (DATABASE_URL)", err)
	}
	name := "ginlogin_example_" + strings.ToLower(rand.Text()[:12])
	if _, err := direct.ExecContext(t.Context(), `CREATE SCHEMA `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := direct.Exec(`DROP SCHEMA ` + name + ` CASCADE`); err != nil {
			t.Error(err)
		}
		direct.Close()
	})
	query := server.Query()
	query.Set("search_path", name)
	server.RawQuery = query.Encode()
	return server.String()
}

// OnRedis has s keep its sessions in Redis, under a prefix of its own.
func OnRedis(t *testing.T, s *Site) {
	t.Helper()
	s.Redis = ConnectRedis(t, s.Config.Keys, "ginlogin_example_test_"+rand.Text()+"_")
}

// ConnectRedis connects to the server for tests.
func ConnectRedis(t *testing.T, keys [][]byte, prefix string) *sessionstore.Redis {
	t.Helper()
	server, err := sessionstore.OpenRedis(ServerURL(t, "REDIS_URL", "redis://127.0.0.1:6379/0").String(), keys)
	if err != nil {
		absent(t, "Redis (REDIS_URL)", err)
	}
	server.Beneath().SetKeyPrefix(prefix)
	t.Cleanup(func() {
		forgetSessions(t, server.Pool, prefix)
		server.Pool.Close()
	})
	return server
}

// forgetSessions deletes what is under a prefix, and returns how many there were.
func forgetSessions(t *testing.T, pool *redigo.Pool, prefix string) int {
	t.Helper()
	conn := pool.Get()
	defer conn.Close()
	keys, err := redigo.Values(conn.Do("KEYS", prefix+"*"))
	if err == nil && len(keys) > 0 {
		_, err = conn.Do("DEL", keys...)
	}
	if err != nil {
		t.Error(err)
	}
	return len(keys)
}

// ServerURL returns where a server for tests is.
func ServerURL(t *testing.T, name, otherwise string) *url.URL {
	t.Helper()
	u, err := url.Parse(cmp.Or(os.Getenv(name), otherwise))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// absent ends a test whose server is not there.
func absent(t *testing.T, server string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed when CI=true: %v", server, err)
	}
	t.Skipf("%s is not there: %v", server, err)
}
