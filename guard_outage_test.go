package ginlogin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAnOutageOfTheLoaderIs503AndNoLogout(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/vip", ginlogin.FreshLoginRequired())
	s.guarded("/ada", passes(func(*gin.Context, ginlogin.User) bool { return true }))
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()
	s.users.fail(errors.New("database down"))
	s.told()

	for _, row := range []struct{ name, path, accept, want string }{
		{"LoginRequired gives a browser no body", "/page", acceptHTML, "503"},
		{"LoginRequired gives a script JSON", "/page", "application/json", `503 | {"error":"service unavailable"}`},
		{"NoRedirect gives everybody JSON", "/api", acceptHTML, `503 | {"error":"service unavailable"}`},
		{"FreshLoginRequired asks for no password", "/vip", acceptHTML, "503"},
		{"UserPasses asks for no login", "/ada", acceptHTML, "503"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := b.do("GET", row.path, "Accept", row.accept)
			wants(t, "answer", answerOf(rep), row.want)
			wants(t, "cookies set", len(rep.Cookies()), 0)
			wants(t, "events", s.told(), "user_accessed")
			wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
		})
	}
	s.users.fail(nil)
	wants(t, "afterwards", b.get("/vip"), "200 inside")
}

func TestAnOutageOfTheStoreIs503AndNoLogout(t *testing.T) {
	store := &faultyStore{Store: memStore()}
	s := newSite(t, store, nil)
	s.guarded("/page", ginlogin.LoginRequired())
	b := s.browser()
	b.post("/login?id=1")
	s.users.calls()
	store.failLoads(errors.New("store down"))
	rep := b.do("GET", "/page")
	wants(t, "answer", answerOf(rep), "503")
	wants(t, "cookies set", len(rep.Cookies()), 0)
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "a visitor without cookies has to log in all the same", s.browser().do("GET", "/page").StatusCode, http.StatusFound)
	store.failLoads(nil)
	wants(t, "afterwards", b.get("/page"), "200 inside")
}

func TestErrorHandlerAnswersAnOutage(t *testing.T) {
	down := errors.New("database down")
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, err error) { // forgets to abort
			c.String(http.StatusBadGateway, "is it that? %v; ", errors.Is(err, down))
		}
	})
	s.guarded("/page", ginlogin.LoginRequired())
	s.guarded("/api", ginlogin.LoginRequired(ginlogin.NoRedirect()))
	b := s.browser()
	b.post("/login?id=1")
	s.users.fail(down)
	s.told()
	wants(t, "a browser", b.get("/page"), "502 is it that? true; ")
	wants(t, "a script", b.get("/api", "Accept", "application/json"), "502 is it that? true; ")
	wants(t, "the handler never ran", s.told(), "user_accessed user_accessed")
}
