package storetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	gormstore "github.com/gin-contrib/sessions/gorm"
	"github.com/gin-contrib/sessions/memcached"
	"github.com/gin-contrib/sessions/memstore"
	pgstore "github.com/gin-contrib/sessions/postgres"
	redisstore "github.com/gin-contrib/sessions/redis"
	"github.com/glebarez/sqlite"
	"github.com/gomodule/redigo/redis"
	"github.com/memcachier/mc"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// A backend is a store for one test, empty, and what can be done to its server.
// A nil function is what cannot be done to this one.
type backend struct {
	store     sessions.Store
	count     func() int        // the sessions in it
	lose      func()            // all sessions are gone
	cut, mend func()            // an outage begins and ends
	overwrite func(data []byte) // of all sessions
}

// scope names what a test leaves on a server that others use, too.
func scope() string { return "ginlogin_storetest_" + strings.ToLower(rand.Text()[:12]) }

// absent ends a test whose server is not there.
func absent(t *testing.T, server string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed when CI=true: %v", server, err)
	}
	t.Skipf("%s is not there: %v", server, err)
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

// environ returns the URL of a server.
func environ(t *testing.T, name, otherwise string) *url.URL {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		text = otherwise
	}
	return must(url.Parse(text))(t)
}

func openCookie(*testing.T) *backend {
	return &backend{store: cookie.NewStore(site.Key("session"))}
}

func openCookiestore(*testing.T) *backend {
	return &backend{store: cookiestore.NewStore(site.Key("session"))}
}

func openMemstore(*testing.T) *backend {
	store := memstore.NewStore(site.Key("session"))
	// It tells nobody how many it has, and forgets them only with the process.
	inner := func(s memstore.Store) reflect.Value { return reflect.ValueOf(s).Elem().FieldByName("MemStore") }
	return &backend{
		store: store,
		count: func() int { return inner(store).Elem().FieldByName("cache").Elem().FieldByName("data").Len() },
		lose: func() {
			restarted := memstore.NewStore(site.Key("session"))
			restarted.Options(ginlogin.SessionOptions())
			inner(store).Set(inner(restarted))
		},
	}
}

func openRedis(t *testing.T) *backend {
	server := environ(t, "REDIS_URL", "redis://127.0.0.1:6379/0")
	direct, err := redis.DialURL(server.String())
	if err != nil {
		absent(t, "Redis (REDIS_URL)", err)
	}
	t.Cleanup(func() { direct.Close() })
	prefix := scope() + "_"
	keys := func() []any {
		return must(redis.Values(direct.Do("KEYS", prefix+"*")))(t)
	}
	lose := func() {
		if found := keys(); len(found) > 0 {
			must(direct.Do("DEL", found...))(t)
		}
	}
	t.Cleanup(lose)

	wire := newProxy(t, server.Host)
	password, _ := server.User.Password()
	database := strings.TrimPrefix(server.Path, "/")
	store, err := redisstore.NewStoreWithDB(4, "tcp", wire.address, server.User.Username(), password, database, site.Key("session"))
	if err == nil {
		err = redisstore.SetKeyPrefix(store, prefix)
	}
	if err != nil {
		t.Fatal(err)
	}
	rs := must(redisstore.GetRedisStore(store))(t)
	t.Cleanup(func() { rs.Close() })
	return &backend{
		store: store, cut: wire.cut, mend: wire.mend,
		count: func() int { return len(keys()) }, lose: lose,
		overwrite: func(data []byte) {
			for _, k := range keys() {
				must(direct.Do("SET", k, data))(t)
			}
		},
	}
}

func quiet() *gorm.Config { return &gorm.Config{Logger: logger.Discard} }

func openGormSQLite(t *testing.T) *backend {
	file := filepath.Join(t.TempDir(), "sessions.db")
	file += "?_pragma=busy_timeout(0)&_pragma=synchronous(0)"
	db := must(gorm.Open(sqlite.Open(file), quiet()))(t)
	pool := must(db.DB())(t)
	pool.SetMaxOpenConns(1) // so that requests wait for each other
	t.Cleanup(func() { pool.Close() })

	// Whoever holds an exclusive lock on the file keeps everybody out.
	other := must(sql.Open(sqlite.DriverName, file))(t)
	t.Cleanup(func() { other.Close() })
	locker := must(other.Conn(context.Background()))(t)
	run := func(statement string) func() {
		return func() { must(locker.ExecContext(context.Background(), statement))(t) }
	}
	return &backend{
		store: gormstore.NewStore(db, false, site.Key("session")),
		cut:   run("BEGIN EXCLUSIVE"), mend: run("ROLLBACK"),
		count: counter(t, other, "sessions"), lose: loser(t, other, "sessions"),
	}
}

func openGormPostgres(t *testing.T) *backend {
	direct, dsn, wire := openSchema(t)
	db := must(gorm.Open(gormpostgres.Open(dsn), quiet()))(t)
	pool := must(db.DB())(t)
	t.Cleanup(func() { pool.Close() })
	return &backend{
		store: gormstore.NewStore(db, false, site.Key("session")),
		cut:   wire.cut, mend: wire.mend,
		count: counter(t, direct, "sessions"), lose: loser(t, direct, "sessions"),
	}
}

