// Package fromflask moves a site from Flask and Flask-Login to Gin and ginlogin: the same users with
// the same passwords, the same routes. No user is logged out.
package fromflask

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// User is a row of the table that the Flask site had its users in. GetID returns what its get_id did.
type User struct {
	ginlogin.UserMixin
	ID, Name, PasswordHash string
}

func (u *User) GetID() string { return u.ID }

// Users is that table. Both finders return ginlogin.ErrUserNotFound, or nil, if there is no such user.
type Users interface {
	FindByID(ctx context.Context, id string) (*User, error)
	FindByName(ctx context.Context, name string) (*User, error)
	SetPasswordHash(ctx context.Context, id, hash string) error
}

// Site is the new program.
type Site struct {
	Users Users
	Flask FlaskCookies
}

// Handler has the routes of the Flask site. Its cookies have names of their own, so that they and
// Flask's are never taken for each other.
func (s *Site) Handler(key []byte) *gin.Engine {
	lm := ginlogin.New(s.Users.FindByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.Remember.Name = "__Host-remember"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("__Host-session", cookiestore.NewStore(key)), lm.Middleware(), adopt(s.Flask, s.logIn))

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		user, _ := ginlogin.UserAs[*User](c)
		c.String(http.StatusOK, "Hi %s", user.Name)
	})
	r.POST("/login", s.login)
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}

func (s *Site) login(c *gin.Context) {
	user, err := s.authenticate(c.Request.Context(), c.PostForm("name"), c.PostForm("password"))
	if err == nil {
		err = ginlogin.Login(c, user, ginlogin.Remember(c.PostForm("remember") != ""))
	}
	switch {
	case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
		c.String(http.StatusUnauthorized, "wrong name or password")
	case err != nil:
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	default:
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
	}
}

// authenticate verifies hashes made by Werkzeug, too, and replaces them when their owners log in.
func (s *Site) authenticate(ctx context.Context, name, typed string) (*User, error) {
	user, err := s.Users.FindByName(ctx, name)
	if err != nil && !errors.Is(err, ginlogin.ErrUserNotFound) { // an outage
		return nil, err
	}
	if err != nil || user == nil {
		user = &User{} // takes as long as a wrong password
	}
	renew, err := verify(ctx, user.PasswordHash, typed)
	if err != nil {
		return nil, err
	}
	if renew {
		if hash, err := password.Hash(ctx, typed); err == nil {
			_ = s.Users.SetPasswordHash(ctx, user.ID, hash) // if this fails, the login is still good
		}
	}
	return user, nil
}

// verify is password.Verify for hashes of Werkzeug, too. It wants them renewed.
func verify(ctx context.Context, hash, typed string) (renew bool, err error) {
	switch {
	case !isWerkzeug(hash):
		return password.Verify(ctx, hash, typed)
	case !verifyWerkzeug(hash, typed):
		return false, password.ErrMismatch
	}
	return true, nil
}

// adopt turns the cookies that the Flask site left in the browser into a login, and deletes them.
func adopt(flask FlaskCookies, logIn func(c *gin.Context, id string, remembered bool) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, remembered, found := flask.Read(c.Request)
		if !found {
			return
		}
		var err error
		if id != "" {
			err = logIn(c, id, remembered)
		}
		if err != nil { // the cookies are kept for the next try
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		for _, name := range []string{"session", "remember_token"} {
			http.SetCookie(c.Writer, &http.Cookie{Name: name, Path: "/", MaxAge: -1})
		}
	}
}

// logIn logs in the user that the cookies name, unless a user is logged in already. The login is not fresh:
// FreshLoginRequired asks for the password.
func (s *Site) logIn(c *gin.Context, id string, remembered bool) error {
	current, err := ginlogin.LoadUser(c)
	if err != nil || !current.IsAnonymous() {
		return err
	}
	user, err := s.Users.FindByID(c.Request.Context(), id)
	if err == nil && user != nil {
		err = ginlogin.Login(c, user, ginlogin.NotFresh(), ginlogin.Remember(remembered))
	}
	if errors.Is(err, ginlogin.ErrUserNotFound) || errors.Is(err, ginlogin.ErrInactiveUser) {
		return nil
	}
	return err
}
