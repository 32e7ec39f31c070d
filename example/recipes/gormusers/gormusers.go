// Package gormusers keeps users with GORM.
package gormusers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a model. UserMixin has no fields, and so adds no columns.
type Account struct {
	gorm.Model
	ginlogin.UserMixin
	Email        string `gorm:"uniqueIndex"`
	PasswordHash string
}

func (a *Account) GetID() string { return strconv.FormatUint(uint64(a.ID), 10) }

// newManager returns a manager for the accounts of db.
func newManager(db *gorm.DB, key []byte) *ginlogin.LoginManager {
	lm := ginlogin.New(ginlogin.IntID(func(ctx context.Context, id uint) (*Account, error) {
		account := &Account{}
		err := db.WithContext(ctx).Take(account, "id = ?", id).Error
		return account, err // gorm.ErrRecordNotFound is no outage: such a user is logged out
	}))
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	return lm
}

// Site is an app on it.
func Site(db *gorm.DB, key []byte) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), newManager(db, key).Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Email)
	})
	return r
}