func openPostgres(t *testing.T) *backend {
	direct, dsn, wire := openSchema(t)
	pool := must(sql.Open("postgres", dsn))(t)
	pool.SetMaxOpenConns(8)
	t.Cleanup(func() { pool.Close() })
	return &backend{
		store: must(pgstore.NewStore(pool, site.Key("session")))(t),
		cut:   wire.cut, mend: wire.mend,
		count: counter(t, direct, "http_sessions"), lose: loser(t, direct, "http_sessions"),
	}
}

// openSchema makes a schema for one test. It returns a direct way to it and, for
// the store, a URL that leads through a wire which can be cut.
func openSchema(t *testing.T) (direct *sql.DB, dsn string, wire *proxy) {
	t.Helper()
	server := environ(t, "POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable&synchronous_commit=off")
	schema := scope()
	query := server.Query()
	query.Set("search_path", schema)
	server.RawQuery = query.Encode()
	direct = must(sql.Open("postgres", server.String()))(t)
	t.Cleanup(func() { direct.Close() })
	if err := direct.Ping(); err != nil {
		absent(t, "PostgreSQL (POSTGRES_URL)", err)
	}
	must(direct.Exec("CREATE SCHEMA " + schema))(t)
	t.Cleanup(func() { must(direct.Exec("DROP SCHEMA " + schema + " CASCADE"))(t) })
	wire = newProxy(t, server.Host)
	server.Host = wire.address
	return direct, server.String(), wire
}

func counter(t *testing.T, db *sql.DB, table string) func() int {
	return func() (n int) {
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func loser(t *testing.T, db *sql.DB, table string) func() {
	return func() { must(db.Exec("DELETE FROM " + table))(t) }
}

func openMemcached(t *testing.T) *backend {
	return openMemcache(t, func(address, prefix string) (sessions.Store, func()) {
		client := memcache.New(address)
		client.Timeout = 5 * time.Second // half a second is little on a busy machine
		return memcached.NewStore(client, prefix, site.Key("session")), func() { client.Close() }
	})
}

func openMemcachedBinary(t *testing.T) *backend {
	return openMemcache(t, func(address, prefix string) (sessions.Store, func()) {
		config := mc.DefaultConfig()
		config.RetryDelay, config.Failover = time.Millisecond, false // else it rests for a minute after a failure
		client := mc.NewMCwithConfig(address, "", "", config)
		return memcached.NewMemcacheStore(client, prefix, site.Key("session")), func() {} // its Quit can hang
	})
}

func openMemcache(t *testing.T, open func(address, prefix string) (sessions.Store, func())) *backend {
	address := os.Getenv("MEMCACHED_ADDR")
	if address == "" {
		address = startMemcached(t)
	}
	conn, err := dial(address)
	if err != nil {
		absent(t, "memcached (MEMCACHED_ADDR)", err)
	}
	t.Cleanup(func() { conn.Close() })
	prefix := scope() + "_"
	direct := memcache.New(address)
	lines := bufio.NewReader(conn)
	lose := func() {
		for _, k := range memcachedKeys(t, conn, lines, prefix) {
			if err := direct.Delete(k); err != nil && !errors.Is(err, memcache.ErrCacheMiss) {
				t.Fatal(err)
			}
		}
	}
	t.Cleanup(lose)

	wire := newProxy(t, address)
	store, closeStore := open(wire.address, prefix)
	t.Cleanup(closeStore)
	return &backend{
		store: store, cut: wire.cut, mend: wire.mend,
		count: func() int { return len(memcachedKeys(t, conn, lines, prefix)) }, lose: lose,
	}
}

// startMemcached starts a server for one test, on a socket in a directory: a free
// port might be somebody else's by the time the server asks for it.
func startMemcached(t *testing.T) string {
	t.Helper()
	binary, err := exec.LookPath("memcached")
	if err != nil {
		absent(t, "memcached (neither MEMCACHED_ADDR nor the binary)", err)
	}
	dir := must(os.MkdirTemp("", "memcached"))(t) // t.TempDir is too long for a socket
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "socket")
	args := []string{"-s", socket, "-m", "16", "-t", "1"}
	if os.Getuid() == 0 {
		args = append(args, "-u", "nobody")
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(binary, args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := dial(socket)
		if err == nil {
			conn.Close()
			return socket
		}
		if time.Now().After(deadline) {
			t.Fatal("memcached does not start: ", err)
		}
	}
}

// dial connects to a host and port, or to a socket in the file system.
func dial(address string) (net.Conn, error) {
	if strings.HasPrefix(address, "/") {
		return net.Dial("unix", address)
	}
	return net.Dial("tcp", address)
}

// memcachedKeys returns the keys with that prefix that have not expired.
func memcachedKeys(t *testing.T, conn net.Conn, lines *bufio.Reader, prefix string) (keys []string) {
	t.Helper()
	for again := true; ; {
		if again {
			must(fmt.Fprint(conn, "lru_crawler metadump hash\r\n"))(t)
		}
		line := strings.TrimSpace(must(lines.ReadString('\n'))(t))
		again = strings.HasPrefix(line, "BUSY")
		switch {
		case again:
			time.Sleep(10 * time.Millisecond)
		case line == "END":
			return keys
		case strings.HasPrefix(line, "key="+prefix):
			fields := strings.Fields(line)
			expires, _ := strconv.ParseInt(strings.TrimPrefix(fields[1], "exp="), 10, 64)
			if expires == -1 || expires > time.Now().Unix() { // -1 is never
				keys = append(keys, strings.TrimPrefix(fields[0], "key="))
			}
		case !strings.HasPrefix(line, "key="):
			t.Fatalf("memcached says %q", line)
		}
	}
}
