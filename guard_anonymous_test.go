package ginlogin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAnonymousRequiredSendsUsersAway(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	wants(t, "anonymous GET", b.get("/welcome"), "200 inside")
	wants(t, "anonymous POST", b.post("/welcome"), "200 inside")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	s.told()
	wants(t, "a user's GET", answerOf(b.do("GET", "/welcome")), "302 | Location: /home")
	wants(t, "a user's HEAD", answerOf(b.do("HEAD", "/welcome")), "302 | Location: /home")
	wants(t, "a user's POST", answerOf(b.do("POST", "/welcome")), "303 | Location: /home")
	wants(t, "the handler never ran", s.told(), "user_accessed=1 user_accessed=1 user_accessed=1")
	wants(t, "nothing is flashed", b.get("/flashes"), "200 [] <nil>")

	s.guarded("/api/register", ginlogin.AnonymousRequired("/home", ginlogin.NoRedirect()))
	wants(t, "a user's program", answerOf(b.do("GET", "/api/register")), `403 | {"error":"already logged in"}`)

	inactive := s.browser()
	inactive.post("/login?id=3&force=1")
	wants(t, "an inactive user, who has to log in here", inactive.get("/welcome"), "200 inside")
}

func TestAnonymousRequiredNeverAnswers503(t *testing.T) {
	store := &faultyStore{Store: cookieStore()}
	s := newSite(t, store, func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, _ error) { c.String(http.StatusServiceUnavailable, "down") }
	})
	s.guarded("/welcome", ginlogin.AnonymousRequired("/home"))
	b := s.browser()
	b.post("/login?id=1")
	s.failures()

	s.users.fail(errors.New("database down"))
	wants(t, "loader down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: loading the user: database down")
	s.users.fail(nil)
	store.failLoads(errors.New("store down"))
	wants(t, "store down", b.get("/welcome"), "200 inside")
	wants(t, "errors", s.failures(), "ginlogin: reading the session: store down")
	store.failLoads(nil)
	wants(t, "all is well again", b.do("GET", "/welcome").StatusCode, http.StatusFound)
}

func TestAnonymousRequiredOnThePageItRedirectsToIsReportedAndLetsPass(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/welcome", ginlogin.AnonymousRequired("/welcome"))
	s.guarded("/reauthenticate", ginlogin.AnonymousRequired("/home")) // the RefreshView
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	for _, path := range []string{"/welcome", "/reauthenticate"} {
		wants(t, path, b.get(path+"?next=%2Fvault"), "200 inside")
		wantsText(t, "errors", s.failures(), "ginlogin: AnonymousRequired stands before "+path)
	}
}
