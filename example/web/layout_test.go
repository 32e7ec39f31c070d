package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/example/web"
	"github.com/ginlogin/ginlogin/logintest"
)

// serve serves one page with a layout, and says what a client without or with Ada's login sees of it.
func serve(t *testing.T, layout *web.Layout, page string) (stranger, ada string) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	user := &account.User{ID: 1, Name: "Ada", Active: true}
	lm := ginlogin.New(func(context.Context, string) (*account.User, error) { return user, nil })
	lm.SecretKeys = [][]byte{[]byte("a secret key of thirty-two bytes")}
	r := gin.New()
	r.SetHTMLTemplate(web.Templates(fstest.MapFS{"page.html": {Data: []byte(`{{ template "top" . }}` + page + `{{ template "bottom" . }}`)}}))
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(lm.SecretKeys[0])), lm.Middleware(), layout.Use)
	r.GET("/", func(c *gin.Context) { web.Render(c, http.StatusOK, "page.html", gin.H{"page": "/keys"}) })
	see := func(logIn bool) string {
		req := httptest.NewRequest(http.MethodGet, "https://site.example/", nil)
		if logIn {
			logintest.Login(t, r, req, user)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		return w.Body.String()
	}
	ada = see(true) // first: it adds a route
	return see(false), ada
}

func TestALayoutShowsWhatFeaturesOffer(t *testing.T) {
	keys := web.Entry{Text: "Keys", Path: "/keys", Hint: "What opens the door", Icon: "key"}
	layout := &web.Layout{
		Navigation: []web.Entry{keys, {Text: "Staff", Path: "/staff", Icon: "people", Admin: true}},
		WaysIn:     []web.Entry{keys},
		Banner: func(c *gin.Context) *web.Banner {
			if _, ok := ginlogin.UserAs[*account.User](c); !ok {
				return nil
			}
			return &web.Banner{Text: "You act as Grace <3.", Action: "/stop", Button: "Stop"}
		},
	}
	stranger, ada := serve(t, layout, `{{ template "entries" .layout.WaysIn }}`)
	for _, want := range []string{`<a href="/keys" aria-current="page">Keys</a>`, "You act as Grace &lt;3.", `action="/stop"`, "Stop</button>", "Log out"} {
		if !strings.Contains(ada, want) || strings.Contains(stranger, want) {
			t.Errorf("%q is not for Ada alone:\n%s\n%s", want, ada, stranger)
		}
	}
	if strings.Contains(ada, "Staff") {
		t.Errorf("a member is shown the entry of administrators:\n%s", ada)
	}
	for _, want := range []string{"What opens the door", `<circle cx="8" cy="15.5"`} {
		if !strings.Contains(stranger, want) {
			t.Errorf("%q is missing:\n%s", want, stranger)
		}
	}
}

// Two features with a page of one name would show each other's.
func TestAPageHasItsNameAlone(t *testing.T) {
	one := fstest.MapFS{"page.html": {Data: []byte("one")}}
	defer func() {
		if problem := recover(); problem != "web: there are two pages of the name page.html" {
			t.Errorf("panic %v", problem)
		}
	}()
	web.Templates(one, one)
}
