package inertia

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var outage error

func find(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, outage }

// visit is what Inertia 2 and 3 send.
var visit = http.Header{
	"Accept": {"text/html, application/xhtml+xml"}, "X-Requested-With": {"XMLHttpRequest"}, "X-Inertia": {"true"},
	"Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"},
}

// location returns the status of a visit, and the page that Inertia opens then.
func location(t *testing.T, b *browser.Browser, method, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, b.URL(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = visit
	res, err := b.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.Header.Get("X-Inertia-Location")
}

func TestInertiaOpensTheLoginPage(t *testing.T) {
	ada := browser.OpenAs(t, Site(find, []byte("a secret key of thirty-two bytes")), &Account{ID: "ada"})
	stranger := ada.Another()
	for _, test := range []struct {
		browser      *browser.Browser
		method, path string
		status       int
		location     string
	}{
		{stranger, "GET", "/orders?page=2", http.StatusConflict, "/login?next=%2Forders%3Fpage%3D2"},
		{stranger, "POST", "/orders", http.StatusConflict, "/login"},
		{ada, "GET", "/orders", http.StatusOK, ""},
		{ada, "POST", "/orders", http.StatusSeeOther, ""},
	} {
		status, location := location(t, test.browser, test.method, test.path)
		if status != test.status || location != test.location {
			t.Errorf("%s %s is answered %d, %q; want %d, %q", test.method, test.path, status, location, test.status, test.location)
		}
	}
	stranger.Want(stranger.Get("/orders"), "302 /login?next=%2Forders") // without Inertia
}

func TestAnOutageIsNoLogout(t *testing.T) {
	ada := browser.OpenAs(t, Site(find, []byte("a secret key of thirty-two bytes")), &Account{ID: "ada"})
	outage = errors.New("the database is down")
	defer func() { outage = nil }()
	ada.Header = visit
	if got := ada.Get("/orders"); !strings.HasPrefix(got, "503") {
		t.Errorf("it is answered %q", got)
	}
}
