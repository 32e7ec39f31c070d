package ginlogin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
	"github.com/ginlogin/ginlogin/logintest"
)

// follow prints what a browser gets that keeps its cookies from one request, "POST
// /login" say, to the next.
func follow(r *gin.Engine, user ginlogin.User, requests ...string) {
	req := httptest.NewRequest("GET", "https://site.example/", nil)
	if user != nil {
		logintest.Login(&testing.T{}, r, req, user)
	}
	cookies := req.Cookies()
	for _, request := range requests {
		var method, path string
		_, _ = fmt.Sscan(request, &method, &path)
		req := httptest.NewRequest(method, "https://site.example"+path, nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, req)
		for _, set := range recorder.Result().Cookies() {
			cookies = slices.DeleteFunc(cookies, func(c *http.Cookie) bool { return c.Name == set.Name })
			if set.MaxAge >= 0 {
				cookies = append(cookies, set)
			}
		}
		fmt.Println(strings.TrimSpace(fmt.Sprint(recorder.Code, " ", recorder.Body)))
	}
}

func ExampleBeginLogin() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/login", func(c *gin.Context) {
		// … check the password of ada, then:
		if err := ginlogin.BeginLogin(c, ada, ginlogin.Via("pwd"), ginlogin.Remember(false)); err != nil {
			c.String(http.StatusUnauthorized, err.Error())
			return
		}
		c.String(http.StatusOK, "and your code?")
	})
	r.POST("/code", func(c *gin.Context) {
		account, ok := ginlogin.PendingUser[*Account](c)
		if !ok {
			c.String(http.StatusUnauthorized, "begin with the password")
			return
		}
		// … check and spend the code of the account, then:
		if err := ginlogin.FinishLogin(c, account, ginlogin.Via("otp")); err != nil {
			c.String(http.StatusUnauthorized, err.Error())
			return
		}
		c.String(http.StatusOK, "%s by %v", account.Name, ginlogin.LoginMethods(c))
	})

	follow(r, nil, "POST /code", "POST /login", "POST /code")
	// Output:
	// 401 begin with the password
	// 200 and your code?
	// 200 Ada by [pwd otp]
}

func ExampleVia() {
	r := newRouter(ginlogin.New(findByID))
	r.GET("/keys", ginlogin.FreshLoginRequired(
		ginlogin.FreshFor(5*time.Minute), ginlogin.Via("otp"), ginlogin.RefreshView("/code"), ginlogin.NoRedirect(),
	), func(c *gin.Context) { c.String(http.StatusOK, "the keys") })
	r.POST("/code", func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		// … check and spend the code of the account, then:
		if err := ginlogin.ConfirmLogin(c, account, ginlogin.Via("otp")); err != nil {
			c.String(http.StatusUnauthorized, err.Error())
		}
	})

	follow(r, ada, "GET /keys", "POST /code", "GET /keys")
	// Output:
	// 401 {"error":"fresh login required"}
	// 200
	// 200 the keys
}

func ExampleImpersonate() {
	r := newRouter(ginlogin.New(findByID))
	r.POST("/act", ginlogin.UserPasses((*Account).IsAdmin), func(c *gin.Context) {
		if err := ginlogin.Impersonate(c, grace); err != nil {
			c.String(http.StatusForbidden, err.Error())
		}
	})
	r.POST("/stop", func(c *gin.Context) { _ = ginlogin.StopImpersonating(c) })
	r.GET("/", func(c *gin.Context) {
		c.String(http.StatusOK, "%s", ginlogin.CurrentUser(c).(*Account).Name)
		if admin, ok := ginlogin.Impersonator[*Account](c); ok {
			c.String(http.StatusOK, ", seen by %s", admin.Name)
		}
	})

	follow(r, ada, "POST /act", "GET /", "POST /stop", "GET /")
	// Output:
	// 200
	// 200 Grace, seen by Ada
	// 200
	// 200 Ada
}

