package site

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/acting"
	"github.com/ginlogin/ginlogin/example/admin"
	"github.com/ginlogin/ginlogin/example/config"
	"github.com/ginlogin/ginlogin/example/database"
	"github.com/ginlogin/ginlogin/example/demo"
	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/links"
	"github.com/ginlogin/ginlogin/example/mail"
	"github.com/ginlogin/ginlogin/example/openid"
	"github.com/ginlogin/ginlogin/example/operations"
	"github.com/ginlogin/ginlogin/example/passkeys"
	"github.com/ginlogin/ginlogin/example/secondfactor"
	"github.com/ginlogin/ginlogin/example/sessionstore"
	"github.com/ginlogin/ginlogin/example/tokens"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/loginsql"
	"github.com/ginlogin/ginlogin/throttle"
)

// Schemas are the tables of all features.
var Schemas = []database.Schema{
	account.Schema, tokens.Schema, passkeys.Schema, openid.Schema, secondfactor.Schema, acting.Schema, links.Schema,
}

// Site is what the pages share.
type Site struct {
	Config  config.Config
	DB      *sql.DB
	Users   *account.Users
	Logins  *loginsql.Store
	Redis   *sessionstore.Redis // has the sessions, unless it is nil
	Guesses *throttle.Throttle
	Mails   *mail.Queue
	Demo    *demo.Accounts
	Health  *operations.Health
	Metrics *operations.Metrics
	Log     *slog.Logger     // every request, and what goes wrong
	Audit   *slog.Logger     // logins, logouts and failed attempts
	Now     func() time.Time // time.Now, but in tests of the timeouts

	// Handler makes the features.
	passwords *guessing.Guard
	tokens    *tokens.Tokens
	passkeys  *passkeys.Passkeys
	openid    *openid.OpenID
	links     *links.Links
	admin     *admin.Area
	factor    *secondfactor.Factor
	acting    *acting.Acting
}

// Open connects a site to its engines.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (_ *Site, err error) {
	db, err := database.Open(ctx, c.Database, Schemas...)
	if err != nil {
		return nil, err
	}
	engine := database.EngineOf(c.Database)
	s := New(c, db, engine, log)
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.Logins.CreateSchema(ctx); err != nil {
		return nil, err
	}
	if err := secondfactor.Renew(ctx, db, c.Keys, log); err != nil {
		return nil, err
	}
	s.Health.Engines = append(s.Health.Engines, operations.Probe{Name: engine.Name, Ping: db.PingContext})
	if c.Redis == "" {
		return s, nil
	}
	if s.Redis, err = sessionstore.OpenRedis(c.Redis, c.Keys); err != nil {
		return nil, err
	}
	s.Health.Engines = append(s.Health.Engines, operations.Probe{Name: "Redis", Ping: s.Redis.Ping})
	return s, nil
}

// New makes a site on a database that is open.
func New(c config.Config, db *sql.DB, engine *database.Engine, log *slog.Logger) *Site {
	s := &Site{
		Config: c, DB: db, Users: account.NewUsers(db), Logins: loginsql.New(db, engine.Dialect),
		Guesses: throttle.New(), Mails: mail.NewQueue(log), Health: &operations.Health{Logger: log},
		Log: log, Audit: log.With("log", "audit"), Now: time.Now,
	}
	s.Demo = &demo.Accounts{Users: s.Users, Logins: s.Logins, Audit: s.Audit}
	return s
}

// Close ends the connections to the engines.
func (s *Site) Close() {
	s.DB.Close()
	if s.Redis != nil {
		s.Redis.Pool.Close()
	}
}

func (s *Site) audit() web.Audit { return web.Audit{Logger: s.Audit} }
