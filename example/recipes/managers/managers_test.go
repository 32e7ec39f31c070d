package managers

import (
	"context"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

func TestCustomersAndStaffLogInApart(t *testing.T) {
	b := browser.Open(t, Site(
		func(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil },
		func(_ context.Context, id string) (*Employee, error) { return &Employee{ID: id}, nil },
		[]byte("a secret key of thirty-two bytes")))
	b.Want(b.Get("/basket"), "302 /login?next=%2Fbasket")
	b.Want(b.Post("/login", "name", "ada"), "303 /basket")
	b.Want(b.Get("/basket"), "200 basket of ada")
	b.Want(b.Get("/staff/orders"), "302 /staff/login?next=%2Fstaff%2Forders") // a customer is nobody here
	b.Want(b.Get("/staff/preview"), "200 the shop as customers see it")
	b.Want(b.Get("/staff/login"), "200 "+loginPage)
	b.Want(b.Post("/staff/login", "name", "grace"), "303 /staff/orders")
	b.Want(b.Get("/staff/orders"), "200 orders for grace")
	b.Want(b.Get("/basket"), "200 basket of ada") // both logins are there
}
