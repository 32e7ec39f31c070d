package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func isAda(a *account) bool { return a.Name == "Ada" }

func TestUserPassesAdmitsUsersIfTheTestIsTrue(t *testing.T) {
	var asked []string
	s := newSite(t, cookieStore(), nil)
	isAda := func(c *gin.Context, u ginlogin.User) bool {
		asked = append(asked, u.GetID()+" "+c.Request.Method)
		return u.(*account).Name == "Ada"
	}
	s.guarded("/page", passes(isAda))
	s.guarded("/api", passes(isAda, ginlogin.NoRedirect()))
	s.guarded("/view", passes(isAda, ginlogin.LoginView("/admin/login")))

	for _, row := range []struct {
		name, login, path, accept, want string
		asked                           string
	}{
		{"who passes gets in", "/login?id=1", "/page", "", "200 | inside", "[1 GET]"},
		{"a stale login is enough", "/login?id=1&fresh=0", "/page", "", "200 | inside", "[1 GET]"},
		{"who fails gets 403 without a body", "/login?id=2", "/page", "", "403", "[2 GET]"},
		{"a script that fails gets 403 with a JSON body", "/login?id=2", "/page", "application/json", `403 | {"error":"forbidden"}`, "[2 GET]"},
		{"NoRedirect gives all who fail a JSON body", "/login?id=2", "/api", acceptHTML, `403 | {"error":"forbidden"}`, "[2 GET]"},
		{"the anonymous are not tested but sent to log in", "", "/page", "", "302 | Location: /login?next=%2Fpage", "[]"},
		{"anonymous scripts get 401", "", "/api", "", jsonLogin, "[]"},
		{"options are those of LoginRequired", "", "/view", "", "302 | Location: /admin/login?next=%2Fview", "[]"},
		{"the inactive are not tested but sent to log in", "/login?id=3&force=1", "/page", "", "302 | Location: /login?next=%2Fpage", "[]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.browser()
			if row.login != "" {
				wants(t, "login", b.do("POST", row.login).StatusCode, 200)
			}
			s.told()
			asked = nil
			wants(t, "answer", answerOf(b.do("GET", row.path, "Accept", row.accept)), row.want)
			wants(t, "tested", fmt.Sprint(asked), row.asked)
			wants(t, "the handler ran", strings.Contains(s.told(), "handler"), strings.HasPrefix(row.want, "200"))
		})
	}
}

func TestA403IsAnEventAndFlashesNothing(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", passes(func(*gin.Context, ginlogin.User) bool { return false }))
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	rep := b.do("GET", "/page", "HX-Request", "true")
	wants(t, "answer", answerOf(rep), `403 | {"error":"forbidden"}`)
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
	wants(t, "events", s.told(), "user_accessed=1 user_forbidden=1")
	wants(t, "flashes", b.get("/flashes"), "200 [] <nil>")
}

func TestTheAnswerOfATestOfTheAppStands(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", passes(func(c *gin.Context, _ ginlogin.User) bool {
		c.JSON(http.StatusPaymentRequired, gin.H{"error": "pay first"})
		return false
	}))
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "a browser", b.get("/page"), `402 {"error":"pay first"}`)
	wants(t, "a script", b.get("/page", "Accept", "application/json"), `402 {"error":"pay first"}`)
}

func TestUserPassesTestsTheUsersOwnType(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.UserPasses(isAda))
	ada, grace := s.browser(), s.browser()
	ada.post("/login?id=1")
	grace.post("/login?id=2")
	wants(t, "a user who passes", ada.get("/page"), "200 inside")
	wants(t, "a user who does not", grace.get("/page"), "403 ")
	wants(t, "a stranger", s.browser().do("GET", "/page").StatusCode, http.StatusFound)
}

// Otherwise an Account beside a loader of *Account would leave a page open or closed
// without a word.
func TestAUserOfAnotherTypeNeverPassesAndIsWarnedOfOnce(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.UserPasses(func(member) bool { t.Error("the test is asked"); return true }))
	s.guarded("/tenant", ginlogin.RequestPasses(func(*gin.Context, member) (bool, error) { return true, nil }, ginlogin.Otherwise("/plans")))
	b := s.browser()
	b.post("/login?id=1")
	s.logged()
	wants(t, "UserPasses", b.get("/page"), "403 ")
	wants(t, "RequestPasses", answerOf(b.do("GET", "/tenant")), "302 | Location: /plans")
	logged := s.logged()
	wantsText(t, "log", logged, "level=WARN", "UserPasses", "ginlogin_test.member", "*ginlogin_test.account")
	wants(t, "warnings", strings.Count(logged, "level=WARN"), 1)
	wantsText(t, "events", s.told(), "user_forbidden=1")
}

func TestATestOfRequestPassesMayFail(t *testing.T) {
	down := errors.New("policy engine down")
	failing := ginlogin.RequestPasses(func(*gin.Context, *account) (bool, error) { return true, down }, ginlogin.Otherwise("/plans"))
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", failing)
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	wants(t, "a browser", answerOf(b.do("GET", "/page")), "503")
	wants(t, "a script", answerOf(b.do("GET", "/page", "Accept", "application/json")), `503 | {"error":"service unavailable"}`)
	wants(t, "events", s.told(), "user_accessed=1 user_accessed=1")
	wants(t, "errors", s.failures(), "ginlogin: RequestPasses: policy engine down; ginlogin: RequestPasses: policy engine down")

	handled := newSite(t, cookieStore(), func(s *site) {
		s.lm.ErrorHandler = func(c *gin.Context, err error) { c.String(http.StatusBadGateway, "%v", errors.Is(err, down)) }
	})
	handled.guarded("/page", failing)
	b = handled.browser()
	b.post("/login?id=1")
	wants(t, "ErrorHandler", b.get("/page"), "502 true")
}

func TestOtherwiseRedirectsBrowsersThatMayNotPass(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.guarded("/page", ginlogin.UserPasses(isAda, ginlogin.Otherwise("/plans?from=page")))
	s.guarded("/api", ginlogin.UserPasses(isAda, ginlogin.Otherwise("/plans"), ginlogin.NoRedirect()))
	ada, grace := s.browser(), s.browser()
	ada.post("/login?id=1")
	grace.post("/login?id=2")
	for _, row := range []struct {
		name, method, path, want string
		header                   []string
	}{
		{"a browser that reads", "GET", "/page", "302 | Location: /plans?from=page", nil},
		{"a browser that posts", "POST", "/page", "303 | Location: /plans?from=page", nil},
		{"a script gets 403", "GET", "/page", `403 | {"error":"forbidden"}`, []string{"Accept", "application/json"}},
		{"htmx gets 403", "GET", "/page", `403 | {"error":"forbidden"}`, []string{"HX-Request", "true"}},
		{"NoRedirect goes before it", "GET", "/api", `403 | {"error":"forbidden"}`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.told()
			wants(t, "answer", answerOf(grace.do(row.method, row.path, row.header...)), row.want)
			wants(t, "events", s.told(), "user_accessed=2 user_forbidden=2")
		})
	}
	wants(t, "a user who passes", ada.get("/page"), "200 inside")
	wants(t, "a stranger is sent to log in", answerOf(s.browser().do("GET", "/page")), "302 | Location: /login?next=%2Fpage")
	wants(t, "nothing is flashed", grace.get("/flashes"), "200 [] <nil>")
}
