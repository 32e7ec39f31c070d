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
	ID, Name string
}

func (a *Account) GetID() string { return a.ID }

// Finder finds an account as a user loader does.
type Finder func(ctx context.Context, id string) (*Account, error)

// adopt turns the user ID that the old program left in the session into a login.
func (find Finder) adopt(c *gin.Context) {
	session := sessions.Default(c)
	id, ok := idOf(session.Get("user"))
	if !ok {
		return
	}
	err := find.logIn(c, id)
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

// Site is the new program. Its session has the name, the store and the key of the old one.
func Site(findByID func(context.Context, string) (*Account, error), store sessions.Store) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", store), lm.Middleware(), Finder(findByID).adopt)

	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
