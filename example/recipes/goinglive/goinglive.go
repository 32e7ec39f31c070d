// Package goinglive has the settings of the checklist in docs/security.md in one place.
package goinglive

import (
	"context"
	"database/sql"
	"log"
	"log/slog"
	"net/http"
	"os"
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
	ID, Name, Email, PasswordHash string
	Banned                        bool
}

func (a *Account) GetID() string       { return a.ID }
func (a *Account) IsActive() bool      { return !a.Banned }
func (a *Account) SessionHash() string { return a.PasswordHash }

// findByID and db are those of the site.
var (
	findByID func(ctx context.Context, id string) (*Account, error)
	db       *sql.DB
)

// newSite creates the table of logins unless it is there, and deletes expired rows every hour.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	r := gin.New()

	logins := loginsql.New(db, loginsql.SQLite) // or PostgreSQL, MySQL
	if err := logins.CreateSchema(context.Background()); err != nil {
		log.Fatal(err)
	}
	go logins.DeleteExpiredEvery(context.Background(), time.Hour)

	lm.SecretKeys = [][]byte{key}
	lm.LoginView, lm.RefreshView = "/login", "/reauthenticate"
	lm.Logins = logins
	lm.IdleTimeout = 2 * time.Hour
	lm.AbsoluteTimeout = 90 * 24 * time.Hour
	lm.FreshFor = 15 * time.Minute
	lm.Remember.Name = "__Host-remember"
	lm.Remember.Duration = 30 * 24 * time.Hour
	lm.AuditLog = slog.New(slog.NewJSONHandler(os.Stdout, nil))

	_ = r.SetTrustedProxies(nil) // or the addresses of your proxies
	r.Use(sessions.Sessions("__Host-session", cookiestore.NewStore(key)), lm.Middleware())

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hi %s", ginlogin.CurrentUser(c).GetID())
	})
	r.POST("/login", func(c *gin.Context) {
		account, err := findByID(c.Request.Context(), "ada") // whose password has been verified
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(true))
		}
		if err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	})
	return r
}

// newServer returns a server that does not wait for slow clients for ever.
func newServer(address string, site http.Handler) *http.Server {
	return &http.Server{
		Addr:              address,
		Handler:           site,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}
