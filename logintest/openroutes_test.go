package logintest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/logintest"
)

// closedRouter has a site on which every route is closed that does not say otherwise.
func closedRouter(forgotten bool) *gin.Engine {
	lm := ginlogin.New(func(_ context.Context, id string) (*account, error) { return &account{ID: id}, nil })
	lm.LoginView = "/login"
	lm.LoginRequired = !forgotten
	router := gin.New()
	router.Use(cookiestore.Sessions("session", cookiestore.NewStore(make([]byte, 32))), lm.Middleware())
	ok := func(c *gin.Context) { c.String(http.StatusOK, "inside") }
	router.GET("/login", ok)
	router.POST("/login", func(c *gin.Context) { c.String(http.StatusUnauthorized, "wrong password") })
	router.GET("/about", ginlogin.LoginNotRequired(), ok)
	router.GET("/users/:id/files/*path", ok)
	router.DELETE("/users/:id", ok)
	router.GET("/admin", ginlogin.LoginRequired(), ok)
	router.POST("/crash", func(*gin.Context) { panic("no database") })
	return router
}

func TestOpenRoutesListsWhatLetsAStrangerIn(t *testing.T) {
	for _, row := range []struct {
		name      string
		forgotten bool
		want      []string
	}{
		{"views and marked routes are open on a closed site", false, []string{"GET /about", "GET /login", "POST /login"}},
		{"every route without a guard is open on another, and one that panics", true, []string{
			"DELETE /users/:id", "GET /about", "GET /login", "GET /users/:id/files/*path", "POST /crash", "POST /login",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := logintest.OpenRoutes(t, closedRouter(row.forgotten)); !slices.Equal(got, row.want) {
				t.Errorf("open routes are\n%q, want\n%q", got, row.want)
			}
		})
	}
}

func TestLoginWorksOnAClosedSite(t *testing.T) {
	router := closedRouter(false)
	req := httptest.NewRequest("GET", "https://site.example/admin", nil)
	logintest.Login(t, router, req, ada)
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, req)
	if recorder.Code != http.StatusOK {
		t.Errorf("the page is answered %d, want 200", recorder.Code)
	}
	if open := logintest.OpenRoutes(t, router); slices.ContainsFunc(open, func(r string) bool { return r != "GET /about" && r != "GET /login" && r != "POST /login" }) {
		t.Errorf("the route of Login is listed: %q", open)
	}
}
