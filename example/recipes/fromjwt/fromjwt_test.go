package fromjwt

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"testing"
	"time"

	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() {
	gin.SetMode(gin.TestMode)
	findByID, oldKey = find, []byte("the key of the old site's tokens")
}

var (
	newKey = []byte("a secret key of thirty-two bytes")
	outage error
)

func find(_ context.Context, id string) (*Account, error) {
	switch {
	case outage != nil:
		return nil, outage
	case id == "1":
		return &Account{ID: "1", Name: "Ada"}, nil
	}
	switch id {
	case "9007199254740993":
		return &Account{ID: id, Name: "Grace"}, nil
	case "2":
		return nil, ginlogin.ErrUserNotFound
	case "3":
		return nil, sql.ErrNoRows
	}
	return nil, nil
}

// payload makes the claims of the old site's tokens.
var payload = func(id any) ginjwt.MapClaims { return ginjwt.MapClaims{"id": id} }

// withPayload has the old site make other claims until the test ends.
func withPayload(t *testing.T, other func(id any) ginjwt.MapClaims) {
	before := payload
	payload = other
	t.Cleanup(func() { payload = before })
}

func TestANumberIsAnIDToo(t *testing.T) {
	withPayload(t, func(any) ginjwt.MapClaims { return ginjwt.MapClaims{"id": 9007199254740993} })
	b := open(t, "", oldKey, time.Now)
	b.Want(b.Get("/"), "200 Hi Grace") // and not the user of 9007199254740992
}

func TestATokenWithoutTheClaimIsKeptAndNoLogout(t *testing.T) {
	withPayload(t, func(id any) ginjwt.MapClaims { return ginjwt.MapClaims{"identity": id} })
	b := open(t, "1", oldKey, time.Now)
	b.Want(b.Get("/"), "503")
	if b.Cookie("jwt") == "" {
		t.Error("the token is lost")
	}
}

// oldSite is what is to be replaced. Its clock says what the time was when it logged somebody in.
func oldSite(t *testing.T, key []byte, clock func() time.Time) http.Handler {
	t.Helper()
	old, err := ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm: "site", Key: key, Timeout: time.Hour, TimeFunc: clock,
		SendCookie: true, SecureCookie: true, CookieHTTPOnly: true,
		Authenticator: func(c *gin.Context) (any, error) { return c.PostForm("id"), nil },
		PayloadFunc:   payload,
		LoginResponse: func(c *gin.Context, status int, _ string, _ time.Time) { c.Status(status) },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.POST("/login", old.LoginHandler)
	return r
}

// open returns a browser in which the user with that ID has logged in to the old site, which the
// new one has replaced since.
func open(t *testing.T, id string, key []byte, clock func() time.Time) *browser.Browser {
	t.Helper()
	site := oldSite(t, key, clock)
	b := browser.Open(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { site.ServeHTTP(w, req) }))
	b.Want(b.Post("/login", "id", id), "200")
	if b.Cookie("jwt") == "" {
		t.Fatal("the old site has set no cookie")
	}
	site = newSite(newKey)
	return b
}

func TestWhoHasAnOldTokenStaysAndCanLogOut(t *testing.T) {
	b := open(t, "1", oldKey, time.Now)
	b.Want(b.Get("/"), "200 Hi Ada")
	b.Want(b.Cookie("jwt"), "")
	b.Want(b.Get("/"), "200 Hi Ada")
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestALogoutMayBeTheFirstThingToAskFor(t *testing.T) {
	b := open(t, "1", oldKey, time.Now)
	b.Want(b.Post("/logout"), "303 /")
	b.Want(b.Get("/"), "302 /login?next=%2F")
}

func TestAnOutageLogsNobodyOut(t *testing.T) {
	b := open(t, "1", oldKey, time.Now)
	outage = errors.New("the database is down")
	b.Want(b.Get("/"), "503")
	outage = nil
	b.Want(b.Get("/"), "200 Hi Ada")
}

func TestAnInvalidTokenLogsNoUserIn(t *testing.T) {
	yesterday := func() time.Time { return time.Now().Add(-24 * time.Hour) }
	for name, b := range map[string]*browser.Browser{
		"of nobody": open(t, "2", oldKey, time.Now),
		"of no row": open(t, "3", oldKey, time.Now),
		"of nil":    open(t, "4", oldKey, time.Now),
		"forged":    open(t, "1", newKey, time.Now),
		"expired":   open(t, "1", oldKey, yesterday),
	} {
		if got := b.Get("/"); got != "302 /login?next=%2F" {
			t.Errorf("a token that is %s is answered %q", name, got)
		}
	}
}
