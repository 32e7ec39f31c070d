package ginlogin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/logintest"
)

func init() { gin.SetMode(gin.ReleaseMode) }

// Account is the user type of the examples.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
	Admin    bool
}

func (a *Account) GetID() string { return a.ID }

func (a *Account) IsAdmin() bool { return a.Admin }

var (
	ada   = &Account{ID: "1", Name: "Ada", Admin: true}
	grace = &Account{ID: "2", Name: "Grace"}
	key   = []byte("0123456789abcdef0123456789abcdef")
)

// findByID is what a repository of accounts has.
func findByID(_ context.Context, id string) (*Account, error) {
	switch id {
	case "1":
		return ada, nil
	case "2":
		return grace, nil
	}
	return nil, ginlogin.ErrUserNotFound
}

// newRouter is an app with sessions and lm.
func newRouter(lm *ginlogin.LoginManager) *gin.Engine {
	store := cookie.NewStore(key)
	store.Options(ginlogin.SessionOptions())
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(sessions.Sessions("session", store), lm.Middleware())
	return r
}

// visit prints what the router answers a visitor, or a user if one is given.
func visit(r *gin.Engine, method, target string, user ...ginlogin.User) {
	req := httptest.NewRequest(method, "https://site.example"+target, nil)
	for _, u := range user {
		logintest.Login(&testing.T{}, r, req, u)
	}
	show(r, req)
}

func show(r *gin.Engine, req *http.Request) {
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, req)
	text := strings.TrimSpace(recorder.Body.String())
	if location := recorder.Header().Get("Location"); location != "" {
		text = "to " + location
	}
	fmt.Println(recorder.Code, text)
}

func ExampleNew() {
	lm := ginlogin.New(findByID) // func(ctx context.Context, id string) (*Account, error)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"
	lm.SessionProtection = ginlogin.ProtectStrong

	r := newRouter(lm) // r.Use(sessions.Sessions("session", store), lm.Middleware())
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})

	visit(r, "GET", "/profile")
	visit(r, "GET", "/profile", ada)
	// Output:
	// 302 to /login?next=%2Fprofile
	// 200 Hi Ada
}

func ExampleIntID() {
	find := func(ctx context.Context, id int64) (*Account, error) { // as repositories have it
		return findByID(ctx, strconv.FormatInt(id, 10))
	}
	r := newRouter(ginlogin.New(ginlogin.IntID(find)))
	r.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "%v", ginlogin.CurrentUser(c).IsAuthenticated()) })

	visit(r, "GET", "/", ada)
	// Output: 200 true
}

func ExampleLogin() {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	r := newRouter(lm)
	r.POST("/login", func(c *gin.Context) {
		account := ada // whoever the credentials belong to
		if err := ginlogin.Login(c, account, ginlogin.Remember(true)); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
	})

	visit(r, "POST", "/login?next=/profile")
	visit(r, "POST", "/login?next=//evil.example")
	// Output:
	// 303 to /profile
	// 303 to /
}

func ExampleLogoutTo() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/logout", ginlogin.LogoutTo("/"))

	visit(r, "POST", "/logout", ada)
	// Output: 303 to /
}

func ExampleLogout() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/logout", func(c *gin.Context) {
		if err := ginlogin.Logout(c, ginlogin.ClearSession()); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/")
	})

	visit(r, "POST", "/logout", ada)
	// Output: 303 to /
}

func ExampleLoginRequired() {
	lm := ginlogin.New(findByID)
	lm.LoginView = "/login"
	r := newRouter(lm)
	r.GET("/notes", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "notes") })

	for _, header := range []string{
		"Accept: text/html,*/*;q=0.8", // a browser
		"Accept: application/json",    // a program
		"Sec-Fetch-Mode: cors",        // fetch() in a page
		"HX-Request: true",            // htmx, for a part of a page
	} {
		req := httptest.NewRequest("GET", "https://site.example/notes", nil)
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
		req.Header.Set("HX-Current-URL", "https://site.example/board")
		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, req)
		header := recorder.Header()
		fmt.Println(recorder.Code, cmp.Or(header.Get("Location"), header.Get("HX-Redirect"), recorder.Body.String()))
	}
	// Output:
	// 302 /login?next=%2Fnotes
	// 401 {"error":"login required"}
	// 401 {"error":"login required"}
	// 401 /login?next=%2Fboard
}

func ExampleFreshLoginRequired() {
	lm := ginlogin.New(findByID)
	lm.RefreshView = "/reauthenticate"
	r := newRouter(lm)
	r.GET("/settings", ginlogin.FreshLoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "settings") })

	req := httptest.NewRequest("GET", "https://site.example/settings", nil)
	logintest.Login(&testing.T{}, r, req, ada, ginlogin.NotFresh()) // as after a remember-me restore
	show(r, req)
	visit(r, "GET", "/settings", ada)
	// Output:
	// 302 to /reauthenticate?next=%2Fsettings
	// 200 settings
}

func ExampleConfirmLogin() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/reauthenticate", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		// … check the password of the account once more, then:
		if err := ginlogin.ConfirmLogin(c, account); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/"))
	})

	visit(r, "POST", "/reauthenticate?next=/settings", ada)
	visit(r, "POST", "/reauthenticate")
	// Output:
	// 303 to /settings
	// 401
}

