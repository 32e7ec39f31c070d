// Package fromjwt moves a site whose users have gin-jwt cookies to ginlogin. No user is logged out.
package fromjwt

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is the site's user, as before.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// findByID is that of the site.
var findByID func(ctx context.Context, id string) (*Account, error)

var oldKey []byte // the Key of the GinJWTMiddleware

// adopt turns the token that the old program left in the browser into a login, and deletes it.
func adopt(c *gin.Context) {
	token, err := c.Request.Cookie("jwt")
	if err != nil {
		return
	}
	id, err := idInToken(token.Value)
	if err == nil && id != "" {
		err = logIn(c, id)
	}
	if err != nil { // the token is kept for the next try
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: "jwt", Path: "/", MaxAge: -1})
}

// idInToken returns "" if the token is forged or has expired. A good token without an ID is an error, so that a wrong
// name of the claim logs no user out.
func idInToken(token string) (string, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return oldKey, nil },
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

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"
	store := cookiestore.NewStore(key)

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", store), lm.Middleware(), adopt)

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
