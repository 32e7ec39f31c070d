package users

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/go-pg/pg/v10"
	"github.com/gomodule/redigo/redis"
	pgx4 "github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jmoiron/sqlx"
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

	"github.com/ginlogin/ginlogin/storetest/users/internal/ent"
)

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
