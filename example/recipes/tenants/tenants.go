// Package tenants is a site with many tenants under /t/:tenant, where casbin decides who may do what.
package tenants

import (
	"context"
	"net/http"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	stringadapter "github.com/casbin/casbin/v3/persist/string-adapter"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user. What it may do is not its own to know: it differs from tenant to tenant.
type Account struct {
	ginlogin.UserMixin
	ID, Name, Email, PasswordHash string
}

func (a *Account) GetID() string { return a.ID }

func findByID(_ context.Context, id string) (*Account, error) { return &Account{ID: id}, nil }

// rules is casbin's model of roles within domains: a user has a role in a tenant, and a role may do things there.
const rules = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`

// policy has the roles of the tenants acme and globex, and of the user 1. Yours comes from a database.
const policy = `
p, owner, acme, invoices, read
p, owner, acme, invoices, write
p, reader, globex, invoices, read
g, 1, owner, acme
g, 1, reader, globex
`

func newEnforcer() (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(rules)
	if err != nil {
		return nil, err
	}
	return casbin.NewSyncedEnforcer(m, stringadapter.NewAdapter(policy))
}

var enforcer *casbin.SyncedEnforcer

// may returns a guard for one thing that a user does in the tenant of the path. An error is an outage.
func may(action, object string) gin.HandlerFunc {
	return ginlogin.RequestPasses(func(c *gin.Context, a *Account) (bool, error) {
		return enforcer.Enforce(a.ID, c.Param("tenant"), object, action)
	})
}

func newSite(key []byte) *gin.Engine {
	lm := ginlogin.New(findByID)
	lm.SecretKeys = [][]byte{key}
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	tenant := r.Group("/t/:tenant", ginlogin.LoginRequired())
	tenant.GET("/invoices", may("read", "invoices"), func(c *gin.Context) {
		c.String(http.StatusOK, "invoices of %s", c.Param("tenant"))
	})
	tenant.POST("/invoices", may("write", "invoices"), func(c *gin.Context) { c.Status(http.StatusCreated) })
	return r
}
