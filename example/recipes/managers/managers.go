// Package managers is a site with two kinds of users, each with a table, a login page and cookies of
// its own.
package managers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Customer is a user of the shop.
type Customer struct {
	ginlogin.UserMixin
	ID string
}

func (u *Customer) GetID() string { return u.ID }

// Employee is a user of the office.
type Employee struct {
	ginlogin.UserMixin
	ID string
}

func (u *Employee) GetID() string { return u.ID }

// Site is an app with both. A login page takes any name: a real one checks a password.
func Site(findCustomer func(context.Context, string) (*Customer, error), findEmployee func(context.Context, string) (*Employee, error), key []byte) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	customers := ginlogin.New(findCustomer)
	customers.SecretKeys = [][]byte{key}
	customers.LoginView = "/login"

	staff := ginlogin.New(findEmployee)
	staff.Name = "staff" // its cookies and keys differ from the customers'
	staff.SecretKeys = [][]byte{key}
	staff.LoginView = "/staff/login"

	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), customers.Middleware())
	r.POST("/login", func(c *gin.Context) { logIn(c, &Customer{ID: c.PostForm("name")}, "/basket") })
	r.GET("/basket", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "basket of %s", ginlogin.CurrentUser(c).GetID())
	})

	office := r.Group("/staff", staff.Middleware())
	office.GET("/login", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(staffLoginPage)) })
	office.POST("/login", func(c *gin.Context) { logIn(c, &Employee{ID: c.PostForm("name")}, "/staff/orders") })
	office.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "orders for %s", ginlogin.CurrentUser(c).GetID())
	})
	office.GET("/preview", ginlogin.LoginRequired(ginlogin.For(customers)), func(c *gin.Context) {
		c.String(http.StatusOK, "the shop as customers see it")
	})
	return r
}

const staffLoginPage = `<form method="post"><input name="name"> <button>Log in to the office</button></form>`

// logIn logs the user in to the innermost manager of the route.
func logIn(c *gin.Context, u ginlogin.User, home string) {
	if err := ginlogin.Login(c, u); err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, home))
}
