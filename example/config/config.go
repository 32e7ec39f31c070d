// Package config reads the environment variables, which README.md lists, and the secret key.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/ginlogin/ginlogin/example/demo"
	"github.com/ginlogin/ginlogin/example/rules"
)

// Config is what the environment variables say.
type Config struct {
	Address, MetricsAddress string
	Database, Redis         string
	Keys                    [][]byte // sign the cookies; none: see FindKeys
	AdminPassword           string   // none: a random one
	Proxies                 []string // whose X-Forwarded-For is believed
	Origins                 []string // where passkeys work; none: on localhost
	SecureCookies           bool
	Timeouts                Timeouts
	OpenID                  OpenID
	Mail                    Mail
	DeviceBound             time.Duration // how long a copy of the cookies is good elsewhere; 0: for ever
	ShutdownDelay           time.Duration
	LogFormat               string
}

// Load reads the environment. Its error names everything that is wrong there, and no secret.
func Load(getenv func(string) string) (Config, error) {
	c := Config{
		Address:        cmp.Or(getenv("ADDR"), "127.0.0.1:8080"),
		MetricsAddress: getenv("METRICS_ADDR"),
		AdminPassword:  getenv("ADMIN_PASSWORD"),
		Database:       cmp.Or(getenv("DATABASE_URL"), "example.db"),
		Redis:          getenv("REDIS_URL"),
		SecureCookies:  getenv("INSECURE_COOKIES") != "1",
		LogFormat:      cmp.Or(getenv("LOG_FORMAT"), "text"),
	}
	var errs [10]error
	c.Keys, errs[0] = parseSecretKeys(getenv("SECRET_KEYS"))
	c.Proxies, errs[1] = parseProxies(getenv("TRUSTED_PROXIES"))
	c.Timeouts, errs[2] = loadTimeouts(getenv)
	c.ShutdownDelay, errs[3] = duration("SHUTDOWN_DELAY", getenv("SHUTDOWN_DELAY"), 0)
	c.DeviceBound, errs[9] = duration("DEVICE_BOUND", getenv("DEVICE_BOUND"), 0)
	if c.LogFormat != "text" && c.LogFormat != "json" {
		errs[4] = fmt.Errorf("LOG_FORMAT: %q is neither text nor json", c.LogFormat)
	}
	if c.AdminPassword != "" {
		if problem := rules.Password(c.AdminPassword, demo.AdminEmail); problem != "" {
			errs[5] = fmt.Errorf("ADMIN_PASSWORD: %s", problem)
		}
	}
	c.Origins, errs[6] = parseOrigins(getenv("SITE_URL"), getenv("PASSKEY_ORIGINS"))
	c.OpenID, errs[7] = loadOpenID(getenv)
	c.Mail, errs[8] = loadMail(getenv)
	return c, errors.Join(errs[:]...)
}

// NewLogger returns the log, in the format that LOG_FORMAT names.
func (c Config) NewLogger(w io.Writer) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// parseProxies reads addresses and networks, separated by commas. They decide whose
// X-Forwarded-For is believed, so an ambiguous network is refused.
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
