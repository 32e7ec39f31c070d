package devicelimit

import (
	"context"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/loginmem"
)

func init() { gin.SetMode(gin.TestMode) }

func find(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

func TestAFourthDeviceEndsAnotherAndNoOtherUsers(t *testing.T) {
	site := Site(find, loginmem.New(), []byte("a secret key of thirty-two bytes"))
	grace := browser.OpenAs(t, site, &Account{ID: "grace"})
	grace.Want(grace.Get("/"), "200 the film")
	var devices []*browser.Browser
	for range 4 {
		b := browser.OpenAs(t, site, &Account{ID: "ada"})
		b.Want(b.Get("/"), "200 the film")
		devices = append(devices, b)
	}
	ended := 0
	for _, b := range devices {
		if b.Get("/") == "302 /login?next=%2F" {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("%d of the four devices are logged out", ended)
	}
	devices[3].Want(devices[3].Get("/"), "200 the film")
	grace.Want(grace.Get("/"), "200 the film")
}
