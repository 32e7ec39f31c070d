package closed

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/logintest"
)

func init() { gin.SetMode(gin.TestMode) }

func TestNoRouteIsOpenByMistake(t *testing.T) {
	got := logintest.OpenRoutes(t, newSite([]byte("a secret key of thirty-two bytes")))
	want := []string{"GET /about", "GET /login", "GET /static/*filepath", "HEAD /static/*filepath", "POST /login"}
	if !slices.Equal(got, want) {
		t.Errorf("open routes: %q, want %q", got, want)
	}
}

func TestARouteWithoutAGuardIsClosed(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.CopyFS("static", fstest.MapFS{"style.css": {Data: []byte("body{}")}}); err != nil {
		t.Fatal(err)
	}
	site := newSite([]byte("a secret key of thirty-two bytes"))
	stranger := browser.Open(t, site)
	stranger.Want(stranger.Get("/orders"), "302 /login?next=%2Forders")
	stranger.Want(stranger.Get("/unknown"), "302 /login?next=%2Funknown")
	stranger.Want(stranger.Get("/static/style.css"), "200 body{}")
	if got := stranger.Get("/static/"); strings.Contains(got, "style.css") {
		t.Errorf("the folder is listed: %s", got)
	}
	stranger.Want(stranger.Get("/about"), "200 about us")
	ada := browser.OpenAs(t, site, &Account{ID: "ada"})
	ada.Want(ada.Get("/orders"), "200 orders")
	ada.Want(ada.Get("/unknown"), "404 404 page not found")
}
