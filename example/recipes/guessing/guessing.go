// Package guessing slows down clients that guess passwords, on one instance of a site or on several.
package guessing

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
	Banned                        bool
}

func (a *Account) GetID() string  { return a.ID }
func (a *Account) IsActive() bool { return !a.Banned }

// SessionHash ends all other logins when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// Accounts is a table of them.
type Accounts interface {
	FindByID(ctx context.Context, id string) (*Account, error)
	// FindByEmail returns nil, nil if there is no such account. The addresses in the table are in lower case.
	FindByEmail(ctx context.Context, email string) (*Account, error)
}

// Site is an app with a login. Without a store each instance counts for itself.
func Site(accounts Accounts, store throttle.Store, key []byte) *gin.Engine {
	findByEmail := accounts.FindByEmail
	lm := ginlogin.New(accounts.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil) // or those that stand in front: ClientIP is counted
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	l := &limits{throttle.New(), throttle.NewDevices(key)}
	r.POST("/login", func(c *gin.Context) {
		email := strings.ToLower(strings.TrimSpace(c.PostForm("email"))) // as findByEmail compares it
		account, err := findByEmail(c.Request.Context(), email)
		if err == nil {
			err = l.checkPassword(c, account, l.subjects(c, email, account)...)
		}
		if err == nil {
			err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
		}
		if err != nil {
			refuse(c, err)
			return
		}
		l.rememberDevice(c, account)
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
	})
	l.guesses.Store = store
	r.POST("/reauthenticate", ginlogin.LoginRequired(), l.reauthenticate)
	return r
}

// reauthenticate counts against the user: a user can have a new session or login at any time.
func (l *limits) reauthenticate(c *gin.Context) {
	account, _ := ginlogin.UserAs[*Account](c)
	err := l.checkPassword(c, account, l.guesses.User.Of(account.GetID()))
	if err == nil {
		err = ginlogin.ConfirmLogin(c, account)
	}
	if err != nil {
		refuse(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
}

// limits slow down who guesses passwords.
type limits struct {
	guesses *throttle.Throttle
	devices *throttle.Devices
}

// checkPassword checks the password in the form, unless a subject has to wait. The account may be nil.
func (l *limits) checkPassword(c *gin.Context, account *Account, subjects ...throttle.Subject) error {
	done, err := l.guesses.Attempt(c.Request.Context(), subjects...)
	if err != nil {
		return err
	}
	failed := false
	defer func() { done(failed) }() // in a panic, too
	hash := ""                      // of no account
	if account != nil {
		hash = account.PasswordHash
	}
	_, err = password.Verify(c.Request.Context(), hash, c.PostForm("password"))
	failed = errors.Is(err, password.ErrMismatch)
	return err
}

// refuse answers an attempt that has failed, or that has to wait.
func refuse(c *gin.Context, err error) {
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
		c.String(http.StatusTooManyRequests, "too many wrong passwords; please try again in %v", wait.After.Round(time.Second))
	case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusUnauthorized, "wrong e-mail address or password")
	default:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	}
}

const deviceCookie = "known_device"

// subjects returns what a failure is counted against. A browser that has logged in to the account before
// has limits of its own, which strangers cannot use up.
func (l *limits) subjects(c *gin.Context, email string, account *Account) []throttle.Subject {
	if cookie, err := c.Cookie(deviceCookie); err == nil && account != nil {
		if device, ok := l.devices.ID(cookie, account.GetID(), account.PasswordHash); ok {
			return []throttle.Subject{l.guesses.Device.Of(device), l.guesses.Devices.Of(account.GetID())}
		}
	}
	return []throttle.Subject{l.guesses.Network.Of(throttle.Network(c.ClientIP())), l.guesses.Account.Of(email)}
}

// rememberDevice makes the browser a known device. The cookie stays at a logout.
func (l *limits) rememberDevice(c *gin.Context, account *Account) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: deviceCookie, Value: l.devices.New(account.GetID(), account.PasswordHash),
		MaxAge: int(l.devices.Lifetime.Seconds()),
		Path:   "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Schema creates the table of a SQLStore.
const Schema = `create table if not exists guesses (
	key char(64) primary key,
	forgiven bigint not null
)`

// SQLStore is a throttle.Store in SQLite or PostgreSQL.
type SQLStore struct{ DB *sql.DB }

func (s *SQLStore) Load(ctx context.Context, key string) (forgiven int64, err error) {
	err = s.DB.QueryRowContext(ctx, `select forgiven from guesses where key = $1`, key).Scan(&forgiven)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return forgiven, err
}

func (s *SQLStore) Swap(ctx context.Context, key string, old, new int64) (bool, error) {
	statement, args := `update guesses set forgiven = $1 where key = $2 and forgiven = $3`, []any{new, key, old}
	if old == 0 { // there is none
		statement, args = `insert into guesses (forgiven, key) values ($1, $2) on conflict (key) do nothing`, args[:2]
	}
	result, err := s.DB.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Clean deletes what is forgiven. Call it every hour or so.
func (s *SQLStore) Clean(ctx context.Context, now time.Time) error {
	_, err := s.DB.ExecContext(ctx, `delete from guesses where forgiven < $1`, now.UnixMilli())
	return err
}
