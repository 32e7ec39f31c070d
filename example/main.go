// Command example is a small site with accounts: the model of an app on ginlogin.
//
//	go run ./example
//
// It needs no set-up: it makes its database and its secret key, files in the working directory, at
// the first start, and prints how to log in, as a member and as an administrator. README.md lists its
// environment variables and its routes.
//
// Start reading at site.go: it has the routes and all settings of ginlogin.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	"github.com/ginlogin/ginlogin/throttle"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal ends the site gently, a second one at once
	if err := run(ctx, os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// secretKeyFile is where the secret key is kept, in the working directory.
const secretKeyFile = "secret.key"

// run is the program: it serves the site until ctx ends.
func run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	config, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	logger := config.newLogger(os.Stderr)
	slog.SetDefault(logger) // for the packages that we use
	if getenv(gin.EnvGinMode) == "" {
		gin.SetMode(gin.ReleaseMode) // else Gin lists every route
	}
	where, err := config.findKeys()
	if err != nil {
		return err
	}
	s, err := openSite(ctx, config, logger)
	if err != nil {
		return err
	}
	defer s.close()
	demo, err := s.users.demoAccount(ctx)
	if err != nil {
		return err
	}
	listener, err := listen("ADDR", config.address)
	if err != nil {
		return err
	}
	defer listener.Close()
	untilServed, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	defer background.Wait() // before the database is closed
	defer stop()
	if config.metricsAddress != "" {
		if err := s.serveMetrics(untilServed, &background, config.metricsAddress, out); err != nil {
			return err
		}
	}
	admin, err := s.demoAdmin(ctx, config.adminPassword) // here, where nothing can keep us from printing it
	if err != nil {
		return err
	}
	background.Go(func() { deleteExpired(untilServed, s.logins, time.Hour, logger) })

	fmt.Fprintf(out, "secret key: %s\n", where)
	fmt.Fprintf(out, "demo account: %s\n", demo)
	fmt.Fprintf(out, "admin account: %s\n", admin)
	config.tellOfSafari(out)
	fmt.Fprintf(out, "listening on http://%s\n", reachable(listener.Addr()))
	return serve(s.health.delay(ctx, config.shutdownDelay), listener, s.handler())
}

// findKeys sees to it that there are secret keys, and tells where they are from.
func (c *config) findKeys() (where string, err error) {
	if len(c.keys) > 0 {
		return "from SECRET_KEYS", nil
	}
	c.keys, where, err = keysFromFile()
	return where, err
}

func (c *config) tellOfSafari(out io.Writer) {
	if c.secureCookies {
		fmt.Fprintln(out, "Safari keeps no Secure cookies over HTTP: INSECURE_COOKIES=1. For your phone: ADDR=:8080 INSECURE_COOKIES=1")
	}
}

// serveMetrics serves the metrics at an address of their own, in the background.
func (s *site) serveMetrics(ctx context.Context, background *sync.WaitGroup, address string, out io.Writer) error {
	listener, err := listen("METRICS_ADDR", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "metrics: http://%s/metrics\n", reachable(listener.Addr()))
	s.metrics = newMetrics()
	background.Go(func() {
		if err := serve(ctx, listener, s.metrics.handler()); err != nil {
			s.logger.Error("serving metrics", "error", err)
		}
	})
	return nil
}

// openSite connects a site to its engines.
func openSite(ctx context.Context, c config, logger *slog.Logger) (_ *site, err error) {
	e := engineOf(c.database)
	db, err := openDatabase(ctx, c.database)
	if err != nil {
		return nil, err
	}
	s := &site{
		users:         newUsers(db),
		logins:        loginsql.New(db, e.dialect),
		timeouts:      c.timeouts,
		now:           time.Now,
		guesses:       throttle.New(),
		health:        &health{logger: logger, engines: []probe{{e.name, db.PingContext}}},
		keys:          c.keys,
		secureCookies: c.secureCookies,
		proxies:       c.proxies,
		logger:        logger,
		audit:         logger.With("log", "audit"),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.logins.CreateSchema(ctx); err != nil {
		return nil, err
	}
	if c.redis == "" {
		return s, nil
	}
	if s.redis, err = openRedis(c.redis, c.keys); err != nil {
		return nil, err
	}
	s.health.engines = append(s.health.engines, probe{"Redis", s.redis.ping})
	return s, nil
}

// close ends the connections to the engines.
func (s *site) close() {
	s.users.db.Close()
	if s.redis != nil {
		s.redis.pool.Close()
	}
}

// keysFromFile returns the key in the key file, and where that is.
func keysFromFile() (keys [][]byte, where string, err error) {
	key, err := loadSecretKey(secretKeyFile)
	if err != nil {
		return nil, "", err
	}
	path, err := filepath.Abs(secretKeyFile)
	return [][]byte{key}, path + " (keep it, and keep it to yourself)", err
}

// listen opens the address that a variable has.
func listen(variable, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w (%s sets another address)", err, variable)
	}
	return listener, nil
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
