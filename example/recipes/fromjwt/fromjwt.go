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

// Migration knows the old cookies.
type Migration struct {
	// Key is the Key of the GinJWTMiddleware.
	Key []byte
	// Find finds an account as a user loader does.
	Find func(ctx context.Context, id string) (*Account, error)
}

// adopt turns the token that the old program left in the browser into a login, and deletes it.
func (m *Migration) adopt(c *gin.Context) {
	token, err := c.Request.Cookie("jwt")
	if err != nil {
		return
	}
	if err := m.logIn(c, token.Value); err != nil { // the token is kept for the next try
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: "jwt", Path: "/", MaxAge: -1})
}

// logIn logs in the user that the token names, unless a user is logged in already or there is none. It is not
// known when the password was given, so the login is not fresh.
func (m *Migration) logIn(c *gin.Context, token string) error {
	current, err := ginlogin.LoadUser(c)
	if err != nil || !current.IsAnonymous() {
		return err
	}
	id, err := m.verify(token)
	if err != nil || id == "" {
		return err
	}
	account, err := m.Find(c.Request.Context(), id)
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
func (m *Migration) verify(token string) (string, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return m.Key, nil },
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
func Site(m *Migration, key []byte) *gin.Engine {
	lm := ginlogin.New(m.Find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), lm.Middleware(), m.adopt)

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
