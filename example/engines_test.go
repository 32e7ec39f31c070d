package main

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// eachEngine runs a test on the site as it comes, and as DATABASE_URL and REDIS_URL make it.
func eachEngine(t *testing.T, test func(t *testing.T, newSite func(*testing.T) *site)) {
	t.Helper()
	t.Run("SQLite and cookies", func(t *testing.T) { test(t, newSite) })
	t.Run("PostgreSQL and Redis", func(t *testing.T) { test(t, newSiteOnServers) })
}

// newSiteOnServers makes a site whose engines are servers. It has a schema and a prefix of its own.
func newSiteOnServers(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	onPostgres(t, s)
	onRedis(t, s)
	return s
}

func onPostgres(t *testing.T, s *site) {
	t.Helper()
	address := postgresURL(t)
	db, err := openDatabase(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s.users, s.logins = newUsers(db), newLogins(t, db, engineOf(address))
}

// postgresURL is the address of an empty schema in the server for tests.
func postgresURL(t *testing.T) string {
	t.Helper()
	server := serverURL(t, "DATABASE_URL", "postgres://postgres@127.0.0.1:5432/test")
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

// onRedis has s keep its sessions in Redis, under a prefix of its own.
func onRedis(t *testing.T, s *site) {
	t.Helper()
	s.redis = connectRedis(t, s.keys, "ginlogin_example_test_"+rand.Text()+"_")
}

func connectRedis(t *testing.T, keys [][]byte, prefix string) *redisServer {
	t.Helper()
	server, err := openRedis(serverURL(t, "REDIS_URL", "redis://127.0.0.1:6379/0").String(), keys)
	if err != nil {
		absent(t, "Redis (REDIS_URL)", err)
	}
	server.beneath().SetKeyPrefix(prefix)
	t.Cleanup(func() {
		forgetSessions(t, server.pool, prefix)
		server.pool.Close()
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

// serverURL returns where a server for tests is.
func serverURL(t *testing.T, name, otherwise string) *url.URL {
	t.Helper()
	u, err := url.Parse(or(os.Getenv(name), otherwise))
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

// What a visitor can do is the same on all engines: each statement and each way to keep a session.
func TestEnginesAreAlike(t *testing.T) {
	eachEngine(t, func(t *testing.T, newSite func(*testing.T) *site) {
		s, ada := serveSite(t, newSite(t))
		ada.post("/register", "email="+adaEmail, "name=Ada", "password="+adaPassword).is(422).says("There is an account")
		ada.post("/login", "email="+adaEmail, "password=wrong").is(401)
		ada.get("/settings").leadsTo("/login?next=%2Fsettings")
		ada.get("/login?next=/settings").says("Please log in to access this page.")
		ada.post("/login", "email="+adaEmail, "password="+adaPassword, "remember=1", "next=/settings").leadsTo("/settings")
		ada.get("/settings").is(200).says("Welcome back, Ada Lovelace.")

		token := ada.makeToken("nightly copy")
		wantAda(ada.another().get("/api/me", "Authorization: Bearer "+token))
		ada.get("/tokens").says("nightly copy", "just now")
		ada.post("/tokens/revoke", "id="+ada.tokenIDs()[0]).leadsTo("/tokens")
		ada.another().get("/api/me", "Authorization: Bearer "+token).is(401)

		grace := ada.another()
		grace.post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").leadsTo("/")
		grace.knownAs("Grace")
		grace.post("/register", "email=x").leadsTo("/") // is for guests

		phone := ada.another()
		phone.logIn()
		copied := phone.thief()
		ada.get("/devices").says("This device")
		ada.post("/devices/others").leadsTo("/devices")
		phone.knownAs("")
		copied.knownAs("")

		ada.post("/settings/password", "current_password="+adaPassword, "new_password=difference engine").leadsTo("/settings")
		ada.knownAs("Ada Lovelace")
		ada.closeBrowser()
		ada.knownAs("Ada Lovelace") // remembered
		ada.get("/settings").leadsTo("/reauthenticate?next=%2Fsettings")
		ada.post("/reauthenticate", "password=difference engine").leadsTo("/")
		ada.get("/settings").is(200)

		copied = ada.thief()
		ada.post("/logout").leadsTo("/")
		ada.knownAs("")
		copied.knownAs("")
		grace.knownAs("Grace")

		if _, err := s.users.create(t.Context(), adminEmail, "Root", adminPassword, roleAdmin); err != nil {
			t.Fatal(err)
		}
		admin := ada.another()
		admin.logInAsAdmin()
		admin.follow(admin.post("/admin/deactivate", adas).leadsTo("/admin")).says(adaEmail, "Deactivated")
		ada.post("/login", "email="+adaEmail, "password=difference engine").is(403)
		admin.follow(admin.post("/admin/reactivate", adas).leadsTo("/admin")).saysNot("Deactivated")
		graces, err := s.users.findBy(t.Context(), "email", "grace@example.com")
		if err != nil {
			t.Fatal(err)
		}
		admin.post("/admin/logout", "id="+graces.GetID()).leadsTo("/admin")
		grace.knownAs("")

		first, err := s.users.FindByID(t.Context(), 1)
		if err != nil || first.Email != adaEmail || first.CreatedAt.IsZero() || !first.IsActive() || first.IsAdmin() {
			t.Errorf("found %+v, %v", first, err)
		}
	})
}

// The session cookie ends with the browser wherever the session is.
func TestSessionCookieEndsWithTheBrowser(t *testing.T) {
	eachEngine(t, func(t *testing.T, newSite func(*testing.T) *site) {
		_, v := serveSite(t, newSite(t))
		c := v.post("/login", "email="+adaEmail, "password="+adaPassword).leadsTo("/").setsCookie("session")
		if c.MaxAge != 0 || !c.Expires.IsZero() || !c.Secure || !c.HttpOnly || c.SameSite == 0 || c.Path != "/" {
			t.Errorf("the session cookie is %s", c)
		}
		if c := v.post("/logout").leadsTo("/").setsCookie("session"); c.MaxAge > 0 {
			t.Errorf("after the logout it is %s", c)
		}
	})
}

// Instances that start at once make one schema, and one demo account.
func TestInstancesThatStartAtOnce(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return t.TempDir() + "/test.db" },
		"PostgreSQL": postgresURL,
	} {
		t.Run(name, func(t *testing.T) {
			address := address(t)
			var instances sync.WaitGroup
			for range 8 {
				instances.Go(func() {
					db, err := openDatabase(t.Context(), address)
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					newLogins(t, db, engineOf(address))
					for _, c := range addedColumns {
						if _, err := db.ExecContext(t.Context(), `SELECT `+c.column+` FROM `+c.table); err != nil {
							t.Error(err)
						}
					}
				})
			}
			instances.Wait()
		})
	}
}

// Cookies of the key before are good as long as an instance knows it, and are replaced by such of the
// first key on the way.
func TestKeyRotation(t *testing.T) {
	before, after := bytes.Repeat([]byte("b"), 32), bytes.Repeat([]byte("a"), 32)
	for name, newSite := range map[string]func(*testing.T) *site{"cookies": newSite, "Redis": newSiteOnServers} {
		t.Run(name, func(t *testing.T) {
			var clock clock
			first := newSite(t)
			clock.runs(first)
			withKeys := func(keys ...[]byte) *site {
				s := *first
				s.keys = keys
				if s.redis != nil {
					s.redis = connectRedis(t, keys, "ginlogin_example_test_"+t.Name()+"_")
				}
				return &s
			}
			_, v := serveSite(t, withKeys(before))
			unremembered := v.another()
			unremembered.logIn()
			unremembered.moveTo(withKeys(before, after)).knownAs("Ada Lovelace")
			unremembered.moveTo(withKeys(after, before)).knownAs("Ada Lovelace")
			v.logIn("remember=1")
			rotated := withKeys(after, before)
			v.moveTo(rotated).knownAs("Ada Lovelace")
			v.closeBrowser()
			clock.advance(time.Hour)
			v.moveTo(rotated).knownAs("Ada Lovelace")
			v.moveTo(withKeys(after)).knownAs("Ada Lovelace")
			v.moveTo(withKeys(before)).knownAs("")
		})
	}
}

// In PostgreSQL they do so one after the other.
func TestInstancesWaitForOneAnother(t *testing.T) {
	address := postgresURL(t)
	first, err := openDatabase(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	tx, err := first.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), postgres.lock); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		second, err := openDatabase(t.Context(), address)
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	within30s(t, "the second one waits", func() (waits bool) {
		if err := first.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks
			WHERE locktype = 'advisory' AND NOT granted)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-opened:
			t.Fatalf("the second one has not waited for the first: %v", err)
		default:
		}
		return waits
	})
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A column that is newer than its table is added to it, in PostgreSQL, too.
func TestPostgresTableFromBeforeAColumn(t *testing.T) {
	address := postgresURL(t)
	for range 2 {
		db, err := openDatabase(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		users := newUsers(db)
		if _, err := users.Create(t.Context(), rand.Text()+"@example.com", "Ada", adaPassword); err != nil {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), `ALTER TABLE users DROP COLUMN security_stamp`); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
}

func TestOutageOfRedis(t *testing.T) {
	s := newSite(t)
	onRedis(t, s)
	_, ada := serveSite(t, s)
	ada.logIn("remember=1")
	stranger := ada.another()
	beneath := s.redis.beneath()
	pool := beneath.Pool
	beneath.Pool = &redigo.Pool{Dial: func() (redigo.Conn, error) { return nil, errors.New("connection refused") }}
	for _, path := range []string{"/", "/profile", "/settings"} {
		ada.get(path).is(503).says("Back in a moment").setsNoCookie("session").setsNoCookie("remember_token")
	}
	stranger.get("/").is(200)
	stranger.post("/login", "email="+adaEmail, "password="+adaPassword).is(503).says("nothing has been done")
	beneath.Pool = pool
	ada.knownAs("Ada Lovelace")
	ada.get("/settings").is(200) // as fresh as before: it is the same session
}
