package site_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/logintest"
)

// open are the routes that are open on purpose. All others ask for a login.
var open = []string{
	"GET /", "HEAD /",
	"GET /healthz", "HEAD /healthz",
	"GET /icon.svg", "HEAD /icon.svg",
	"GET /login", "HEAD /login", "POST /login",
	"GET /login/passkey", "HEAD /login/passkey", "POST /login/passkey", "POST /login/passkey/begin",
	"GET /passkeys.js", "HEAD /passkeys.js",
	"GET /login/openid", "GET /login/openid/callback", "GET /login/openid/new", "POST /login/openid/new",
	"POST /login/openid/logout",
	"GET /demo-provider/*page", "POST /demo-provider/*page",
	"GET /login/code", "HEAD /login/code", "POST /login/code",
	"GET /forgot", "HEAD /forgot", "POST /forgot",
	"GET /reset", "HEAD /reset", "POST /reset",
	"GET /login/link", "HEAD /login/link", "POST /login/link",
	"GET /login/link/open", "HEAD /login/link/open", "POST /login/link/open",
	"GET /admin/login", "HEAD /admin/login", "POST /admin/login",
	"POST /logout",
	"GET /readyz", "HEAD /readyz",
	"GET /register", "HEAD /register", "POST /register",
	"GET /style.css", "HEAD /style.css",
}

func TestNoRouteIsOpenByMistake(t *testing.T) {
	got := logintest.OpenRoutes(t, sitetest.New(t).Handler())
	slices.Sort(open)
	if !slices.Equal(got, open) {
		t.Errorf("open routes:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(open, "\n"))
	}
}

// The test above would notice: here the admin area stands a second time, and its guard has been forgotten.
func TestARouteThatIsOpenByMistakeIsFound(t *testing.T) {
	s := sitetest.New(t)
	r := s.Handler()
	s.AdminRoutes(r.Group("/forgotten", ginlogin.LoginNotRequired()))
	s.AdminRoutes(r.Group("/closed")) // LoginRequired of the whole site is a guard
	var found []string
	for _, route := range logintest.OpenRoutes(t, r) {
		if !slices.Contains(open, route) {
			found = append(found, route)
		}
	}
	want := []string{
		"GET /forgotten", "GET /forgotten/deactivate", "GET /forgotten/logout",
		"POST /forgotten/deactivate", "POST /forgotten/logout", "POST /forgotten/reactivate",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}
