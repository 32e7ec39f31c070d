package site

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/links"
	"github.com/ginlogin/ginlogin/example/web"
)

func (s *Site) home(c *gin.Context) {
	// This page shows the user. While the database is down it must not show an anonymous
	// one.
	if _, err := ginlogin.LoadUser(c); err != nil {
		web.Unavailable(c, err)
		return
	}
	web.Render(c, http.StatusOK, "home.html", gin.H{"title": "Home", "page": "/"})
}

// profile also shows how the user logged in, and when the login ends.
func (s *Site) profile(c *gin.Context) {
	ways := make([]string, 0, 2)
	for _, method := range ginlogin.LoginMethods(c) {
		ways = append(ways, waysIn[method])
	}
	now, ends := s.Now(), ginlogin.LoginEnds(c)
	data := gin.H{"title": "Your profile", "page": "/profile", "ways": strings.Join(ways, " and "), "remembered": ginlogin.LoginRemembered(c)}
	for name, end := range map[string]time.Time{"idle": ends.Idle, "absolute": ends.Absolute, "fresh": ends.Fresh} {
		if end.After(now) {
			data[name] = web.In(now, end)
		}
	}
	if ginlogin.LoginRemembered(c) {
		delete(data, "idle") // the remember cookie brings the login back
	}
	web.Render(c, http.StatusOK, "profile.html", data)
}

// waysIn are the methods of RFC 8176 in words, with which features log users in.
var waysIn = map[string]string{
	"pwd":        "your password",
	"otp":        "a code",
	"hwk":        "a passkey",
	links.Method: "a link in an e-mail",
	"fed":        "an account on another site",
}
