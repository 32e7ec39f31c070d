package ginlogin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAGuardTakesItsOwnOptions(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for path, guard := range map[string]gin.HandlerFunc{
		"/plain":          ginlogin.LoginRequired(),
		"/own-view":       ginlogin.LoginRequired(ginlogin.LoginView("/admin/login")),
		"/no-view":        ginlogin.LoginRequired(ginlogin.LoginView("")),
		"/no-redirect":    ginlogin.LoginRequired(ginlogin.NoRedirect()),
		"/both":           ginlogin.LoginRequired(ginlogin.LoginView("/admin/login"), ginlogin.NoRedirect()),
		"/last-wins":      ginlogin.LoginRequired(ginlogin.LoginView("/first"), ginlogin.LoginView("/last")),
		"/vip":            ginlogin.FreshLoginRequired(),
		"/fresh-own-view": ginlogin.FreshLoginRequired(ginlogin.RefreshView("/admin/again"), ginlogin.LoginView("/admin/login")),
		"/fresh-no-view":  ginlogin.FreshLoginRequired(ginlogin.RefreshView(""), ginlogin.LoginView("")),
		"/fresh-api":      ginlogin.FreshLoginRequired(ginlogin.NoRedirect()),
	} {
		s.guarded(path, guard)
	}
	stale := s.browser()
	stale.post("/login?id=1&fresh=0")

	for _, row := range []struct{ name, path, anonymous, stale string }{
		{"no options take the manager's views", "/vip", "302 | Location: /login?next=%2Fvip", "302 | Location: /reauthenticate?next=%2Fvip"},
		{"LoginView sends to that view", "/own-view", "302 | Location: /admin/login?next=%2Fown-view", "200 | inside"},
		{"an empty LoginView answers 401 without a body", "/no-view", "401 | WWW-Authenticate: Session", "200 | inside"},
		{"NoRedirect answers 401 with a JSON body", "/no-redirect", jsonLogin, "200 | inside"},
		{"NoRedirect outweighs a view", "/both", jsonLogin, "200 | inside"},
		{"the last option of a kind counts", "/last-wins", "302 | Location: /last?next=%2Flast-wins", "200 | inside"},
		{"RefreshView is for the stale, LoginView for the anonymous", "/fresh-own-view", "302 | Location: /admin/login?next=%2Ffresh-own-view", "302 | Location: /admin/again?next=%2Ffresh-own-view"},
		{"an empty RefreshView answers 401 without a body", "/fresh-no-view", "401 | WWW-Authenticate: Session", "401 | WWW-Authenticate: Session" + stepUp},
		{"NoRedirect tells the stale from the anonymous", "/fresh-api", jsonLogin, jsonRefresh},
		{"no option of one guard is seen by another", "/plain", "302 | Location: /login?next=%2Fplain", "200 | inside"},
	} {
		t.Run(row.name, func(t *testing.T) {
			wants(t, "anonymous", answerOf(s.browser().do("GET", row.path)), row.anonymous)
			wants(t, "stale", answerOf(stale.do("GET", row.path)), row.stale)
		})
	}
}

