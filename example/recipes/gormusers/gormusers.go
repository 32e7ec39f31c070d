// Package gormusers keeps users with GORM.
package gormusers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

var db *gorm.DB

// Account is a model. UserMixin has no fields, and so adds no columns.
type Account struct {
	gorm.Model
	ginlogin.UserMixin
	Name         string
	Email        string `gorm:"uniqueIndex"`
	PasswordHash string
}

func (a *Account) GetID() string { return strconv.FormatUint(uint64(a.ID), 10) }

var findByID = ginlogin.IntID(func(ctx context.Context, id uint) (*Account, error) {
	account := &Account{}
	err := db.WithContext(ctx).Take(account, "id = ?", id).Error
	return account, err // gorm.ErrRecordNotFound is no outage: such a user is logged out
})

func authenticate(ctx context.Context, email, typed string) (*Account, error) {
	account := &Account{}
	err := db.WithContext(ctx).Take(account, "email = ?", email).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) { // an outage
		return nil, err
	}
	// Without a row there is no hash, which takes as long as a wrong password.
	if _, err := password.Verify(ctx, account.PasswordHash, typed); err != nil {
		return nil, err
	}
	return account, nil
}

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
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
	})
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})
	return r
}
