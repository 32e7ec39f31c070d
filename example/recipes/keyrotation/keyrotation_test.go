package keyrotation

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var (
	oldKey = []byte("an old key of thirty-two bytes !")
	newKey = []byte("a new key of thirty-two bytes !!")
)

func TestKeysAreLoadedFromTheEnvironment(t *testing.T) {
	first, second := base64.StdEncoding.EncodeToString(newKey), base64.StdEncoding.EncodeToString(oldKey)
	load := func(text string) ([][]byte, error) {
		return loadKeys(func(name string) string { return map[string]string{"SECRET_KEYS": text}[name] })
	}
	keys, err := load(first + ", " + second)
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], newKey) || !bytes.Equal(keys[1], oldKey) {
		t.Errorf("the keys are %q, %v", keys, err)
	}
	for _, text := range []string{"", first + ",", "c2hvcnQ=", "no base64"} {
		if keys, err := load(text); err == nil {
			t.Errorf("%q gives the keys %q", text, keys)
		}
	}
}

func TestKeysAreRotatedWithoutALogout(t *testing.T) {
	for name, store := range map[string]func([][]byte) sessions.Store{"gin-contrib": newStore, "cookiestore": newCookieStore} {
		t.Run(name, func(t *testing.T) {
			var site http.Handler
			deploy := func(keys ...[]byte) { site = Site(keys, store(keys)) }
			deploy(oldKey)
			b := browser.Open(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { site.ServeHTTP(w, req) }))
			b.Want(b.Post("/login", "id", "ada"), "200")
			once := b.Another() // was not asked to be remembered
			once.SetCookie("session", b.Cookie("session"))
			away := b.Another() // comes back when the old key is gone
			away.SetCookie("session", b.Cookie("session"))
			away.SetCookie("remember_token", b.Cookie("remember_token"))

			deploy(newKey, oldKey)
			once.Want(once.Get("/"), "200 Hi ada")
			b.Want(b.Get("/"), "200 Hi ada")
			b.SetCookie("session", "") // it has ended; what comes next is signed by the new key
			b.Want(b.Get("/"), "200 Hi ada")

			deploy(newKey)
			b.Want(b.Get("/"), "200 Hi ada")
			b.SetCookie("session", "")
			b.Want(b.Get("/"), "200 Hi ada")
			away.Want(away.Get("/"), "401")
		})
	}
}
