package spa

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/password"
)

func init() { gin.SetMode(gin.TestMode) }

const app = "http://localhost:5173"

// table has Ada, unless it is down.
type table struct{ down bool }

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	switch {
	case tb.down:
		return nil, errors.New("the database is down")
	case id != "1":
		return nil, ginlogin.ErrUserNotFound
	}
	return &Account{ID: "1", Name: "Ada"}, nil
}

func (tb *table) Authenticate(ctx context.Context, email, typed string) (*Account, error) {
	if email != "ada@example.com" || typed != "lovelace" {
		return nil, password.ErrMismatch
	}
	return tb.FindByID(ctx, "1")
}

func open(t *testing.T, accounts *table) *browser.Browser {
	t.Helper()
	findByID, authenticate = accounts.FindByID, accounts.Authenticate
	return browser.Open(t, protect(newSite([]byte("a secret key of thirty-two bytes"))))
}

// fetch is what fetch(…, {credentials: "include"}) of a page of that origin sends, and its answer.
func fetch(t *testing.T, b *browser.Browser, origin, site, method, path, body string) (string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, b.URL(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Origin": origin, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Content-Type": "application/json",
	} {
		req.Header.Set(name, value)
	}
	if method == http.MethodOptions {
		req.Header.Set("Access-Control-Request-Method", "POST")
		req.Header.Set("Access-Control-Request-Headers", "content-type")
	}
	res, err := b.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(res.Status[:3] + " " + string(text)), res.Header
}

const right, wrong = `{"email":"ada@example.com","password":"lovelace","remember":true}`, `{"email":"ada@example.com","password":"byron"}`

func TestAnAppOnAnotherPortLogsInAndOut(t *testing.T) {
	b := open(t, &table{})
	steps := []struct{ method, path, body, want string }{
		{"OPTIONS", "/login", "", "204"},
		{"GET", "/me", "", `401 {"error":"login required"}`},
		{"POST", "/login", wrong, `401 {"error":"wrong e-mail address or password"}`},
		{"POST", "/login", "no JSON", `400 {"error":"no JSON"}`},
		{"POST", "/login", right, `200 {"id":"1","name":"Ada"}`},
		{"GET", "/me", "", `200 {"id":"1","name":"Ada"}`},
		{"POST", "/logout", "", "204"},
		{"GET", "/me", "", `401 {"error":"login required"}`},
	}
	// The browser calls another port the same site, and another registrable domain another.
	for _, site := range []string{"same-site", "cross-site"} {
		for _, step := range steps {
			got, header := fetch(t, b, app, site, step.method, step.path, step.body)
			b.Want(got, step.want)
			b.Want(header.Get("Access-Control-Allow-Origin"), app)
			b.Want(header.Get("Access-Control-Allow-Credentials"), "true")
		}
	}
}

func TestAPageOfAnotherSiteGetsNothing(t *testing.T) {
	b := open(t, &table{})
	fetch(t, b, app, "same-site", "POST", "/login", right)
	for _, site := range []string{"cross-site", "same-site", ""} {
		for _, step := range []struct{ method, path string }{{"POST", "/login"}, {"POST", "/logout"}, {"GET", "/me"}, {"OPTIONS", "/login"}} {
			got, header := fetch(t, b, "https://evil.example", site, step.method, step.path, right)
			if !strings.HasPrefix(got, "403") || header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s is answered %q with %v", step.method, step.path, got, header)
			}
		}
	}
	got, _ := fetch(t, b, app, "same-site", "GET", "/me", "")
	b.Want(got, `200 {"id":"1","name":"Ada"}`)
}

func TestAnOutageIsNoWrongPassword(t *testing.T) {
	b := open(t, &table{down: true})
	got, _ := fetch(t, b, app, "same-site", "POST", "/login", right)
	b.Want(got, `503 {"error":"back in a minute"}`)
}

func TestAnOriginIsCheckedAtStart(t *testing.T) {
	before := origins
	defer func() { origins = before }()
	origins = []string{"http://localhost:5173/app"}
	defer func() {
		if recover() == nil {
			t.Error("a URL with a path is taken for an origin")
		}
	}()
	protect(http.NotFoundHandler())
}
