package site

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/web"
)

func (s *Site) home(c *gin.Context) {
	// This page shows who is logged in. While the database is down it must not say "nobody".
	if _, err := ginlogin.LoadUser(c); err != nil {
		web.Unavailable(c, err)
		return
	}
	web.Render(c, http.StatusOK, "home.html", gin.H{"title": "Home", "page": "/"})
}

func (s *Site) profile(c *gin.Context) {
	web.Render(c, http.StatusOK, "profile.html", gin.H{"title": "Your profile", "page": "/profile"})
}
