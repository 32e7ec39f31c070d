package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// config is what the environment variables say, which README.md lists.
type config struct {
	address, metricsAddress string
	database, redis         string
	keys                    [][]byte // none: the key file has it
	adminPassword           string   // none: a random one
	proxies                 []string
	secureCookies           bool
	timeouts                timeouts
	shutdownDelay           time.Duration
	logFormat               string
}

// loadConfig reads the environment. Its error names everything that is wrong there, and no secret.
func loadConfig(getenv func(string) string) (config, error) {
	c := config{
		address:        or(getenv("ADDR"), "127.0.0.1:8080"),
		metricsAddress: getenv("METRICS_ADDR"),
		adminPassword:  getenv("ADMIN_PASSWORD"),
		database:       or(getenv("DATABASE_URL"), "example.db"),
		redis:          getenv("REDIS_URL"),
		secureCookies:  getenv("INSECURE_COOKIES") != "1",
		logFormat:      or(getenv("LOG_FORMAT"), "text"),
	}
	var errs [6]error
	c.keys, errs[0] = parseSecretKeys(getenv("SECRET_KEYS"))
	c.proxies, errs[1] = parseProxies(getenv("TRUSTED_PROXIES"))
	c.timeouts, errs[2] = loadTimeouts(getenv)
	c.shutdownDelay, errs[3] = duration("SHUTDOWN_DELAY", getenv("SHUTDOWN_DELAY"), 0)
	if c.logFormat != "text" && c.logFormat != "json" {
		errs[4] = fmt.Errorf("LOG_FORMAT: %q is neither text nor json", c.logFormat)
	}
	if c.adminPassword != "" {
		if problem := checkPassword(c.adminPassword, firstAdmin); problem != "" {
			errs[5] = fmt.Errorf("ADMIN_PASSWORD: %s", problem)
		}
	}
	return c, errors.Join(errs[:]...)
}

// newLogger returns the log of everything, in the format that was asked for.
func (c config) newLogger(w io.Writer) *slog.Logger {
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// parseProxies reads addresses and networks, separated by commas. Whom we trust decides which
// X-Forwarded-For we believe, so a network that says one thing and means another is refused.
func parseProxies(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	proxies := strings.Split(text, ",")
	for i, proxy := range proxies {
		proxy = strings.TrimSpace(proxy)
		prefix, err := netip.ParsePrefix(proxy)
		_, notAddress := netip.ParseAddr(proxy)
		switch {
		case err != nil && notAddress != nil:
			return nil, fmt.Errorf("TRUSTED_PROXIES: %q is no address and no network: write them as 10.0.0.0/8,192.0.2.1", proxy)
		case err == nil && prefix != prefix.Masked():
			return nil, fmt.Errorf("TRUSTED_PROXIES: %s has bits beyond its length: is %s meant?", proxy, prefix.Masked())
		}
		proxies[i] = proxy
	}
	return proxies, nil
}

// parseURL is url.Parse, whose error repeats the address: there may be a password in it.
func parseURL(variable, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is no URL: write / in a password as %%2F, @ as %%40, : as %%3A and %% as %%25", variable)
	}
	return u, nil
}

func withoutPassword(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "the database"
}
