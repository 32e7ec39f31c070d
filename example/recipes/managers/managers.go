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

// Account is a customer's, a user of the shop.
type Account struct {
	ginlogin.UserMixin
	ID string
}

func (a *Account) GetID() string { return a.ID }

// Employee is a user of the office.
type Employee struct {
	ginlogin.UserMixin
	ID string
}

func (e *Employee) GetID() string { return e.ID }

// Site is an app with both. A login page takes any name: a real one checks a password.
func Site(findByID func(context.Context, string) (*Account, error), findEmployee func(context.Context, string) (*Employee, error), key []byte) *gin.Engine {
	r := gin.New()
	_ = r.SetTrustedProxies(nil)

	customers := ginlogin.New(findByID)
	customers.SecretKeys = [][]byte{key}
	customers.LoginView = "/login"

	staff := ginlogin.New(findEmployee)
	staff.Name = "staff" // its cookies and keys differ from the customers'
	staff.SecretKeys = [][]byte{key}
	staff.LoginView = "/staff/login"

	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), customers.Middleware())

	office := r.Group("/staff", staff.Middleware())
	office.GET("/login", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(loginPage)) })
	office.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) {
		employee, _ := ginlogin.UserAs[*Employee](c)
		c.String(http.StatusOK, "orders for %s", employee.ID)
	})
	office.GET("/preview", ginlogin.LoginRequired(ginlogin.For(customers)), func(c *gin.Context) {
		c.String(http.StatusOK, "the shop as customers see it")
	})
	office.POST("/login", func(c *gin.Context) { logIn(c, &Employee{ID: c.PostForm("name")}, "/staff/orders") })

	r.POST("/login", func(c *gin.Context) { logIn(c, &Account{ID: c.PostForm("name")}, "/basket") })
	r.GET("/basket", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.String(http.StatusOK, "basket of %s", ginlogin.CurrentUser(c).GetID())
	})
	return r
}

const loginPage = `<form method="post"><input name="name"> <button>Log in to the office</button></form>`

// logIn logs the user in to the innermost manager of the route.
func logIn(c *gin.Context, u ginlogin.User, home string) {
	if err := ginlogin.Login(c, u); err != nil {
		_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		return
	}
	c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, home))
}