func ExampleUserPasses() {
	r := newRouter(ginlogin.New(findByID))
	r.GET("/admin", ginlogin.UserPasses((*Account).IsAdmin, ginlogin.NoRedirect()), func(c *gin.Context) {
		c.String(http.StatusOK, "welcome")
	})

	visit(r, "GET", "/admin", ada)
	visit(r, "GET", "/admin", grace)
	visit(r, "GET", "/admin")
	// Output:
	// 200 welcome
	// 403 {"error":"forbidden"}
	// 401 {"error":"login required"}
}

func ExampleTemplateData() {
	r := newRouter(ginlogin.New(findByID))
	r.SetHTMLTemplate(template.Must(template.New("home").Parse(
		`{{ .title }}: {{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ else }}please log in{{ end }}`)))
	r.GET("/", func(c *gin.Context) {
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, gin.H{"title": "Home"}))
	})

	visit(r, "GET", "/")
	visit(r, "GET", "/", ada)
	// Output:
	// 200 Home: please log in
	// 200 Home: Hi Ada
}

func ExampleLoadUser() {
	lm := ginlogin.New(func(context.Context, string) (*Account, error) {
		return nil, errors.New("the database is down")
	})
	lm.Logger = slog.New(slog.DiscardHandler)
	r := newRouter(lm)
	r.SetHTMLTemplate(template.Must(template.New("home").Parse(
		`{{ if .LoggedIn }}Hi {{ .CurrentUser.Name }}{{ else }}Welcome, stranger{{ end }}`)))
	r.GET("/stranger", func(c *gin.Context) {
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, nil))
	})
	r.GET("/", func(c *gin.Context) {
		if _, err := ginlogin.LoadUser(c); err != nil { // a template can only show the anonymous user
			c.String(http.StatusServiceUnavailable, "back in a minute")
			return
		}
		c.HTML(http.StatusOK, "home", ginlogin.TemplateData(c, nil))
	})

	visit(r, "GET", "/stranger", ada)
	visit(r, "GET", "/", ada)
	// Output:
	// 200 Welcome, stranger
	// 503 back in a minute
}

// placeOrder is a service below HTTP: it knows nothing of Gin.
func placeOrder(ctx context.Context) string {
	account, ok := ginlogin.UserAs[*Account](ctx)
	if !ok {
		return "orders need a login"
	}
	return "ordered by " + account.GetID()
}

func ExampleUserAs_context() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/order", func(c *gin.Context) {
		c.String(http.StatusOK, placeOrder(ginlogin.Context(c)))
	})

	visit(r, "POST", "/order", ada)
	visit(r, "POST", "/order")
	// Output:
	// 200 ordered by 1
	// 200 orders need a login
}

func ExampleFromRequest() {
	lm := ginlogin.New(findByID)
	lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*Account, error) {
		token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
		if !ok || token != "the token of Ada" { // look its hash up in your database
			return nil, nil
		}
		return ada, nil
	})
	r := newRouter(lm)
	r.GET("/api/me", ginlogin.LoginRequired(ginlogin.NoRedirect()), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"id": ginlogin.CurrentUser(c).GetID()})
	})

	req := httptest.NewRequest("GET", "https://site.example/api/me", nil)
	req.Header.Set("Authorization", "Bearer the token of Ada")
	show(r, req)
	visit(r, "GET", "/api/me")
	// Output:
	// 200 {"id":"1"}
	// 401 {"error":"login required"}
}

func ExampleFor() {
	customers, staff := ginlogin.New(findByID), ginlogin.New(findByID)
	staff.Name, staff.LoginView = "staff", "/staff/login"

	r := newRouter(customers)
	office := r.Group("/staff", staff.Middleware())
	office.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "all orders") })
	office.GET("/shop", ginlogin.LoginRequired(ginlogin.For(customers)), func(c *gin.Context) {
		c.String(http.StatusOK, "the shop as customers see it")
	})

	// Ada is logged in as a customer, and the manager of the staff does not know her.
	visit(r, "GET", "/staff/orders", ada)
	visit(r, "GET", "/staff/shop", ada)
	// Output:
	// 302 to /staff/login?next=%2Fstaff%2Forders
	// 200 the shop as customers see it
}

func ExampleLoginManager_On() {
	lm := ginlogin.New(findByID)
	lm.On(ginlogin.UserUnauthorized, func(c *gin.Context, _ ginlogin.User) {
		fmt.Println("refused:", c.Request.URL.Path)
	})
	r := newRouter(lm)
	r.GET("/secret", ginlogin.LoginRequired(), func(*gin.Context) {})

	visit(r, "GET", "/secret")
	// Output:
	// refused: /secret
	// 401
}

func ExampleAddFlash() {
	r := newRouter(ginlogin.New(findByID))
	r.GET("/save", func(c *gin.Context) {
		_ = ginlogin.AddFlash(c, "info", "Saved.")
		flashes, _ := ginlogin.Flashes(c) // usually the next page asks
		for _, flash := range flashes {
			c.String(http.StatusOK, "%s: %s", flash.Category, flash.Message)
		}
	})

	visit(r, "GET", "/save")
	// Output: 200 info: Saved.
}

func ExampleLoginURL() {
	r := newRouter(ginlogin.New(findByID))
	r.GET("/article", func(c *gin.Context) {
		c.String(http.StatusOK, ginlogin.LoginURL(c, "/login?theme=dark", "/article#comments"))
	})

	visit(r, "GET", "/article")
	// Output: 200 /login?next=%2Farticle&theme=dark
}
