package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gin-contrib/sessions"
	redisstore "github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	"github.com/gomodule/redigo/redis"
	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	_ "modernc.org/sqlite"             // SQLite

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/loginsql"
)

// servers are what is there of what is not in this process.
type servers struct {
	redis       sessions.Store
	sqlite      ginlogin.LoginStore
	postgres    ginlogin.LoginStore
	unavailable []string // which of them is not there, and why
	cleanUp     []func()
}

func openServers() (*servers, func()) {
	s := &servers{}
	for _, server := range []struct {
		name string
		open func() error
	}{{"Redis", s.openRedis}, {"SQLite", s.openSQLite}, {"PostgreSQL", s.openPostgres}} {
		if err := server.open(); err != nil {
			s.unavailable = append(s.unavailable, fmt.Sprintf("%s: %v", server.name, err))
		}
	}
	return s, func() {
		for _, clean := range s.cleanUp {
			clean()
		}
	}
}

// trace names what is left on a server while the races run.
func trace() string { return "ginlogin_bench_" + strings.ToLower(rand.Text()[:8]) }

func (s *servers) openRedis() error {
	server, err := url.Parse(cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379/0"))
	if err != nil {
		return err
	}
	password, _ := server.User.Password()
	store, err := redisstore.NewStoreWithDB(10, "tcp", server.Host, server.User.Username(), password, strings.TrimPrefix(server.Path, "/"), secret)
	if err != nil {
		return err
	}
	prefix := trace() + "_"
	if err := redisstore.SetKeyPrefix(store, prefix); err != nil {
		return err
	}
	s.redis = secured(store)
	s.cleanUp = append(s.cleanUp, func() {
		if err := deleteKeys(server.String(), prefix); err != nil {
			fmt.Fprintln(os.Stderr, "bench: keys stay in Redis:", err)
		}
	})
	return nil
}

func deleteKeys(server, prefix string) error {
	conn, err := redis.DialURL(server)
	if err != nil {
		return err
	}
	defer conn.Close()
	for cursor := "0"; ; {
		var keys []any
		found, err := redis.Values(conn.Do("SCAN", cursor, "MATCH", prefix+"*", "COUNT", 1000))
		if err != nil {
			return err
		}
		if _, err := redis.Scan(found, &cursor, &keys); err != nil {
			return err
		}
		if len(keys) > 0 {
			if _, err := conn.Do("DEL", keys...); err != nil {
				return err
			}
		}
		if cursor == "0" {
			return nil
		}
	}
}

func (s *servers) openSQLite() error {
	dir, err := os.MkdirTemp("", "ginlogin_bench")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "logins.db")
	s.sqlite, err = s.openRows("sqlite", file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)", loginsql.SQLite)
	s.cleanUp = append(s.cleanUp, func() { os.RemoveAll(dir) })
	return err
}

func (s *servers) openPostgres() (err error) {
	server := cmp.Or(os.Getenv("POSTGRES_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	s.postgres, err = s.openRows("pgx", server, loginsql.PostgreSQL)
	return err
}

func (s *servers) openRows(driver, source string, dialect loginsql.Dialect) (ginlogin.LoginStore, error) {
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	rows := loginsql.New(db, dialect)
	rows.Table = trace()
	if err := rows.CreateSchema(context.Background()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.cleanUp = append(s.cleanUp, func() {
		_, err := db.Exec("DROP TABLE " + rows.Table)
		if err = errors.Join(err, db.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "bench: a table stays:", err)
		}
	})
	return rows, nil
}

// serverRaces are those that need a server, without those whose server is not there.
func serverRaces(s *servers) []*race {
	var races []*race
	if s.redis != nil {
		onRedis := func() gin.HandlerFunc { return sessions.Sessions(cookie, s.redis) }
		raceOn := func(title string, k kind) *race {
			return &race{title: title, entrants: []*entrant{
				waiting(k(newHandRolledSite(handRedis, onRedis(), content{}))),
				waiting(k(newGinloginSite(onRedisStore, onRedis(), content{}))),
			}}
		}
		races = append(races, raceOn(theServers, authenticated), raceOn(theRedisLogin, login))
	}
	rows := &race{title: theRows, entrants: []*entrant{authenticated(builders[onOurs](content{}))}}
	for _, with := range []struct {
		name  string
		store ginlogin.LoginStore
	}{{withMemoryRows, loginmem.New()}, {withSQLiteRows, s.sqlite}, {withPostgreRows, s.postgres}} {
		if with.store != nil {
			e := authenticated(newGinloginSite(with.name, onCookiestore(), content{},
				func(lm *ginlogin.LoginManager) { lm.Logins = with.store }))
			e.waits = with.name == withPostgreRows
			rows.entrants = append(rows.entrants, e)
		}
	}
	return append(races, rows)
}

func waiting(e *entrant) *entrant {
	e.waits = true
	return e
}
