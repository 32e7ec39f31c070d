package guests

import (
	"context"
	"errors"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

func find(_ context.Context, id string) (*Account, error) {
	return map[string]*Account{"1": {ID: "1", Name: "Ada"}, "2": {ID: "2", Name: "Grace"}}[id], nil
}

func TestEverybodyHasTheMethodsOfTheTemplate(t *testing.T) {
	site := Site(find, []byte("a secret key of thirty-two bytes"))
	ada, grace := browser.OpenAs(t, site, &Account{ID: "1"}), browser.OpenAs(t, site, &Account{ID: "2"})
	guest := ada.Another()
	ada.Want(ada.Get("/article"), `200 Hi Ada <a href="/edit">Edit</a>`)
	grace.Want(grace.Get("/article"), "200 Hi Grace")
	guest.Want(guest.Get("/article"), "200 Hi guest")
	guest.Want(guest.Get("/article?lang=de"), "200 Hi Gast")
	ada.Want(ada.Get("/name"), "200 Ada")
	guest.Want(guest.Get("/name?lang=de"), "200 Gast")
	guest.Want(guest.Get("/edit"), "302 /login?next=%2Fedit")
}

func TestDuringAnOutageEverybodyIsAGuestAndThePageStands(t *testing.T) {
	down := false
	site := Site(func(ctx context.Context, id string) (*Account, error) {
		if down {
			return nil, errors.New("the database is down")
		}
		return find(ctx, id)
	}, []byte("a secret key of thirty-two bytes"))
	ada := browser.OpenAs(t, site, &Account{ID: "1"})
	down = true
	ada.Want(ada.Get("/article"), "200 Hi guest")
	ada.Want(ada.Get("/edit"), "503")
}
