package views

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var outage error

func find(_ context.Context, id string) (*Account, error) {
	return &Account{ID: id, Name: "Ada"}, outage
}

// part fails the test unless a page has that text.
func part(t *testing.T, page, want string) {
	t.Helper()
	if !strings.HasPrefix(page, "200 ") || !strings.Contains(page, want) {
		t.Errorf("the page has no %q: %s", want, page)
	}
}

func TestAPageKnowsTheUser(t *testing.T) {
	site := Site(find, []byte("a secret key of thirty-two bytes"))
	ada := browser.OpenAs(t, site, &Account{ID: "1"})
	if page := ada.Get("/"); strings.Contains(page, "Confirm") {
		t.Errorf("a fresh login is asked to confirm: %s", page)
	}
	part(t, ada.Get("/"), "<title>Home</title>\nHi Ada")
	stale := browser.OpenAs(t, site, &Account{ID: "1"}, ginlogin.NotFresh())
	part(t, stale.Get("/"), `Hi Ada <a href="/reauthenticate">Confirm</a>`)
	stranger := ada.Another()
	part(t, stranger.Get("/"), `<a href="/login">Log in</a>`)
}

func TestDuringAnOutageAPageIsAnonymousUnlessItAsksFirst(t *testing.T) {
	ada := browser.OpenAs(t, Site(find, []byte("a secret key of thirty-two bytes")), &Account{ID: "1"})
	outage = errors.New("the database is down")
	defer func() { outage = nil }()
	part(t, ada.Get("/"), `<a href="/login">Log in</a>`)
	ada.Want(ada.Get("/news"), "503 back in a minute")
}
