// Package logintest logs users in for the tests of an app on ginlogin. It is
// Flask-Login's FlaskLoginClient.
//
// It uses the app's own middleware and ginlogin.Login, so that freshness, session
// protection and the remember cookie are the same in the test as in the app. There
// is no switch that turns guards off.
//
//	req := httptest.NewRequest("GET", "https://site.example/settings", nil)
//	logintest.Login(t, router, req, ada)                       // fresh
//	logintest.Login(t, router, req, ada, ginlogin.NotFresh())  // not fresh
//	router.ServeHTTP(recorder, req)
package logintest

import (
	"crypto/rand"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin"
)

// Login logs u in and gives req the cookies of that login, in place of its own
// of the same names. The login comes from the address, the host and the user
// agent of req: set these before.
//
// The middlewares have to be on the whole router, without a guard among them; use
// [LoginIn] otherwise. The first call for a router adds a route to it, so it comes
// before the router serves; later calls may come from parallel tests. The test
// fails when Login does.
func Login(t testing.TB, router *gin.Engine, req *http.Request, u ginlogin.User, opts ...ginlogin.LoginOption) {
	t.Helper()
	LoginIn(t, router, router, req, u, opts...)
}

// LoginIn is [Login] through the middlewares of a group of the router, for
// instance of an admin area with its own login manager.
func LoginIn(t testing.TB, router *gin.Engine, group gin.IRoutes, req *http.Request, u ginlogin.User, opts ...ginlogin.LoginOption) {
	t.Helper()
	path, query := mount(t, router, group), ticket(t, u, opts)
	login := req.Clone(req.Context())
	login.Method, login.Body, login.ContentLength = http.MethodGet, nil, 0
	login.URL.Path, login.URL.RawPath, login.URL.RawQuery, login.RequestURI = path, "", query, path+"?"+query

	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, login)
	res := recorder.Result()
	check(t, res)
	setCookies(req, res.Cookies())
}

// Client starts a TLS server for the router and returns a client that is logged
// in as u, with a cookie jar, and the server's URL. The server is closed when the
// test ends.
func Client(t testing.TB, router *gin.Engine, u ginlogin.User, opts ...ginlogin.LoginOption) (client *http.Client, url string) {
	t.Helper()
	return ClientOf(t, router, router, u, opts...)
}

// ClientOf is [Client] for a handler that serves the router, such as that of
// http.CrossOriginProtection.
func ClientOf(t testing.TB, handler http.Handler, router *gin.Engine, u ginlogin.User, opts ...ginlogin.LoginOption) (client *http.Client, url string) {
	t.Helper()
	path, query := mount(t, router, router), ticket(t, u, opts)
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	client = server.Client()
	client.Jar, _ = cookiejar.New(nil) // it never fails without options
	res, err := client.Get(server.URL + path + "?" + query)
	if err != nil {
		t.Fatalf("logintest: %v", err)
	}
	defer res.Body.Close()
	check(t, res)
	return client, server.URL
}

// mounted has the paths of the routes that log users in: one for each router and
// group, because a router that serves takes no further routes.
var mounted = struct {
	sync.Mutex
	paths map[place]string
}{paths: map[place]string{}}

type place struct {
	router *gin.Engine
	group  gin.IRoutes
}

// routePrefix begins the routes that log users in.
const routePrefix = "/logintest-"

// mount returns the path of the route that logs users in, which cannot be guessed.
// It answers GET, so that middlewares that refuse posts from other sites let it
// pass.
func mount(t testing.TB, router *gin.Engine, group gin.IRoutes) string {
	t.Helper()
	mounted.Lock()
	defer mounted.Unlock()
	if path, ok := mounted.paths[place{router, group}]; ok {
		return path
	}
	name := routePrefix + rand.Text()
	group.GET(name, ginlogin.LoginNotRequired(), func(c *gin.Context) {
		if issued, ok := tickets.LoadAndDelete(c.Request.URL.RawQuery); ok {
			issued.(func(*gin.Context))(c)
		}
	})
	for _, route := range router.Routes() {
		if strings.HasSuffix(route.Path, name) {
			mounted.paths[place{router, group}] = route.Path
			return route.Path
		}
	}
	t.Fatalf("logintest: the group belongs to another router: use a group of the router that is given")
	return ""
}

// tickets has the login to make for each request that is under way.
var tickets sync.Map

// ticket returns the query of a request that logs u in.
func ticket(t testing.TB, u ginlogin.User, opts []ginlogin.LoginOption) string {
	query := rand.Text()
	tickets.Store(query, func(c *gin.Context) {
		if err := ginlogin.Login(c, u, opts...); err != nil {
			t.Errorf("logintest: %v", err)
		}
		c.Status(http.StatusNoContent)
	})
	t.Cleanup(func() { tickets.Delete(query) })
	return query
}

func check(t testing.TB, res *http.Response) {
	t.Helper()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("logintest: a middleware of the router answered the login with %d before ginlogin.Login was reached: "+
			"use LoginIn with a group that has only the session's and the manager's middleware", res.StatusCode)
	}
}

// setCookies gives req the cookies that a browser would send after them.
func setCookies(req *http.Request, set []*http.Cookie) {
	kept := slices.DeleteFunc(req.Cookies(), func(c *http.Cookie) bool {
		return slices.ContainsFunc(set, func(s *http.Cookie) bool { return s.Name == c.Name })
	})
	req.Header.Del("Cookie")
	for _, cookie := range append(kept, set...) {
		if cookie.MaxAge >= 0 {
			req.AddCookie(cookie)
		}
	}
}
