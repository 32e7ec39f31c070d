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
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/glebarez/sqlite"
	"github.com/go-pg/pg/v10"
	_ "github.com/go-sql-driver/mysql"
	"github.com/gomodule/redigo/redis"
	pgx4 "github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
	"github.com/ginlogin/ginlogin/storetest/users/internal/ent"
)

// An account is a user of the app.
type account struct {
	ginlogin.UserMixin `gorm:"-" bun:"-" db:"-" bson:"-"`
	ID                 string
}

func (a *account) GetID() string { return a.ID }

// A finder reads the ID of a user out of a table. The ID is a string or a number.
type finder func(ctx context.Context, table string, id any) (string, error)

// A library finds users in a database. A table that is not there has no name.
type library struct {
	name string
	// open connects to a database with users 1 and 2 in a table. end ends the
	// connection.
	open func(t *testing.T) (find finder, table string, end func())
}

var postgres = []library{
	{"database/sql with pgx", inPostgres("pgx", ofSQL)},
	{"database/sql with pq", inPostgres("postgres", ofSQL)},
	{"sqlx", inPostgres("pgx", func(db *sql.DB) finder {
		x := sqlx.NewDb(db, "pgx")
		return func(ctx context.Context, table string, id any) (found string, err error) {
			return found, x.GetContext(ctx, &found, "SELECT id::text FROM "+table+" WHERE id = $1", id)
		}
	})},
	{"bun", inPostgres("pgx", func(db *sql.DB) finder {
		b := bun.NewDB(db, pgdialect.New())
		return func(ctx context.Context, table string, id any) (found string, err error) {
			return found, b.NewSelect().ColumnExpr("id::text").Table(table).Where("id = ?", id).Scan(ctx, &found)
		}
	})},
	{"pgx", func(t *testing.T) (finder, string, func()) {
		table := newTable(t, "pgx", postgresURL(t), "INTEGER")
		pool := must(pgxpool.New(t.Context(), postgresURL(t)))(t)
		t.Cleanup(pool.Close)
		return func(ctx context.Context, table string, id any) (found string, err error) {
			return found, pool.QueryRow(ctx, "SELECT id::text FROM "+table+" WHERE id = $1", id).Scan(&found)
		}, table, pool.Close
	}},
	{"pgx before 5", func(t *testing.T) (finder, string, func()) {
		table := newTable(t, "pgx", postgresURL(t), "INTEGER")
		conn := must(pgx4.Connect(t.Context(), postgresURL(t)))(t)
		end := func() { conn.Close(context.Background()) }
		t.Cleanup(end)
		return func(ctx context.Context, table string, id any) (found string, err error) {
			return found, conn.QueryRow(ctx, "SELECT id::text FROM "+table+" WHERE id = $1", id).Scan(&found)
		}, table, end
	}},
	{"go-pg", func(t *testing.T) (finder, string, func()) {
		table := newTable(t, "pgx", postgresURL(t), "INTEGER")
		db := pg.Connect(must(pg.ParseURL(postgresURL(t)))(t))
		end := func() { db.Close() }
		t.Cleanup(end)
		return func(ctx context.Context, table string, id any) (found string, err error) {
			_, err = db.QueryOneContext(ctx, pg.Scan(&found), "SELECT id::text FROM "+table+" WHERE id = ?", id)
			return found, err
		}, table, end
	}},
	{"GORM in PostgreSQL", func(t *testing.T) (finder, string, func()) {
		table := newTable(t, "pgx", postgresURL(t), "INTEGER")
		return ofGORM(t, gormpostgres.Open(postgresURL(t)), table)
	}},
}

var others = []library{
	{"database/sql in SQLite", func(t *testing.T) (finder, string, func()) {
		return inSQL(t, "sqlite", filepath.Join(t.TempDir(), "users.db"), ofSQL)
	}},
	{"database/sql in MariaDB", func(t *testing.T) (finder, string, func()) {
		return inSQL(t, "mysql", cmp.Or(os.Getenv("MYSQL_URL"), "root@tcp(127.0.0.1:3306)/test"), ofSQL)
	}},
	{"GORM in SQLite", func(t *testing.T) (finder, string, func()) {
		file := filepath.Join(t.TempDir(), "users.db")
		table := newTable(t, "sqlite", file, "INTEGER")
		return ofGORM(t, sqlite.Open(file), table)
	}},
	{"go-redis", ofGoRedis},
	{"redigo", ofRedigo},
	{"rueidis", ofRueidis},
	{"MongoDB", ofMongo},
	{"ent", ofEnt},
}

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

func inPostgres(driver string, of func(db *sql.DB) finder) func(t *testing.T) (finder, string, func()) {
	return func(t *testing.T) (finder, string, func()) { return inSQL(t, driver, postgresURL(t), of) }
}

