// Package goinglive has the settings of the checklist in docs/security.md in one place.
package goinglive

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/loginsql"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, PasswordHash string
	Banned           bool
}

func (a *Account) GetID() string       { return a.ID }
func (a *Account) IsActive() bool      { return !a.Banned }
func (a *Account) SessionHash() string { return a.PasswordHash }

// Config is what differs between deployments.
type Config struct {
	Keys    [][]byte // openssl rand -base64 32; the new one first
	Proxies []string // before the site, or nil
	DB      *sql.DB
	Dialect loginsql.Dialect
	Audit   *slog.Logger
}

// setUp gives lm and r the settings of a site that is open to the world. It creates the table of logins unless it is
// there, and deletes expired rows every hour until ctx ends.
func setUp(ctx context.Context, cfg Config, lm *ginlogin.LoginManager, r *gin.Engine) error {
	logins := loginsql.New(cfg.DB, cfg.Dialect)
	if err := logins.CreateSchema(ctx); err != nil {
		return err
	}
	go logins.DeleteExpiredEvery(ctx, time.Hour)

	lm.SecretKeys = cfg.Keys
	lm.LoginView, lm.RefreshView = "/login", "/reauthenticate"
	lm.Logins = logins
	lm.IdleTimeout = 2 * time.Hour
	lm.AbsoluteTimeout = 90 * 24 * time.Hour
	lm.FreshFor = 15 * time.Minute
	lm.Remember.Name = "__Host-remember"
	lm.Remember.Duration = 30 * 24 * time.Hour
	lm.AuditLog = cfg.Audit

	r.Use(sessions.Sessions("__Host-session", cookiestore.NewStore(cfg.Keys...)), lm.Middleware())
	return r.SetTrustedProxies(cfg.Proxies)
}

// Site is that site, until ctx ends.
func Site(ctx context.Context, cfg Config, find func(context.Context, string) (*Account, error)) (http.Handler, error) {
	r := gin.New()
	if err := setUp(ctx, cfg, ginlogin.New(find), r); err != nil {
		return nil, err
	}
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hi %s", ginlogin.CurrentUser(c).GetID())
	})
	r.POST("/login", func(c *gin.Context) {
		account, err := find(c.Request.Context(), "ada") // whose password has been verified
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(true))
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	})
	// Before everything else: ginlogin refuses logins and logouts from other sites, and this every other form.
	return http.NewCrossOriginProtection().Handler(r), nil
}

// NewServer returns a server that does not wait for slow clients for ever.
func NewServer(site http.Handler) *http.Server {
	return &http.Server{
		Handler:           site,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
