package closed

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/logintest"
)

func init() { gin.SetMode(gin.TestMode) }

func find(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

func newSite() *gin.Engine {
	files := fstest.MapFS{"style.css": {Data: []byte("body{}")}}
	return Site(find, http.FS(files), []byte("a secret key of thirty-two bytes"))
}

func TestNoRouteIsOpenByMistake(t *testing.T) {
	got := logintest.OpenRoutes(t, newSite())
	want := []string{
		"GET /about", "GET /healthz", "GET /login", "GET /static/*filepath", "HEAD /static/*filepath", "POST /login",
	}
	if !slices.Equal(got, want) {
		t.Errorf("open routes: %q, want %q", got, want)
	}
}

func TestARouteWithoutAGuardIsClosed(t *testing.T) {
	stranger := browser.Open(t, newSite())
	stranger.Want(stranger.Get("/orders"), "302 /login?next=%2Forders")
	stranger.Want(stranger.Get("/unknown"), "302 /login?next=%2Funknown")
	stranger.Want(stranger.Get("/static/style.css"), "200 body{}")
	stranger.Want(stranger.Get("/about"), "200 about us")
	ada := browser.OpenAs(t, newSite(), &Account{ID: "ada"})
	ada.Want(ada.Get("/orders"), "200 orders")
	ada.Want(ada.Get("/unknown"), "404 404 page not found")
}
