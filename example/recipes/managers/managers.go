// Package managers is a site with two kinds of users, each with a table, a login page and cookies of
// its own.
package managers

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/password"
)

// Account is a customer's, a user of the shop.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

var accounts = map[string]*Account{"1": {ID: "1", Name: "Ada"}}

func findByID(_ context.Context, id string) (*Account, error) { return accounts[id], nil }

// Employee is a user of the office.
type Employee struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (e *Employee) GetID() string { return e.ID }

var staffTable = map[string]*Employee{"1": {ID: "1", Name: "Grace", Email: "grace@example.com",
	PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$Ok6TTx0gBQLaUmqFiJzvUQ$USAiZEVFdrF48tG8b7q5a4Faj/I5LPbRg/7YolqVX8w"}}

func findEmployee(_ context.Context, id string) (*Employee, error) { return staffTable[id], nil }

func authenticateEmployee(ctx context.Context, email, typed string) (*Employee, error) {
	found := &Employee{} // without a hash
	for _, employee := range staffTable {
		if employee.Email == email {
			found = employee
		}
	}
	_, err := password.Verify(ctx, found.PasswordHash, typed)
	return found, err
}

const loginPage = `<form method="post"><input name="email"> <input type="password" name="password"> <button>Log in</button></form>`

// newSite has a login of customers that takes any ID; the site's checks a password.
func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.POST("/login", func(c *gin.Context) {
		if err := ginlogin.Login(c, accounts[c.PostForm("id")]); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	})
	r.GET("/profile", ginlogin.LoginRequired(), func(c *gin.Context) {
		account, _ := ginlogin.UserAs[*Account](c)
		c.String(http.StatusOK, "Hi %s", account.Name)
	})

	staff := ginlogin.New(findEmployee)
	staff.Name = "staff" // its remember cookie, keys and part of the session differ from those of lm
	staff.SecretKeys = [][]byte{key}
	staff.LoginView = "/staff/login"

	office := r.Group("/staff", staff.Middleware())
	office.GET("/login", func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(loginPage)) })
	office.POST("/login", func(c *gin.Context) {
		employee, err := authenticateEmployee(c.Request.Context(), c.PostForm("email"), c.PostForm("password"))
		if err == nil {
			err = ginlogin.Login(c, employee) // in to the innermost manager of the route
		}
		switch {
		case errors.Is(err, password.ErrMismatch), errors.Is(err, ginlogin.ErrInactiveUser):
			c.String(http.StatusUnauthorized, "wrong password")
		case err != nil:
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		default:
			c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/staff/orders"))
		}
	})
	office.POST("/logout", ginlogin.LogoutTo("/staff/login"))
	office.GET("/orders", ginlogin.LoginRequired(), func(c *gin.Context) {
		employee, _ := ginlogin.UserAs[*Employee](c)
		c.String(http.StatusOK, "orders for %s", employee.Name)
	})
	office.GET("/preview", ginlogin.LoginRequired(ginlogin.For(lm)), func(c *gin.Context) {
		c.String(http.StatusOK, "the shop as customers see it")
	})
	return r
}
