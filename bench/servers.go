package main

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/gin-contrib/sessions"
	redisstore "github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	"github.com/gomodule/redigo/redis"
)

// servers are what is there of what is not in this process.
type servers struct {
	redis       sessions.Store
	sqlite      *rows
	postgres    *rows
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
	return append(races, rowsRace(s))
}

func waiting(e *entrant) *entrant {
	e.waits = true
	return e
}
