// Package fromjwt moves a site whose users have gin-jwt cookies to ginlogin. No user is logged out.
package fromjwt

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is the site's user, as before.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
}

func (a *Account) GetID() string { return a.ID }

// adopt turns the token that the old program left in the browser into a login, and deletes it. The key is that of the
// GinJWTMiddleware.
func adopt(key []byte, logIn func(c *gin.Context, id string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, err := c.Request.Cookie("jwt")
		if err != nil {
			return
		}
		id, err := verify(token.Value, key)
		if err == nil && id != "" {
			err = logIn(c, id)
		}
		if err != nil { // the token is kept for the next try
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		http.SetCookie(c.Writer, &http.Cookie{Name: "jwt", Path: "/", MaxAge: -1})
	}
}

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// logIn logs in the user with that ID, unless a user is logged in already or there is none. It is not known
// when the password was given, so the login is not fresh.
func (find Finder) logIn(c *gin.Context, id string) error {
	current, err := ginlogin.LoadUser(c)
	if err != nil || !current.IsAnonymous() {
		return err
	}
	account, err := find(c.Request.Context(), id)
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, ginlogin.ErrUserNotFound): // and what yours returns
		return nil
	case err != nil:
		return err
	case account == nil:
		return nil
	}
	if err := ginlogin.Login(c, account, ginlogin.NotFresh()); !errors.Is(err, ginlogin.ErrInactiveUser) {
		return err
	}
	return nil
}

// verify returns the ID in a token, "" if the token is forged or has expired. A good token without an ID is an
// error, so that a wrong name of the claim logs no user out.
func verify(token string, key []byte) (string, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithJSONNumber())
	if err != nil {
		return "", nil
	}
	switch id := claims["id"].(type) { // as your PayloadFunc calls it
	case string:
		return id, nil
	case json.Number: // as it was written: a float64 rounds large ones
		return id.String(), nil
	}
	return "", errors.New(`the token has no claim "id"`)
}

// Site is the new program.
func Site(find Finder, oldKey, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), lm.Middleware(), adopt(oldKey, find.logIn))

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
