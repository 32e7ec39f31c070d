package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

const remember = "remember_token"

// known is what an app has in front of everything that asks who it is. Its store
// of logins replaces the remember cookie at each use, without a period of grace, so
// that one that does not reach the browser is missed.
func known(change ...func(*ginlogin.LoginManager)) []gin.HandlerFunc {
	store := cookie.NewStore(site.Key("session"))
	store.Options(ginlogin.SessionOptions())
	lm := site.Manager()
	lm.Logins = loginmem.New()
	lm.Remember.Grace = 0
	for _, c := range change {
		c(lm)
	}
	return []gin.HandlerFunc{sessions.Sessions("session", store), lm.Middleware()}
}

// pages are those that a browser's story leads through.
func pages(r gin.IRouter) {
	r.POST("/login", logIn)
	r.POST("/logout", func(c *gin.Context) { answer(c, ginlogin.Logout(c)) })
	r.Any("/guarded", ginlogin.LoginRequired(), greet)
}

func logIn(c *gin.Context) {
	answer(c, ginlogin.Login(c, &site.Account{ID: c.Query("id")}, ginlogin.Remember(true)))
}

func greet(c *gin.Context) { c.String(http.StatusOK, "Hi "+ginlogin.CurrentUser(c).GetID()) }

func answer(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusInternalServerError, err.Error())
		return
	}
	c.String(http.StatusOK, "done")
}

// behind returns a site whose pages stand behind the middlewares, in that order,
// with ginlogin's last.
func behind(t *testing.T, middlewares ...gin.HandlerFunc) *site.Site {
	t.Helper()
	engine := site.Engine(append(middlewares, known()...)...)
	pages(engine)
	return site.Serve(t, engine)
}

// loggedIn returns a browser that has just logged in.
func loggedIn(s *site.Site, id string) *site.Browser {
	s.T.Helper()
	b := s.Browser()
	if res := b.Do("POST", "/login?id="+id); res.Text != "done" {
		s.T.Fatalf("login of %s: %d %q", id, res.StatusCode, res.Text)
	}
	return b
}
