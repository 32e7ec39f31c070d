package logintest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/logintest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

type account struct {
	ginlogin.UserMixin
	ID string
}

func (a *account) GetID() string { return a.ID }

var ada = &account{ID: "ada"}

// newRouter is an app under test, with strong session protection.
func newRouter() (*gin.Engine, *gin.RouterGroup) {
	key := []byte("0123456789abcdef0123456789abcdef")
	store := cookie.NewStore(key)
	store.Options(ginlogin.SessionOptions())
	find := func(_ context.Context, id string) (*account, error) { return &account{ID: id}, nil }
	lm := ginlogin.New(find)
	lm.SecretKeys = [][]byte{key}
	lm.SessionProtection = ginlogin.ProtectStrong
	staff := ginlogin.New(find)
	staff.Name = "staff"

	r := gin.New()
	r.Use(sessions.Sessions("session", store), lm.Middleware())
	who := func(c *gin.Context) { c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID()) }
	r.GET("/profile", ginlogin.LoginRequired(), who)
	r.GET("/settings", ginlogin.FreshLoginRequired(), who)
	admin := r.Group("/admin", staff.Middleware())
	admin.GET("/", ginlogin.LoginRequired(), who)
	return r, admin
}

func serve(r http.Handler, req *http.Request) string {
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, req)
	return http.StatusText(recorder.Code) + " " + recorder.Body.String()
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestALoginIsFreshUnlessAskedOtherwise(t *testing.T) {
	r, _ := newRouter()
	req := httptest.NewRequest("GET", "/settings", nil)
	expect(t, serve(r, req), "Unauthorized ")
	logintest.Login(t, r, req, ada)
	expect(t, serve(r, req), "OK ada")

	logintest.Login(t, r, req, ada, ginlogin.NotFresh())
	expect(t, serve(r, req), "Unauthorized ")
	req.URL.Path = "/profile"
	expect(t, serve(r, req), "OK ada")
}

func TestSessionProtectionHoldsInTests(t *testing.T) {
	r, _ := newRouter()
	req := httptest.NewRequest("GET", "/profile", nil)
	req.Header.Set("User-Agent", "browser")
	logintest.Login(t, r, req, ada)
	expect(t, serve(r, req), "OK ada")
	req.Header.Set("User-Agent", "thief")
	expect(t, serve(r, req), "Unauthorized ")
}

func TestOtherCookiesOfTheRequestStay(t *testing.T) {
	r, _ := newRouter()
	req := httptest.NewRequest("GET", "/profile", nil)
	req.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	logintest.Login(t, r, req, ada)
	theme, err := req.Cookie("theme")
	if err != nil || theme.Value != "dark" {
		t.Errorf("the request's own cookie is gone: %v %v", theme, err)
	}
}

func TestAGroupsOwnManagerLogsInThroughTheGroup(t *testing.T) {
	r, admin := newRouter()
	req := httptest.NewRequest("GET", "/admin/", nil)
	logintest.Login(t, r, req, ada)
	expect(t, serve(r, req), "Unauthorized ")
	logintest.LoginIn(t, r, admin, req, &account{ID: "root"})
	expect(t, serve(r, req), "OK root")
}

func TestAClientStaysLoggedIn(t *testing.T) {
	r, _ := newRouter()
	client, url := logintest.Client(t, r, ada, ginlogin.Remember(true))
	for range 2 {
		res, err := client.Get(url + "/profile")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		expect(t, string(body), "ada")
	}
}

// failing is a test that notes its failure.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()               {}
func (f *failing) Errorf(string, ...any) { f.failed = true }
func (f *failing) Fatalf(string, ...any) { f.failed = true; panic(f) }

func fails(t *testing.T, f func(testing.TB)) {
	t.Helper()
	tb := &failing{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(tb) {
				panic(p)
			}
		}()
		f(tb)
	}()
	if !tb.failed {
		t.Error("the test that could not log in did not fail")
	}
}

type banned struct{ account }

func (*banned) IsActive() bool { return false }

func TestATestThatCannotLogInFails(t *testing.T) {
	r, _ := newRouter()
	req := httptest.NewRequest("GET", "/profile", nil)
	fails(t, func(tb testing.TB) { logintest.Login(tb, r, req, &banned{account{ID: "b"}}) })

	guarded, _ := newRouter()
	guarded.Use(ginlogin.LoginRequired())
	fails(t, func(tb testing.TB) { logintest.Login(tb, guarded, req, ada) })
	fails(t, func(tb testing.TB) { logintest.Client(tb, guarded, ada) })

	other, _ := newRouter()
	fails(t, func(tb testing.TB) { logintest.LoginIn(tb, r, other, req, ada) })
}

func TestParallelTestsMayShareARouterThatServes(t *testing.T) {
	router, _ := newRouter()
	before := len(router.Routes())
	client, url := logintest.Client(t, router, ada)
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 10 {
				req := httptest.NewRequest("GET", "https://site.example/settings", nil)
				logintest.Login(t, router, req, ada)
				expect(t, serve(router, req), "OK ada")
				res, err := client.Get(url + "/profile")
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
			}
		})
	}
	if n := len(router.Routes()); n != before+1 {
		t.Errorf("%d routes, %d before: logins add one", n, before)
	}
}