func ExampleLoginNotRequired() {
	lm := ginlogin.New(findByID)
	lm.LoginView, lm.LoginRequired = "/login", true
	r := newRouter(lm)
	r.GET("/login", func(c *gin.Context) { c.String(http.StatusOK, "log in") })
	r.GET("/about", ginlogin.LoginNotRequired(), func(c *gin.Context) { c.String(http.StatusOK, "about us") })
	r.GET("/forgotten", func(c *gin.Context) { c.String(http.StatusOK, "no guard, but closed") })

	visit(r, "GET", "/login")
	visit(r, "GET", "/about")
	visit(r, "GET", "/forgotten")
	// Output:
	// 200 log in
	// 200 about us
	// 302 to /login?next=%2Fforgotten
}

// A hashedAccount has a stamp that changes with its password.
type hashedAccount struct {
	Account
	Stamp string
}

func (a *hashedAccount) SessionHash() string { return a.Stamp }

func ExampleTokens() {
	account := &hashedAccount{Account: Account{ID: "1", Name: "Ada"}, Stamp: "before"}
	lm := ginlogin.New(func(_ context.Context, id string) (*hashedAccount, error) { return account, nil })
	lm.SecretKeys = [][]byte{key}
	resets := ginlogin.Tokens[*hashedAccount]{Manager: lm, Purpose: "reset password", Lifetime: time.Hour}

	token, err := resets.New(context.Background(), account) // for https://site.example/reset?token=…
	fmt.Println(token != "", err)
	found, err := resets.User(context.Background(), token) // in the GET and in the POST of that page
	fmt.Println(found.Name, err)
	account.Stamp = "after" // the new password ends the token
	_, err = resets.User(context.Background(), token)
	fmt.Println(err)
	// Output:
	// true <nil>
	// Ada <nil>
	// ginlogin: the token is not valid
}

func ExampleStillLoggedIn() {
	lm := ginlogin.New(findByID)
	lm.Logins = loginmem.New()
	r := newRouter(lm)
	r.GET("/stream", ginlogin.LoginRequired(), func(c *gin.Context) {
		ctx := ginlogin.Context(c)
		still, err := ginlogin.StillLoggedIn(ctx) // every second or so, while the stream goes on
		c.String(http.StatusOK, "%v %v, ", still, err)
		_ = lm.EndLogins(ctx, "1") // the administrator ends the user's logins
		still, err = ginlogin.StillLoggedIn(ctx)
		c.String(http.StatusOK, "%v %v", still, err)
	})

	visit(r, "GET", "/stream", ada)
	// Output:
	// 200 true <nil>, false <nil>
}

func ExampleLoginEnds() {
	lm := ginlogin.New(findByID)
	lm.Now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	lm.AbsoluteTimeout, lm.FreshFor = 12*time.Hour, 10*time.Minute
	r := newRouter(lm)
	r.GET("/account", ginlogin.LoginRequired(), func(c *gin.Context) {
		ends := ginlogin.LoginEnds(c)
		c.String(http.StatusOK, "idle: %v, ends in %v, fresh for %v", ends.Idle.IsZero(), ends.Absolute.Sub(lm.Now()), ends.Fresh.Sub(lm.Now()))
	})

	visit(r, "GET", "/account", ada)
	// Output:
	// 200 idle: true, ends in 12h0m0s, fresh for 10m0s
}

func ExampleRequestPasses() {
	r := newRouter(ginlogin.New(findByID))
	inTenant := func(c *gin.Context, a *Account) (bool, error) { return c.Param("tenant") == "acme" && a.ID == "1", nil }
	r.GET("/:tenant/invoices", ginlogin.RequestPasses(inTenant, ginlogin.NoRedirect()), func(c *gin.Context) {
		c.String(http.StatusOK, "invoices")
	})

	visit(r, "GET", "/acme/invoices", ada)
	visit(r, "GET", "/other/invoices", ada)
	// Output:
	// 200 invoices
	// 403 {"error":"forbidden"}
}
