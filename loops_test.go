package ginlogin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin"
)

// followed follows redirects as a browser does, and returns the last status. A loop is 0.
func followed(b *browser, path string) int {
	for range 10 {
		rep := b.do("GET", path, "Accept", acceptHTML)
		if rep.StatusCode/100 != 3 {
			return rep.StatusCode
		}
		path = strings.TrimPrefix(rep.Header.Get("Location"), b.s.URL)
	}
	return 0
}

func TestNoGuardRedirectsForEver(t *testing.T) {
	never := func(ginlogin.User) bool { return false }
	for _, row := range []struct {
		name  string
		setup func(s *site)
		path  string
		want  int
		told  string
	}{
		{"Otherwise is its own page", func(s *site) {
			s.guarded("/plans", ginlogin.UserPasses(never, ginlogin.Otherwise("/plans")))
		}, "/plans", http.StatusForbidden, "a guard with Otherwise stands before /plans"},
		{"Otherwise is in the guarded group", func(s *site) {
			group := s.engine.Group("/paid", ginlogin.UserPasses(never, ginlogin.Otherwise("/paid/plans?from=page")))
			group.GET("/page", s.inside)
			group.GET("/plans", s.inside)
		}, "/paid/page", http.StatusForbidden, "a guard with Otherwise stands before /paid/plans"},
		{"Otherwise has a slash that the route lacks", func(s *site) {
			s.guarded("/plans", ginlogin.UserPasses(never, ginlogin.Otherwise("/plans/")))
		}, "/plans", http.StatusForbidden, "a guard with Otherwise stands before /plans/"},
		{"the refresh view asks for a fresh login", func(s *site) {
			s.guarded("/again", ginlogin.FreshLoginRequired(ginlogin.RefreshView("/again/")))
		}, "/again", http.StatusUnauthorized, "a guard stands before the login page it redirects to, /again/"},
		{"the page for strangers has a slash", func(s *site) {
			s.guarded("/welcome/", ginlogin.AnonymousRequired("/welcome"))
		}, "/welcome", http.StatusOK, "AnonymousRequired stands before /welcome"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			row.setup(s)
			b := s.browser()
			b.post("/login?id=1&fresh=0")
			wants(t, "answer", followed(b, row.path), row.want)
			wantsText(t, "log", s.logged(), "level=ERROR", "ginlogin: "+row.told)
		})
	}
}

func TestNoLoginPageRedirectsToItself(t *testing.T) {
	for _, row := range []struct {
		name   string
		closed bool
		view   func(s *site) string
		route  string
		want   int
		told   string
	}{
		{"the view of a closed site has a slash that the route lacks", true, func(*site) string { return "/enter/" }, "/enter", 401, "a guard stands before the login page"},
		{"the view of a closed site lacks the slash of the route", true, func(*site) string { return "/enter" }, "/enter/", 401, "a guard stands before the login page"},
		{"the view of a closed site is its own URL", true, func(s *site) string { return s.URL + "/enter" }, "/enter", 200, ""},
		{"the view is guarded", false, func(*site) string { return "/enter" }, "/enter", 401, "a guard stands before the login page"},
		{"the view is guarded and its own URL", false, func(s *site) string { return s.URL + "/enter" }, "/enter", 401, "a guard stands before the login page"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			inner := ginlogin.New(s.users.find)
			inner.Name, inner.LoginRequired, inner.LoginView, inner.Logger = "inner", row.closed, row.view(s), s.lm.Logger
			group := s.engine.Group("/", inner.Middleware())
			group.GET("/page", ginlogin.LoginRequired(), s.inside)
			if row.closed {
				group.GET(row.route, s.inside)
			} else {
				group.GET(row.route, ginlogin.LoginRequired(), s.inside)
			}
			wants(t, "answer", followed(s.browser(), "/page"), row.want)
			wantsText(t, "log", s.logged(), row.told)
		})
	}
}
