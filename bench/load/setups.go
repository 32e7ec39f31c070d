package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
)

// A setup is a way to run the example.
type setup struct {
	name      string
	instances int
	behind    bool // a proxy
	soaks     bool
	env       []string
}

// allSetups returns those whose servers are there, and which are not.
func allSetups(ctx context.Context, p plan, dir string) (setups []setup, closeServers func(), missing error) {
	key := make([]byte, 32)
	rand.Read(key)
	keys := "SECRET_KEYS=" + hex.EncodeToString(key)
	setups = []setup{{name: "one, on SQLite and cookies", instances: 1, soaks: true, env: []string{keys}}}
	if p.alone {
		return setups, func() {}, nil
	}

	redis, stopRedis, err := startRedis(ctx, dir)
	if err != nil {
		return setups, func() {}, fmt.Errorf("redis-server: %w", err)
	}
	postgres, dropSchema, err := makeSchema(ctx)
	if err != nil {
		stopRedis()
		return setups, func() {}, fmt.Errorf("PostgreSQL: %w", err)
	}
	env := []string{keys, "DATABASE_URL=" + postgres, "REDIS_URL=" + redis}
	return append(setups,
			setup{name: "one, on PostgreSQL and Redis, behind a proxy", instances: 1, behind: true, env: env},
			setup{name: "three, on PostgreSQL and Redis, behind a proxy", instances: 3, behind: true, env: env},
		), func() {
			stopRedis()
			dropSchema()
		}, nil
}

// startRedis starts a server of our own: what it holds is lost with it.
func startRedis(ctx context.Context, dir string) (address string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	server := exec.CommandContext(ctx, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir)
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}
	if err := answers(ctx, "127.0.0.1:"+port); err != nil {
		stop()
		return "", nil, err
	}
	return "redis://127.0.0.1:" + port + "/0", stop, nil
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// answers waits for a server to be there.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		if !sleepUntil(ctx, time.Now().Add(20*time.Millisecond)) {
			return err
		}
	}
}

// makeSchema returns the address of an empty database.
func makeSchema(ctx context.Context) (address string, drop func(), err error) {
	u, err := url.Parse(cmp.Or(os.Getenv("POSTGRES_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"))
	if err != nil {
		return "", nil, errors.New("POSTGRES_URL is no URL")
	}
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return "", nil, err
	}
	schema := "ginlogin_load_" + strings.ToLower(rand.Text()[:8])
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		return "", nil, errors.Join(err, db.Close())
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String(), func() {
		if _, err := db.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			progress("load: the schema %s stays: %v", schema, err)
		}
		db.Close()
	}, nil
}
