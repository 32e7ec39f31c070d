// Package redissessions keeps sessions in Redis.
package redissessions

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

func findByID(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

// newRedisStore connects to Redis. The cookie holds only the session's ID, signed with key.
func newRedisStore(address string, key []byte) (sessions.Store, error) {
	store, err := redis.NewStore(10, "tcp", address, "", "", key)
	if err != nil {
		return nil, err
	}
	store.Options(ginlogin.SessionOptions()) // with MaxAge 0 this store would lose the session
	return store, nil
}

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	store, err := newRedisStore(os.Getenv("REDIS_ADDRESS"), key) // such as 127.0.0.1:6379
	if err != nil {
		log.Fatal(err)
	}
	r.Use(sessions.Sessions("session", store), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hi %s", ginlogin.CurrentUser(c).GetID())
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
