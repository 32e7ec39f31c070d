// Command example is a small site with accounts: the model of an app on ginlogin.
//
//	go run ./example
//
// It needs no set-up: it makes its database and its secret key, files in the working directory, at
// the first start, and prints how to log in, as a member and as an administrator. README.md lists its
// environment variables.
//
// Go on reading in site/site.go: it has the routes and all settings of ginlogin, and a map of the folders.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ginlogin/ginlogin/example/start"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal ends the site gently, a second one at once
	if err := start.Run(ctx, os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
