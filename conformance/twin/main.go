// Twin is the app of the conformance contract on Gin and ginlogin; see package app, which is the app itself.
//
//	go build -o twin ./conformance/twin
//	PORT=8080 ORACLE_CONFIG='{"login_view": "/login-page"}' ./twin
//
// It listens on 127.0.0.1 and takes no arguments. ORACLE_CONFIG is the configuration that CONTRACT.md describes, as
// JSON; none means all defaults, an unknown key ends the program with an error. SIGTERM ends it.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/conformance/twin/app"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	port := os.Getenv("PORT")
	if port == "" {
		return errors.New("twin: PORT is not set")
	}
	config, err := app.ParseConfig([]byte(os.Getenv("ORACLE_CONFIG")))
	if err != nil {
		return err
	}
	handler, err := app.New(config)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", port),
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
