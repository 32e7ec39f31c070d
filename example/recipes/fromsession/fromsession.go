// Package fromsession moves a site that kept its user's ID in the session by hand, with
// session.Set("user", id), to ginlogin. No user is logged out.
package fromsession

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// Account is the site's user, as before.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

// findByID is that of the site.
var findByID func(ctx context.Context, id string) (*Account, error)

// adopt turns the user ID that the old program left in the session into a login.
func adopt(c *gin.Context) {
	session := sessions.Default(c)
	id, ok := idOf(session.Get("user"))
	if !ok {
		return
	}
	err := logIn(c, id)
	if err == nil {
		session.Delete("user") // or it would log in again after a logout
		err = session.Save()
	}
	if err != nil { // the session is as it was, for the next try
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
	}
}

// idOf returns what the old program has saved as the user's ID, in the form of GetID.
func idOf(value any) (id string, ok bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case int, int32, int64, uint, uint32, uint64:
		return fmt.Sprint(value), true
	case float64: // a store that keeps JSON makes this of every number
		return strconv.FormatFloat(value, 'f', -1, 64), true
	}
	return "", false
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

// Site is the new program. Its session has the name, the store and the key of the old one.
func Site(oldStore sessions.Store) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	oldStore.Options(ginlogin.SessionOptions())
	r.Use(sessions.Sessions("mysession", oldStore), lm.Middleware(), adopt)

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
