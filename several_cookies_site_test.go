package ginlogin_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// where says which Domain and Path the cookies of a deploy have.
type where struct{ domain, path string }

func (w where) String() string { return w.domain + w.path }

// moves are deploys that change Domain or Path.
var moves = []struct{ before, after where }{
	{where{"", "/"}, where{"shop.test", "/"}},
	{where{"shop.test", "/"}, where{"", "/"}},
	{where{"shop.test", "/"}, where{"app.shop.test", "/"}},
	{where{"", "/"}, where{"", "/app"}},
	{where{"", "/app"}, where{"", "/"}},
	{where{"", "/app/"}, where{"shop.test", "/"}},
}

// A keeping is a way to keep sessions, with the same keys and sessions in every deploy.
type keeping func(o sessions.Options) gin.HandlerFunc

func keepings() map[string]keeping {
	stock, mem, ours := cookieStore(), memStore(), cookiestore.NewStore(keyOf("session"))
	with := func(store sessions.Store) keeping {
		return func(o sessions.Options) gin.HandlerFunc {
			store.Options(o)
			return sessions.Sessions("session", store)
		}
	}
	return map[string]keeping{
		"cookie store": with(stock), "memstore": with(mem), "cookiestore": with(ours),
		"cookiestore.Sessions": func(o sessions.Options) gin.HandlerFunc {
			ours.Options(o)
			return cookiestore.Sessions("session", ours)
		},
	}
}

// A moving site is one at https://app.shop.test/app/ whose cookies move in a deploy.
type movingSite struct {
	*site
	keep    keeping
	logins  ginlogin.LoginStore
	current atomic.Pointer[gin.Engine]
}

// newMovingSite starts the site and deploys it for the first time.
func newMovingSite(t *testing.T, keep keeping, at where) *movingSite {
	t.Helper()
	m := &movingSite{site: &site{t: t, users: newAccounts(), clock: &testClock{now: time.Now()}, log: &strings.Builder{}}, keep: keep}
	m.deploy(at)
	m.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { m.current.Load().ServeHTTP(w, req) }))
	t.Cleanup(m.Close)
	return m
}

// deploy replaces the site by one whose cookies have that Domain and Path. A minute passes.
func (m *movingSite) deploy(at where) {
	m.clock.Advance(time.Minute)
	lm := ginlogin.New(m.users.find)
	lm.SecretKeys, lm.LoginView, lm.Now = [][]byte{keyOf("remember")}, "/app/login", m.clock.Now
	lm.AbsoluteTimeout, lm.Logins = 2*time.Hour, m.logins
	lm.Logger = slog.New(slog.NewTextHandler(syncWriter{m.site}, nil))
	lm.Remember.Domain, lm.Remember.Path = at.domain, at.path
	options := ginlogin.SessionOptions()
	options.Domain, options.Path = at.domain, at.path
	m.engine, m.lm = gin.New(), lm
	if err := m.engine.SetTrustedProxies(nil); err != nil {
		m.t.Fatal(err)
	}
	area := m.engine.Group("/app", m.keep(options), lm.Middleware())
	m.routes(area)
	m.current.Store(m.engine)
}

// visitor returns a browser that sends cookies by Domain and Path.
func (m *movingSite) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		m.t.Fatal(err)
	}
	address := m.Listener.Addr().String()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // its name is another one
	}
	m.t.Cleanup(transport.CloseIdleConnections)
	leave := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{m: m, client: &http.Client{Transport: transport, Jar: jar, CheckRedirect: leave}}
}

type visitor struct {
	m      *movingSite
	client *http.Client
}

// do returns status and body.
func (v *visitor) do(method, page string) string {
	v.m.t.Helper()
	req, err := http.NewRequest(method, "https://app.shop.test/app"+page, nil)
	if err != nil {
		v.m.t.Fatal(err)
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.m.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.m.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", res.StatusCode, body)
}

func (v *visitor) get(page string) string  { v.m.t.Helper(); return v.do("GET", page) }
func (v *visitor) post(page string) string { v.m.t.Helper(); return v.do("POST", page) }

// is checks, more than once, who the site says the visitor is.
func (v *visitor) is(what, id string) {
	v.m.t.Helper()
	for range 2 {
		wants(v.m.t, what, v.get("/whoami"), "200 user "+id)
		wants(v.m.t, what+", at a page that does not ask", v.get("/static"), "200 static")
	}
}

var appPage = &url.URL{Scheme: "https", Host: "app.shop.test", Path: "/app/page"}

func (v *visitor) keeps(name, value string, at where) {
	v.client.Jar.SetCookies(appPage, []*http.Cookie{{Name: name, Value: value, Domain: at.domain, Path: at.path, Secure: true}})
}

// loses removes the cookies of that name, as the end of the browser does with the session's.
func (v *visitor) loses(name string) {
	for _, domain := range []string{"", "app.shop.test", "shop.test"} {
		for _, path := range []string{"/", "/app", "/app/"} {
			v.client.Jar.SetCookies(appPage, []*http.Cookie{{Name: name, Domain: domain, Path: path, MaxAge: -1}})
		}
	}
}

func (v *visitor) cookies(name string) (values []string) {
	for _, c := range v.client.Jar.Cookies(appPage) {
		if c.Name == name {
			values = append(values, c.Value)
		}
	}
	return values
}

// eachMove runs a story with every way to keep sessions and every move of their cookies.
func eachMove(t *testing.T, story func(t *testing.T, m *movingSite, v *visitor, after where)) {
	for name, keep := range keepings() {
		for _, move := range moves {
			t.Run(fmt.Sprintf("%s/%v to %v", name, move.before, move.after), func(t *testing.T) {
				m := newMovingSite(t, keep, move.before)
				story(t, m, m.visitor(), move.after)
			})
		}
	}
}
