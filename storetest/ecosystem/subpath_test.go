package ecosystem

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// below returns ginlogin for an app whose cookies stay below path.
func below(path string) []gin.HandlerFunc {
	store := cookie.NewStore(key("session of " + path))
	options := ginlogin.SessionOptions()
	options.Path = path
	store.Options(options)
	return append([]gin.HandlerFunc{sessions.Sessions("session", store)}, known(func(lm *ginlogin.LoginManager) {
		lm.Remember.Path = path
		lm.LoginView = path + "/login"
		lm.SecretKeys = [][]byte{key("remember of " + path)}
	})[1])
}

func stripped(path string) http.Handler {
	engine := newEngine(below(path)...)
	pages(engine)
	return http.StripPrefix(path, engine)
}

func based(path string) http.Handler {
	engine := newEngine()
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
			s := serve(t, mux)
			one, two := *s, *s
			one.path, two.path = "/one", "/two"
			one.keepsLogins()
			one.tellsUsersApart()

			b := one.loggedIn("ada")
			b.s = &two
			wants(t, "the neighbour's status", b.do("GET", "/guarded").StatusCode, http.StatusFound)
			wants(t, "the neighbour's login", b.do("POST", "/login?id=bob").body, "done")
			wants(t, "the neighbour's page", b.do("GET", "/guarded").body, "Hi bob")
			b.s = &one
			wants(t, "the first page", b.do("GET", "/guarded").body, "Hi ada")
			b.s = s
			wants(t, "cookies outside", b.do("GET", "/elsewhere").body, "")
		})
	}
}
