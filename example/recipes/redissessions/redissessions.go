// Package redissessions keeps sessions in Redis.
package redissessions

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// newStore connects to Redis. The cookie holds only the session's ID, signed with key.
func newStore(address string, key []byte) (sessions.Store, error) {
	store, err := redis.NewStore(10, "tcp", address, "", "", key)
	if err != nil {
		return nil, err
	}
	store.Options(ginlogin.SessionOptions()) // with MaxAge 0 this store would lose the session
	return store, nil
}

// Site is an app with its sessions in store.
func Site(store sessions.Store, lm *ginlogin.LoginManager) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", store), lm.Middleware())
	r.GET("/", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hi %s", ginlogin.CurrentUser(c).GetID())
	})
	r.POST("/logout", ginlogin.LogoutTo("/"))
	return r
}
