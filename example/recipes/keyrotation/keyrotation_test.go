package keyrotation

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var (
	oldKey = []byte("an old key of thirty-two bytes !")
	newKey = []byte("a new key of thirty-two bytes !!")
)

func TestKeysAreLoadedFromTheEnvironment(t *testing.T) {
	load := func(text string) ([][]byte, error) {
		return loadKeys(func(name string) string { return map[string]string{"SECRET_KEY": text}[name] })
	}
	keys, err := load(string(newKey) + ", " + string(oldKey))
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], newKey) || !bytes.Equal(keys[1], oldKey) {
		t.Errorf("the keys are %q, %v", keys, err)
	}
	for _, text := range []string{"", string(newKey) + ",", "short"} {
		if keys, err := load(text); err == nil {
			t.Errorf("%q gives the keys %q", text, keys)
		}
	}
}

// The README's program takes the variable as it is.
func TestAKeyOfTheREADMEIsTheSameKey(t *testing.T) {
	const text = "n7rSx0wV8b1fJ3yK5mQ2tZ6cD9hG4pL0aE8uB2iW1oM="
	keys, err := loadKeys(func(string) string { return text })
	if err != nil || string(keys[0]) != text {
		t.Errorf("the keys are %q, %v", keys, err)
	}
}

func TestKeysAreRotatedWithoutALogout(t *testing.T) {
	for name, newSite := range map[string]func() *gin.Engine{"gin-contrib": newPairedSite, "cookiestore": newSite} {
		t.Run(name, func(t *testing.T) {
			var site http.Handler
			deploy := func(keys ...[]byte) {
				t.Setenv("SECRET_KEY", string(bytes.Join(keys, []byte(","))))
				site = newSite()
			}
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
