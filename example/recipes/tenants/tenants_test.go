package tenants

import (
	"context"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

const policy = `
p, owner, acme, invoices, read
p, owner, acme, invoices, write
p, reader, acme, invoices, read
p, owner, globex, invoices, read
p, owner, globex, invoices, write
g, ada, owner, acme
g, ada, reader, globex
g, grace, reader, acme
`

func find(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

func TestARoleIsOneOfATenant(t *testing.T) {
	enforcer, err := NewEnforcer(policy)
	if err != nil {
		t.Fatal(err)
	}
	site := Site(find, enforcer, []byte("a secret key of thirty-two bytes"))
	ada := browser.OpenAs(t, site, &Account{ID: "ada"})
	ada.Want(ada.Get("/t/acme/invoices"), "200 invoices of acme")
	ada.Want(ada.Post("/t/acme/invoices"), "201")
	ada.Want(ada.Get("/t/globex/invoices"), "403")
	ada.Want(ada.Post("/t/globex/invoices"), "403")
	ada.Want(ada.Get("/t/unknown/invoices"), "403")

	grace := browser.OpenAs(t, site, &Account{ID: "grace"})
	grace.Want(grace.Get("/t/acme/invoices"), "200 invoices of acme")
	grace.Want(grace.Post("/t/acme/invoices"), "403")
	if _, err := enforcer.DeleteRoleForUserInDomain("grace", "reader", "acme"); err != nil {
		t.Fatal(err)
	}
	grace.Want(grace.Get("/t/acme/invoices"), "403") // at once

	stranger := grace.Another()
	stranger.Want(stranger.Get("/t/acme/invoices"), "302 /login?next=%2Ft%2Facme%2Finvoices")
}

func TestAPolicyThatCannotBeReadIsAnOutage(t *testing.T) {
	enforcer, err := NewEnforcer(policy)
	if err != nil {
		t.Fatal(err)
	}
	site := Site(find, enforcer, []byte("a secret key of thirty-two bytes"))
	ada := browser.OpenAs(t, site, &Account{ID: "ada"})
	enforcer.GetModel()["m"]["m"].Value = "no rule ("
	enforcer.ClearPolicy()
	ada.Want(ada.Get("/t/acme/invoices"), "503")
}
