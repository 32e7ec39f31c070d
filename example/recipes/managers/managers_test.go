package managers

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

func TestCustomersAndStaffLogInApart(t *testing.T) {
	b := browser.Open(t, newSite([]byte("a secret key of thirty-two bytes")))
	b.Want(b.Get("/profile"), "302 /login?next=%2Fprofile")
	b.Want(b.Post("/login", "id", "1"), "200")
	b.Want(b.Get("/profile"), "200 Hi Ada")
	b.Want(b.Get("/staff/orders"), "302 /staff/login?next=%2Fstaff%2Forders") // a customer is a stranger here
	b.Want(b.Get("/staff/preview"), "200 the shop as customers see it")
	b.Want(b.Get("/staff/login"), "200 "+loginPage)
	b.Want(b.Post("/staff/login", "email", "grace@example.com", "password", "hopper"), "401 wrong password")
	b.Want(b.Post("/staff/login", "email", "grace@example.com", "password", "lovelace"), "303 /staff/orders")
	b.Want(b.Get("/staff/orders"), "200 orders for Grace")
	b.Want(b.Get("/profile"), "200 Hi Ada") // both logins are there
}
