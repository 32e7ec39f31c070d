package app

import (
	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

// permanentKey marks, in the session itself, a session that outlives the browser.
const permanentKey = "permanent"

var permanent = sessions.Options{Path: "/", HttpOnly: true, MaxAge: 31 * 24 * 60 * 60}

// makePermanent gives the session a lifetime of its own.
func makePermanent(c *gin.Context) error {
	session := sessions.Default(c)
	session.Set(permanentKey, true)
	session.Options(permanent)
	return session.Save()
}

// keepPermanent keeps that lifetime at the later writes; the session library forgets it.
func keepPermanent(c *gin.Context) {
	if session := sessions.Default(c); session.Get(permanentKey) != nil {
		session.Options(permanent)
	}
}
