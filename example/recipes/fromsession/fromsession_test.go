package fromsession

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var outage error

// find says in all the ways of a user loader that there is no such user.
func find(_ context.Context, id string) (*Account, error) {
	switch {
	case outage != nil:
		return nil, outage
	case id == "1":
		return &Account{ID: "1", Name: "Ada"}, nil
	case id == "2":
		return nil, ginlogin.ErrUserNotFound
	case id == "3":
		return nil, fmt.Errorf("account 3: %w", sql.ErrNoRows)
	}
	return nil, nil
}

func store() sessions.Store { return cookie.NewStore([]byte("a secret key of thirty-two bytes")) }

// convert makes a user's ID what the old site saved.
var convert func(id string) any

// oldSite is what is to be replaced.
func oldSite() http.Handler {
	r := gin.New()
	r.Use(sessions.Sessions("mysession", store()))
	r.POST("/login", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Set("user", convert(c.PostForm("id")))
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
	return openWith(t, func(id string) any { return id }, id)
}

func openWith(t *testing.T, saved func(id string) any, id string) *browser.Browser {
	t.Helper()
	convert = saved
	site := oldSite()
	b := browser.Open(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { site.ServeHTTP(w, req) }))
	b.Want(b.Post("/login", "id", id), "200")
	findByID = find
	site = Site(store())
	return b
}

func TestWhoWasLoggedInStaysAndCanLogOut(t *testing.T) {
	b := open(t, "1")
	b.Want(b.Get("/"), "200 Hi Ada")
	session := b.Cookie("mysession")
	b.Want(b.Get("/"), "200 Hi Ada")
	b.Want(b.Cookie("mysession"), session) // nothing is left to adopt
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

// The old program gave its store no options.
func TestTheNewSessionIsHardened(t *testing.T) {
	b := open(t, "1")
	res, err := b.Client().Get(b.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cookies := res.Cookies()
	if len(cookies) == 0 {
		t.Fatal("there is no new cookie")
	}
	for _, cookie := range cookies {
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("the cookie is %v", cookie)
		}
	}
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
	for _, id := range []string{"2", "3", "4", ""} {
		b := open(t, id)
		b.Want(b.Get("/"), "302 /login?next=%2F")
	}
}

func TestNumbersAreIDsToo(t *testing.T) {
	for _, saved := range []func(string) any{
		func(id string) any { n, _ := strconv.Atoi(id); return n },
		func(id string) any { n, _ := strconv.ParseInt(id, 10, 64); return n },
		func(id string) any { n, _ := strconv.ParseUint(id, 10, 64); return uint(n) },
		func(id string) any { n, _ := strconv.ParseFloat(id, 64); return n },
	} {
		b := openWith(t, saved, "1")
		b.Want(b.Get("/"), "200 Hi Ada")
	}
}

func TestALargeFloatIsWrittenAsTheID(t *testing.T) {
	if id, ok := idOf(float64(12345678)); id != "12345678" || !ok {
		t.Errorf("%q, %v", id, ok)
	}
	if id, ok := idOf(nil); ok {
		t.Errorf("no ID is %q", id)
	}
}