func TestGuardsThatMakeNoSensePanicWhenTheyAreMade(t *testing.T) {
	for _, row := range []struct {
		name  string
		make  func()
		parts []string
	}{
		{"AnonymousRequired to a relative path", func() { ginlogin.AnonymousRequired("home") }, []string{"AnonymousRequired", "begins with /"}},
		{"AnonymousRequired to nowhere", func() { ginlogin.AnonymousRequired("") }, []string{"AnonymousRequired"}},
		{"UserPasses without a test", func() { ginlogin.UserPasses[*account](nil) }, []string{"UserPasses"}},
		{"RequestPasses without a test", func() { ginlogin.RequestPasses[*account](nil) }, []string{"RequestPasses"}},
		{"Otherwise to nowhere", func() { ginlogin.Otherwise("") }, []string{"Otherwise", "empty"}},
		{"For without a manager", func() { ginlogin.For(nil) }, []string{"For"}},
		{"FreshFor less than no time", func() { ginlogin.FreshFor(-1) }, []string{"FreshFor"}},
		{"LoginView of a relative path", func() { ginlogin.LoginView("evil") }, []string{"LoginView", `"evil"`}},
		{"RefreshView of a relative path", func() { ginlogin.RefreshView("evil") }, []string{"RefreshView", `"evil"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantsText(t, "panic", panicText(row.make), append(row.parts, "ginlogin: ")...)
		})
	}
	for _, view := range []string{"", "/login", "https://sso.example/login"} {
		wants(t, "LoginView "+view, panicText(func() { ginlogin.LoginView(view); ginlogin.RefreshView(view) }), "")
	}
}

func TestAGuardRefusesTheOptionsThatItWouldIgnore(t *testing.T) {
	guards := map[string]func(...ginlogin.GuardOption){
		"LoginRequired":      func(o ...ginlogin.GuardOption) { ginlogin.LoginRequired(o...) },
		"FreshLoginRequired": func(o ...ginlogin.GuardOption) { ginlogin.FreshLoginRequired(o...) },
		"UserPasses":         func(o ...ginlogin.GuardOption) { ginlogin.UserPasses(isAda, o...) },
		"RequestPasses": func(o ...ginlogin.GuardOption) {
			passes(func(*gin.Context, ginlogin.User) bool { return true }, o...)
		},
		"AnonymousRequired": func(o ...ginlogin.GuardOption) { ginlogin.AnonymousRequired("/", o...) },
	}
	for _, row := range []struct {
		name    string
		option  ginlogin.GuardOption
		takenBy string
	}{
		{"LoginView", ginlogin.LoginView("/in"), "LoginRequired FreshLoginRequired UserPasses RequestPasses"},
		{"RefreshView", ginlogin.RefreshView("/again"), "FreshLoginRequired"},
		{"FreshFor", ginlogin.FreshFor(time.Minute), "FreshLoginRequired"},
		{"Otherwise", ginlogin.Otherwise("/plans"), "UserPasses RequestPasses"},
		{"NoRedirect", ginlogin.NoRedirect(), "LoginRequired FreshLoginRequired UserPasses RequestPasses AnonymousRequired"},
		{"For", ginlogin.For(ginlogin.New(newAccounts().find)), "LoginRequired FreshLoginRequired UserPasses RequestPasses AnonymousRequired"},
	} {
		for guard, make := range guards {
			got := panicText(func() { make(row.option) })
			if slices.Contains(strings.Fields(row.takenBy), guard) {
				wants(t, guard+" with "+row.name, got, "")
				continue
			}
			wantsText(t, guard+" with "+row.name, got, "ginlogin: "+guard+" would ignore the option "+row.name)
		}
	}
}

func TestAnOptionThatNoStrangerMeetsIsWarnedOfOnce(t *testing.T) {
	noRedirect, view := ginlogin.NoRedirect(), ginlogin.LoginView("/admin/login")
	everybody := func(ginlogin.User) bool { return true }
	for name, row := range map[string]struct {
		siteIsClosed bool
		guards       []gin.HandlerFunc
		want         string
	}{
		"NoRedirect":                      {true, []gin.HandlerFunc{ginlogin.LoginRequired(noRedirect)}, "option NoRedirect has no effect"},
		"LoginView":                       {true, []gin.HandlerFunc{ginlogin.LoginRequired(view)}, "option LoginView has no effect"},
		"LoginView of another guard":      {true, []gin.HandlerFunc{ginlogin.UserPasses(everybody, view)}, "option LoginView has no effect"},
		"NoRedirect for a stale login":    {true, []gin.HandlerFunc{ginlogin.FreshLoginRequired(noRedirect)}, ""},
		"NoRedirect for users":            {true, []gin.HandlerFunc{ginlogin.UserPasses(everybody, noRedirect)}, ""},
		"no option":                       {true, []gin.HandlerFunc{ginlogin.LoginRequired()}, ""},
		"a group that is opened for it":   {true, []gin.HandlerFunc{ginlogin.LoginNotRequired(), ginlogin.LoginRequired(noRedirect)}, ""},
		"a site that is not closed":       {false, []gin.HandlerFunc{ginlogin.LoginRequired(noRedirect)}, ""},
		"a site that is not closed, view": {false, []gin.HandlerFunc{ginlogin.LoginRequired(view)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.LoginRequired = row.siteIsClosed })
			s.engine.GET("/api", append(row.guards, s.inside)...)
			b := s.browser()
			b.post("/login?id=1")
			for _, want := range []string{row.want, ""} {
				wants(t, "a page", b.get("/api"), "200 inside")
				logged := s.logged()
				wants(t, "warned in "+logged, strings.Contains(logged, "has no effect"), want != "")
				wantsText(t, "log", logged, want)
			}
		})
	}
}
