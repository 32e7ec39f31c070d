// Command example is a small site with accounts: the model of an app on ginlogin.
//
//	go run ./example
//
// It needs no set-up. Its database and its secret key are files that it makes in the working
// directory on the first start. These environment variables change what it does:
//
//	ADDR              where it listens; 127.0.0.1:8080
//	DATABASE_URL      its database, a SQLite file; example.db
//	INSECURE_COOKIES  1 lets browsers log in over plain HTTP from other machines too
//	IDLE_TIMEOUT      ends a login that is not used, unless it is remembered; 2h
//	ABSOLUTE_TIMEOUT  ends a login, remembered or not; 720h
//	FRESH_FOR         how long the settings are open without another look at the password; 30m
//
// Start reading at site.go: it has the routes, and everything that ginlogin is told.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/loginsql"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal ends the site gently, a second one at once
	if err := run(ctx, os.Getenv, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// secretKeyFile is where the secret key is kept, in the working directory.
const secretKeyFile = "secret.key"

// run is the program: it serves the site until ctx ends.
func run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	key, err := loadSecretKey(secretKeyFile)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, or(getenv("DATABASE_URL"), "example.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	logins := loginsql.New(db, loginsql.SQLite)
	if err := logins.CreateSchema(ctx); err != nil {
		return err
	}
	times, err := loadTimeouts(getenv)
	if err != nil {
		return err
	}
	users := &Users{db: db}
	demo, err := users.demoAccount(ctx)
	if err != nil {
		return err
	}
	if getenv(gin.EnvGinMode) == "" {
		gin.SetMode(gin.ReleaseMode) // else Gin lists every route
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	s := &site{
		users:         users,
		logins:        logins,
		timeouts:      times,
		guesses:       newThrottle(),
		keys:          [][]byte{key},
		secureCookies: getenv("INSECURE_COOKIES") != "1",
		log:           os.Stderr,
		logger:        logger,
		audit:         logger.With("log", "audit"),
	}
	listener, err := net.Listen("tcp", or(getenv("ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return fmt.Errorf("%w (ADDR sets another address)", err)
	}
	keyPath, err := filepath.Abs(secretKeyFile)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { deleteExpired(ctx, logins, time.Hour, logger) })
	defer background.Wait() // before the database is closed
	defer stop()

	fmt.Fprintf(out, "secret key: %s (keep it, and keep it to yourself)\n", keyPath)
	fmt.Fprintf(out, "demo account: %s\n", demo)
	fmt.Fprintf(out, "listening on http://%s\n", reachable(listener.Addr()))
	return serve(ctx, listener, s.handler())
}

// serve answers requests until ctx ends, then lets those under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler,
		// Without limits of time, a client that never finishes its request keeps it open for ever.
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return fmt.Errorf("shutting down: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reachable returns an address that a browser on this machine can open.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return address.String()
}

// or returns value, or fallback if there is none.
func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
