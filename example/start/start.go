// Package start runs the example: it reads the environment, opens the site, and serves it until the program is told
// to stop.
package start

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/openid"
	"github.com/ginlogin/ginlogin/example/operations"
	"github.com/ginlogin/ginlogin/example/site"
)

// Run serves the site until ctx ends. out gets what a person has to know: passwords, mails, the address.
func Run(ctx context.Context, getenv func(string) string, out io.Writer) error {
	c, err := config.Load(getenv)
	if err != nil {
		return err
	}
	log := c.NewLogger(os.Stderr)
	slog.SetDefault(log) // for the packages that we use
	if getenv(gin.EnvGinMode) == "" {
		gin.SetMode(gin.ReleaseMode) // else Gin lists every route
	}
	where, err := c.FindKeys()
	if err != nil {
		return err
	}
	s, err := site.Open(ctx, c, log)
	if err != nil {
		return err
	}
	defer s.Close()
	listener, err := operations.Listen("ADDR", c.Address)
	if err != nil {
		return err
	}
	defer listener.Close()
	here := "http://" + operations.Reachable(listener.Addr())
	s.Config.Mail.Site = cmp.Or(c.Mail.Site, here)
	untilServed, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	defer background.Wait() // before the database is closed
	defer stop()
	if c.MetricsAddress != "" {
		s.Metrics = operations.NewMetrics()
		if err := s.Metrics.Serve(untilServed, &background, c.MetricsAddress, log, out); err != nil {
			return err
		}
	}
	// Here, where nothing can keep us from printing the passwords.
	if err := s.Demo.Make(ctx, c.AdminPassword, out); err != nil {
		return err
	}
	background.Go(func() { operations.DeleteExpired(untilServed, s.Logins, time.Hour, log) })
	sender := c.Mail.Sender(out)
	background.Go(func() { s.Mails.Run(untilServed, sender) })
	if c.OpenID.Demo {
		log.Warn(openid.DemoWarning)
	}
	greet(out, c, where, here)
	return operations.Serve(s.Health.Delay(ctx, c.ShutdownDelay), listener, s.Handler())
}

func greet(out io.Writer, c config.Config, where, here string) {
	fmt.Fprintf(out, "secret key: %s\n", where)
	if c.SecureCookies {
		fmt.Fprintln(out, "Safari keeps no Secure cookies over HTTP: INSECURE_COOKIES=1. For your phone: ADDR=:8080 INSECURE_COOKIES=1")
	}
	fmt.Fprintf(out, "listening on %s\n", here)
}
