// Package fromflask moves a site from Flask and Flask-Login to Gin and ginlogin: the same users with
// the same passwords, the same routes. No user is logged out.
package fromflask

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a row of the table that the Flask site had its users in. GetID returns what its get_id did.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// These are those of the site. Both finders return ginlogin.ErrUserNotFound, or nil, if there is no such user.
var (
	findByID    func(ctx context.Context, id string) (*Account, error)
	findByEmail func(ctx context.Context, email string) (*Account, error)
	setHash     func(ctx context.Context, id, hash string) error
)

var flask = FlaskCookies{Now: time.Now}

// adopt turns the cookies that the Flask site left in the browser into a login, and deletes them.
func adopt(c *gin.Context) {
	id, remembered, found := flask.Read(c.Request)
	if !found {
		return
	}
	if id != "" {
		if err := logIn(c, id, ginlogin.Remember(remembered)); err != nil { // the cookies are kept for the next try
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
	}
	for _, name := range []string{"session", "remember_token"} {
		http.SetCookie(c.Writer, &http.Cookie{Name: name, Path: "/", MaxAge: -1})
	}
}

// logIn logs in the user with that ID, unless a user is logged in already or there is none. It is not known when the
// password was given, so the login is not fresh.
func logIn(c *gin.Context, id string, opts ...ginlogin.LoginOption) error {
	current, err := ginlogin.LoadUser(c)
	if err != nil || !current.IsAnonymous() {
		return err
	}
	account, err := findByID(c.Request.Context(), id)
	if err == nil && account != nil {
		err = ginlogin.Login(c, account, append(opts, ginlogin.NotFresh())...)
	}
	for _, gone := range []error{ginlogin.ErrUserNotFound, ginlogin.ErrInactiveUser, sql.ErrNoRows} { // and what yours returns
		if errors.Is(err, gone) {
			return nil
		}
	}
	return err
}

// verifyAny is password.Verify for hashes of Werkzeug, too. It wants them renewed.
func verifyAny(ctx context.Context, hash, typed string) (renew bool, err error) {
	switch {
	case !isWerkzeug(hash):
		return password.Verify(ctx, hash, typed)
	case !verifyWerkzeug(hash, typed):
		return false, password.ErrMismatch
	}
	return true, nil
}

// newSite has the routes of the Flask site. Its cookies have names of their own, so that they and
// Flask's are never taken for each other.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	store := cookiestore.NewStore(key)

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	lm.Remember.Name = "__Host-remember"
	r.Use(cookiestore.Sessions("__Host-session", store), lm.Middleware(), adopt)

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/login", login)
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}

func login(c *gin.Context) {
	account, err := authenticate(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
	if err == nil {
		err = ginlogin.Login(c, account, ginlogin.Remember(c.PostForm("remember") != ""))
	}
	switch {
	case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusUnauthorized, "wrong e-mail address or password")
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	default:
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
	}
}

// authenticate verifies hashes made by Werkzeug, too, and replaces them when their owners log in.
func authenticate(ctx context.Context, email, typed string) (*Account, error) {
	account, err := findByEmail(ctx, email)
	if err != nil && !errors.Is(err, ginlogin.ErrUserNotFound) { // an outage
		return nil, err
	}
	if err != nil || account == nil {
		account = &Account{} // takes as long as a wrong password
	}
	renew, err := verifyAny(ctx, account.PasswordHash, typed)
	if err != nil {
		return nil, err
	}
	if renew {
		if hash, err := password.Hash(ctx, typed); err == nil {
			_ = setHash(ctx, account.ID, hash) // if this fails, the login is still good
		}
	}
	return account, nil
}
