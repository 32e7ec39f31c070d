package fromsession

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var outage error

func find(_ context.Context, id string) (*Account, error) {
	switch {
	case outage != nil:
		return nil, outage
	case id == "1":
		return &Account{ID: "1", Name: "Ada"}, nil
	}
	return nil, ginlogin.ErrUserNotFound
}

func store() sessions.Store { return cookie.NewStore([]byte("a secret key of thirty-two bytes")) }

// oldSite is what is to be replaced.
func oldSite() http.Handler {
	r := gin.New()
	r.Use(sessions.Sessions("session", store()))
	r.POST("/login", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("user", c.PostForm("id"))
		if err := session.Save(); err != nil {
			c.Status(http.StatusInternalServerError)
		}
	})
	return r
}

// open returns a browser in which the user with that ID has logged in to the old site, which the
// new one has replaced since.
func open(t *testing.T, id string) *browser.Browser {
	t.Helper()
	site := oldSite()
	b := browser.Open(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { site.ServeHTTP(w, req) }))
	b.Want(b.Post("/login", "id", id), "200")
	site = Site(find, store())
	return b
}

func TestWhoWasLoggedInStaysAndCanLogOut(t *testing.T) {
	b := open(t, "1")
	b.Want(b.Get("/"), "200 Hi Ada")
	session := b.Cookie("session")
	b.Want(b.Get("/"), "200 Hi Ada")
	b.Want(b.Cookie("session"), session) // nothing is left to adopt
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestALogoutMayBeTheFirstThingToAskFor(t *testing.T) {
	b := open(t, "1")
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestAnOutageLogsNobodyOut(t *testing.T) {
	b := open(t, "1")
	outage = errors.New("the database is down")
	b.Want(b.Get("/"), "503")
	outage = nil
	b.Want(b.Get("/"), "200 Hi Ada")
}

func TestWhoIsGoneIsLoggedOut(t *testing.T) {
	b := open(t, "2")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}
