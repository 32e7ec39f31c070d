package redissessions

import (
	"net/url"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// address returns where Redis is: REDIS_URL, or its own port on this machine.
func address(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("REDIS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Host == "" {
		return "127.0.0.1:6379"
	}
	return u.Host
}

func TestALogoutEndsASessionInRedisForAllItsCopies(t *testing.T) {
	key := []byte("a secret key of thirty-two bytes")
	_, err := newRedisStore(address(t), key)
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("Redis is not there: %v", err)
	}
	t.Setenv("REDIS_ADDRESS", address(t))
	b := browser.OpenAs(t, newSite(key), &Account{ID: "ada"})
	b.Want(b.Get("/"), "200 Hi ada")

	thief := b.Another()
	thief.SetCookie("session", b.Cookie("session"))
	thief.Want(thief.Get("/"), "200 Hi ada")
	b.Want(b.Post("/logout"), "303 /")
	thief.Want(thief.Get("/"), "401")
}