func inSQL(t *testing.T, driver, source string, of func(db *sql.DB) finder) (finder, string, func()) {
	table := newTable(t, driver, source, "INTEGER")
	db := must(sql.Open(driver, source))(t)
	end := func() { db.Close() }
	t.Cleanup(end)
	return of(db), table, end
}

func ofSQL(db *sql.DB) finder {
	placeholder := "$1"
	if strings.Contains(fmt.Sprintf("%T", db.Driver()), "MySQL") {
		placeholder = "?"
	}
	return func(ctx context.Context, table string, id any) (found string, err error) {
		return found, db.QueryRowContext(ctx, "SELECT id FROM "+table+" WHERE id = "+placeholder, id).Scan(&found)
	}
}

func ofGORM(t *testing.T, dialect gorm.Dialector, table string) (finder, string, func()) {
	db := must(gorm.Open(dialect, &gorm.Config{Logger: logger.Discard}))(t)
	pool := must(db.DB())(t)
	end := func() { pool.Close() }
	t.Cleanup(end)
	return func(ctx context.Context, table string, id any) (string, error) {
		var found account
		err := db.WithContext(ctx).Table(table).Select("CAST(id AS TEXT) AS id").Where("id = ?", id).Take(&found).Error
		return found.ID, err
	}, table, end
}

// In Redis a table is a prefix of keys. Under that of a missing one there is a list.
func ofGoRedis(t *testing.T) (finder, string, func()) {
	client := goredis.NewClient(must(goredis.ParseURL(redisURL()))(t))
	end := func() { client.Close() }
	t.Cleanup(end)
	return func(ctx context.Context, table string, id any) (string, error) {
		return client.Get(ctx, fmt.Sprint(table, ":", id)).Result()
	}, usersInRedis(t), end
}

func ofRedigo(t *testing.T) (finder, string, func()) {
	conn := must(redis.DialURL(redisURL()))(t)
	end := func() { conn.Close() }
	t.Cleanup(end)
	return func(_ context.Context, table string, id any) (string, error) {
		return redis.String(conn.Do("GET", fmt.Sprint(table, ":", id)))
	}, usersInRedis(t), end
}

func ofRueidis(t *testing.T) (finder, string, func()) {
	prefix := usersInRedis(t)
	option := must(rueidis.ParseURL(redisURL()))(t)
	option.DisableCache = true // which older servers do not know
	client := must(rueidis.NewClient(option))(t)
	t.Cleanup(client.Close)
	return func(ctx context.Context, table string, id any) (string, error) {
		return client.Do(ctx, client.B().Get().Key(fmt.Sprint(table, ":", id)).Build()).ToString()
	}, prefix, client.Close
}

func redisURL() string { return cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379") }

func usersInRedis(t *testing.T) (prefix string) {
	t.Helper()
	conn, err := redis.DialURL(redisURL())
	if err != nil {
		absent(t, "Redis (REDIS_URL)", err)
	}
	prefix = scope()
	keys := []any{prefix + ":1", prefix + ":2", "missing_" + prefix + ":1"}
	t.Cleanup(func() {
		_, err := conn.Do("DEL", keys...)
		if err = errors.Join(err, conn.Close()); err != nil {
			t.Error(err)
		}
	})
	must(conn.Do("MSET", keys[0], "1", keys[1], "2"))(t)
	must(conn.Do("RPUSH", keys[2], "1"))(t)
	return prefix
}

// Debian has no server of MongoDB. The driver can decode a document without one,
// and an outage needs none.
func ofMongo(t *testing.T) (finder, string, func()) {
	client := must(mongo.Connect(options.Client().ApplyURI("mongodb://127.0.0.1:1").SetServerSelectionTimeout(50 * time.Millisecond)))(t)
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	const users = "users"
	ended := false
	result := func(ctx context.Context, collection string, id any) *mongo.SingleResult {
		switch {
		case ended || collection != users:
			return client.Database("test").Collection(collection).FindOne(ctx, bson.M{"_id": id})
		case id == 3:
			return mongo.NewSingleResultFromDocument(bson.M{}, mongo.ErrNoDocuments, nil)
		}
		return mongo.NewSingleResultFromDocument(bson.M{"_id": fmt.Sprint(id)}, nil, nil)
	}
	return func(ctx context.Context, collection string, id any) (string, error) {
		var found struct {
			ID string `bson:"_id"`
		}
		err := result(ctx, collection, id).Decode(&found)
		return found.ID, err
	}, users, func() { ended = true }
}

// ent's queries are generated, see there. This one returns what they return.
func ofEnt(t *testing.T) (finder, string, func()) {
	find, table, end := inSQL(t, "sqlite", filepath.Join(t.TempDir(), "users.db"), ofSQL)
	return func(ctx context.Context, table string, id any) (string, error) {
		found, err := find(ctx, table, id)
		if errors.Is(err, sql.ErrNoRows) {
			err = ent.NotFound("user")
		}
		return found, err
	}, table, end
}
