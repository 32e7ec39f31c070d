package app

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func (t *twin) addLogin(r *gin.Engine) {
	r.POST("/login", t.login)
	for _, prefix := range []string{"", "/scoped"} {
		r.POST(prefix+"/logout", logout)
		r.GET(prefix+"/whoami", func(c *gin.Context) { withIdentity(c, gin.H{}) })
	}
	r.GET("/fresh", touch, func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"fresh": ginlogin.LoginFresh(c)})
	})
	r.GET("/remembered", touch, func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"remembered": ginlogin.LoginRemembered(c)})
	})
	r.POST("/confirm", func(c *gin.Context) {
		id, _ := ginlogin.UserID(c)
		if err := ginlogin.ConfirmLogin(c, confirmed{id: id}); err != nil && !errors.Is(err, ginlogin.ErrNotAuthenticated) {
			fail(c, err)
			return
		}
		ok(c)
	})
}

// confirmed is the user whose credentials were checked: whoever is logged in, since
// Flask-Login's confirm_login asks for no user.
type confirmed struct {
	ginlogin.UserMixin
	id string
}

func (u confirmed) GetID() string { return u.id }

func (t *twin) login(c *gin.Context) {
	user := t.users.find(c.Query("id"))
	if user == nil {
		c.JSON(http.StatusNotFound, gin.H{"ok": false})
		return
	}
	err := ginlogin.Login(c, user, loginOptions(c)...)
	if err != nil && !errors.Is(err, ginlogin.ErrInactiveUser) {
		fail(c, err)
		return
	}
	loggedIn := err == nil
	if loggedIn && t.config.Permanent {
		if err := makePermanent(c); err != nil {
			fail(c, err)
			return
		}
	}
	answer := gin.H{"ok": loggedIn}
	switch c.Query("then") {
	case "logout":
		if err := ginlogin.Logout(c); err != nil {
			fail(c, err)
			return
		}
	case "whoami":
		withIdentity(c, answer)
		return
	}
	c.JSON(http.StatusOK, answer)
}

func loginOptions(c *gin.Context) []ginlogin.LoginOption {
	var options []ginlogin.LoginOption
	if c.Query("remember") == "1" {
		seconds, _ := strconv.Atoi(c.Query("duration")) // without one, 0, the usual duration
		options = append(options, ginlogin.RememberFor(time.Duration(seconds)*time.Second))
	}
	if c.Query("fresh") == "0" {
		options = append(options, ginlogin.NotFresh())
	}
	if c.Query("force") == "1" {
		options = append(options, ginlogin.Force())
	}
	return options
}

func logout(c *gin.Context) {
	switch err := ginlogin.Logout(c); {
	case err != nil:
		fail(c, err)
	case c.Query("then") == "whoami":
		withIdentity(c, gin.H{"ok": true})
	default:
		ok(c)
	}
}

// withIdentity answers who the current user is, beside what else there is to say.
func withIdentity(c *gin.Context, answer gin.H) {
	user, err := ginlogin.LoadUser(c)
	if err != nil {
		fail(c, err)
		return
	}
	answer["id"], answer["name"] = nil, nil
	switch user := user.(type) {
	case *User:
		answer["id"], answer["name"] = user.id, user.name
	case ginlogin.AnonymousUser:
		answer["name"] = user["Name"]
	}
	answer["authenticated"] = user.IsAuthenticated()
	answer["active"] = user.IsActive()
	answer["anonymous"] = user.IsAnonymous()
	c.JSON(http.StatusOK, answer)
}

// touch asks for the user, if the query wants that.
func touch(c *gin.Context) {
	if c.Query("touch") == "1" {
		ginlogin.CurrentUser(c)
	}
}

func (t *twin) addProtected(r *gin.Engine) {
	var admin, other []ginlogin.GuardOption
	if view := t.config.AdminLoginView; view != nil {
		admin = append(admin, ginlogin.LoginView(*view))
	}
	if view := t.config.OtherLoginView; view != nil {
		other = append(other, ginlogin.LoginView(*view))
	}
	protect(r, "secret", ginlogin.LoginRequired())
	protect(r, "vault", ginlogin.FreshLoginRequired())
	protect(r, "admin/secret", ginlogin.LoginRequired(admin...))
	protect(r, "admin/vault", ginlogin.FreshLoginRequired(admin...))
	protect(r, "other/secret", ginlogin.LoginRequired(other...))
	r.Match([]string{http.MethodGet, http.MethodHead}, "/area/*rest", ginlogin.LoginRequired(), view("area"))
}

// protect adds a route behind a guard. OPTIONS is answered before it, as by a CORS middleware.
func protect(r *gin.Engine, area string, guard gin.HandlerFunc) {
	r.OPTIONS("/"+area, view(area))
	r.Match([]string{http.MethodGet, http.MethodHead, http.MethodPost}, "/"+area, guard, view(area))
}

func view(area string) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"ok": true, "area": area, "method": c.Request.Method})
	}
}

func (t *twin) addSession(r *gin.Engine) {
	r.GET("/flashes", flashes)
	r.GET("/session-next", touch, sessionNext)
	r.GET("/session-data", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"value": sessions.Default(c).Get("data:" + c.Query("key"))})
	})
	r.POST("/session-data", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("data:"+c.Query("key"), c.Query("value"))
		if err := session.Save(); err != nil {
			fail(c, err)
			return
		}
		ok(c)
	})
	r.GET("/static-page", func(c *gin.Context) { c.String(http.StatusOK, "static") })
}

func flashes(c *gin.Context) {
	taken, err := ginlogin.Flashes(c)
	if err != nil {
		fail(c, err)
		return
	}
	pairs := [][2]string{}
	for _, flash := range taken {
		pairs = append(pairs, [2]string{flash.Category, flash.Message})
	}
	c.JSON(http.StatusOK, gin.H{"flashes": pairs})
}

func sessionNext(c *gin.Context) {
	session := sessions.Default(c)
	next := session.Get("next")
	if c.Query("pop") == "1" && next != nil {
		session.Delete("next")
		if err := session.Save(); err != nil {
			fail(c, err)
			return
		}
	}
	c.JSON(http.StatusOK, gin.H{"next": next})
}

func ok(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"ok": true}) }

func fail(c *gin.Context, err error) {
	_ = c.Error(err)
	c.String(http.StatusInternalServerError, err.Error())
}
