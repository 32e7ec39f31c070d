package refusals

import (
	"context"
	"errors"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

func TestEveryRefusalHasAPage(t *testing.T) {
	ada := &Account{ID: "1"}
	var outage error
	b := browser.OpenAs(t, Site(func(context.Context, string) (*Account, error) { return ada, outage }, key), ada)
	b.Want(b.Get("/"), "200 welcome")
	b.Want(b.Get("/admin"), "403 This page is not for your account.")
	b.Header.Set("Accept", "application/json")
	b.Want(b.Get("/admin"), `403 {"error":"forbidden"}`)
	b.Header.Del("Accept")
	outage = errors.New("the database is down")
	b.Want(b.Get("/"), "503 Back in a minute. You have not been logged out.")
	outage = nil
	b.Want(b.Get("/"), "200 welcome")

	stranger := b.Another()
	stranger.Want(stranger.Get("/?page=2"), `401 Members only. <a href="/login?next=%2F%3Fpage%3D2">Log in</a>`)
}
