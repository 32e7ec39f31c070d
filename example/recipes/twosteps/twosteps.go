// Package twosteps asks for a code after the password, and once more before what matters.
package twosteps

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/hotp"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
	"github.com/ginlogin/ginlogin/throttle"
)

// Schema creates the table.
const Schema = `create table accounts (
	id text primary key,
	name text not null,
	email text not null unique,
	password_hash text not null,
	code_secret text not null default '', -- of the user's app; without one the password is enough
	code_spent integer not null default 0 -- the newest code that was used
)`

// Account is a row of that table.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
	CodeSecret                    string // of the user's app; without one the password is enough
}

func (a *Account) GetID() string { return a.ID }

// SessionHash ends all other logins, and logins between their two steps, when the password changes.
func (a *Account) SessionHash() string { return a.PasswordHash }

// db is that of the site.
var db *sql.DB

func find(ctx context.Context, where, value string) (*Account, error) {
	a := &Account{}
	row := db.QueryRowContext(ctx, `select id, name, email, password_hash, code_secret from accounts where `+where, value)
	return a, row.Scan(&a.ID, &a.Name, &a.Email, &a.PasswordHash, &a.CodeSecret)
}

func findByID(ctx context.Context, id string) (*Account, error) { return find(ctx, `id = $1`, id) }

// authenticate returns password.ErrMismatch for an unknown address, too, after the same time.
func authenticate(ctx context.Context, email, typed string) (*Account, error) {
	found, err := find(ctx, `email = $1`, email)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	_, err = password.Verify(ctx, found.PasswordHash, typed)
	return found, err
}

// afterPassword logs in, or begins to if a code is missing, and returns the page to go to.
func afterPassword(c *gin.Context, account *Account) (next string, err error) {
	options := []ginlogin.LoginOption{ginlogin.Via("pwd"), ginlogin.Remember(c.PostForm("remember") != "")}
	if account.CodeSecret == "" {
		return ginlogin.NextURL(c, "/profile"), ginlogin.Login(c, account, options...)
	}
	return ginlogin.LoginURL(c, "/code", ginlogin.NextURL(c, "")), ginlogin.BeginLogin(c, account, options...)
}

// code is the second step. spendCode checks the code in the form.
func code(spendCode func(c *gin.Context, account *Account) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, ok := ginlogin.PendingUser[*Account](c)
		if !ok { // ten minutes have passed, or the password has changed
			c.Redirect(http.StatusSeeOther, "/login")
			return
		}
		err := spendCode(c, account)
		if err == nil {
			err = ginlogin.FinishLogin(c, account, ginlogin.Via("otp")) // with the options of both steps
		}
		if err != nil {
			refuse(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
	}
}

// confirm asks a user who is logged in for a code. spendCode checks the code in the form.
func confirm(spendCode func(c *gin.Context, account *Account) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		err := spendCode(c, account)
		if err == nil {
			err = ginlogin.ConfirmLogin(c, account, ginlogin.Via("otp"))
		}
		if err != nil {
			refuse(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/profile"))
	}
}

var errWrongCode = errors.New("wrong code")

// codeSpender returns a function that returns nil if the code in the form is right and was never used. Six digits
// are soon guessed, so failures are counted.
func codeSpender(guesses *throttle.Throttle) func(*gin.Context, *Account) error {
	return func(c *gin.Context, account *Account) error {
		done, err := guesses.Attempt(c.Request.Context(), guesses.User.Of(account.GetID()))
		if err != nil {
			return err
		}
		spent := false
		defer func() { done(!spent) }()
		now := guesses.Now().Unix() / 30 // a code is good for 30 seconds; clocks may differ by as much
		for step := now - 1; step <= now+1; step++ {
			if account.CodeSecret != "" && hotp.Validate(c.PostForm("code"), uint64(step), account.CodeSecret) {
				spent, err = spendStep(c.Request.Context(), account, step)
				if err != nil || spent {
					return err
				}
			}
		}
		return errWrongCode
	}
}

// spendStep is a compare-and-swap: of two requests with the same code one gets in, and an older code is spent too.
func spendStep(ctx context.Context, account *Account, step int64) (bool, error) {
	result, err := db.ExecContext(ctx, `update accounts set code_spent = $1 where id = $2 and code_spent < $1`, step, account.ID)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// refuse answers a step that has failed.
func refuse(c *gin.Context, err error) {
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		c.Header("Retry-After", strconv.Itoa(wait.Seconds()))
		c.String(http.StatusTooManyRequests, "too many wrong attempts; please try again in %v", wait.After.Round(time.Second))
	case errors.Is(err, errWrongCode), errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser),
		errors.Is(err, ginlogin.ErrNotAuthenticated):
		c.String(http.StatusUnauthorized, "that was not right")
	default:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	}
}

const codePage = `<form method="post"><label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code"></label>
<button>Go on</button></form>`

func form(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(codePage)) }

// Site is an app with both steps. Its clock is time.Now, but in tests.
func Site(database *sql.DB, now func() time.Time, key []byte) *gin.Engine {
	db = database
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Now = now

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		next := ""
		if err == nil {
			next, err = afterPassword(c, account)
		}
		if err != nil {
			refuse(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, next)
	})

	guesses := throttle.New()
	spendCode := codeSpender(guesses)
	r.GET("/code", form)
	r.POST("/code", code(spendCode))
	guesses.Now = now

	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "by %v", ginlogin.LoginMethods(c))
	})

	r.GET("/confirm", ginlogin.LoginRequired(), form)
	r.POST("/confirm", ginlogin.LoginRequired(), confirm(spendCode))
	recentCode := ginlogin.FreshLoginRequired(
		ginlogin.Via("otp"), ginlogin.FreshFor(5*time.Minute), ginlogin.RefreshView("/confirm"))
	r.GET("/keys", recentCode, func(c *gin.Context) { c.String(http.StatusOK, "the keys") })
	return r
}
