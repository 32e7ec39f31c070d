package tenants

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

func open(t *testing.T) *gin.Engine {
	t.Helper()
	var err error
	if enforcer, err = newEnforcer(); err != nil {
		t.Fatal(err)
	}
	return newSite([]byte("a secret key of thirty-two bytes"))
}

func TestARoleIsOneOfATenant(t *testing.T) {
	site := open(t)
	ada := browser.OpenAs(t, site, &Account{ID: "1"})
	ada.Want(ada.Get("/t/acme/invoices"), "200 invoices of acme")
	ada.Want(ada.Post("/t/acme/invoices"), "201")
	ada.Want(ada.Get("/t/globex/invoices"), "200 invoices of globex")
	ada.Want(ada.Post("/t/globex/invoices"), "403")
	ada.Want(ada.Get("/t/unknown/invoices"), "403")

	grace := browser.OpenAs(t, site, &Account{ID: "2"})
	grace.Want(grace.Get("/t/acme/invoices"), "403")
	if _, err := enforcer.AddRoleForUserInDomain("2", "owner", "acme"); err != nil {
		t.Fatal(err)
	}
	grace.Want(grace.Get("/t/acme/invoices"), "200 invoices of acme") // at once
	if _, err := enforcer.DeleteRoleForUserInDomain("2", "owner", "acme"); err != nil {
		t.Fatal(err)
	}
	grace.Want(grace.Get("/t/acme/invoices"), "403")

	stranger := grace.Another()
	stranger.Want(stranger.Get("/t/acme/invoices"), "302 /login?next=%2Ft%2Facme%2Finvoices")
}

func TestAPolicyThatCannotBeReadIsAnOutage(t *testing.T) {
	site := open(t)
	ada := browser.OpenAs(t, site, &Account{ID: "1"})
	enforcer.GetModel()["m"]["m"].Value = "no rule ("
	enforcer.ClearPolicy()
	ada.Want(ada.Get("/t/acme/invoices"), "503")
}
