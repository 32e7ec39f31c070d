package ecosystem

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// below returns ginlogin for an app whose cookies stay below path.
func below(path string) []gin.HandlerFunc {
	store := cookie.NewStore(site.Key("session of " + path))
	options := ginlogin.SessionOptions()
	options.Path = path
	store.Options(options)
	return append([]gin.HandlerFunc{sessions.Sessions("session", store)}, known(func(lm *ginlogin.LoginManager) {
		lm.Remember.Path = path
		lm.LoginView = path + "/login"
		lm.SecretKeys = [][]byte{site.Key("remember of " + path)}
	})[1])
}

func stripped(path string) http.Handler {
	engine := site.Engine(below(path)...)
	pages(engine)
	return http.StripPrefix(path, engine)
}

func based(path string) http.Handler {
	engine := site.Engine()
	pages(engine.Group(path, below(path)...))
	return engine
}

func TestASiteInASubPathKeepsLoginsAndItsCookiesToItself(t *testing.T) {
	for name, app := range map[string]func(path string) http.Handler{
		"a base path": based, "http.StripPrefix": stripped,
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/one/", app("/one"))
			mux.Handle("/two/", app("/two"))
			mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
				w.Write([]byte(strings.Join(req.Header["Cookie"], "; ")))
			})
			s := site.Serve(t, mux)
			one, two := *s, *s
			one.Path, two.Path = "/one", "/two"
			keepsLogins(&one)
			tellsUsersApart(&one)

			b := loggedIn(&one, "ada")
			b.Site = &two
			site.Wants(t, "the neighbour's status", b.Do("GET", "/guarded").StatusCode, http.StatusFound)
			site.Wants(t, "the neighbour's login", b.Do("POST", "/login?id=bob").Text, "done")
			site.Wants(t, "the neighbour's page", b.Do("GET", "/guarded").Text, "Hi bob")
			b.Site = &one
			site.Wants(t, "the first page", b.Do("GET", "/guarded").Text, "Hi ada")
			b.Site = s
			site.Wants(t, "cookies outside", b.Do("GET", "/elsewhere").Text, "")
		})
	}
}
