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
	ID string
}

func (a *Account) GetID() string { return a.ID }

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

// NewEnforcer reads the policy from text; casbin has adapters for databases.
func NewEnforcer(policy string) (*casbin.SyncedEnforcer, error) {
	m, err := model.NewModelFromString(rules)
	if err != nil {
		return nil, err
	}
	return casbin.NewSyncedEnforcer(m, stringadapter.NewAdapter(policy))
}

// may returns a guard for one thing that a user does in the tenant of the path. An error is an outage.
func may(enforcer *casbin.SyncedEnforcer, action, object string) gin.HandlerFunc {
	return ginlogin.RequestPasses(func(c *gin.Context, a *Account) (bool, error) {
		return enforcer.Enforce(a.ID, c.Param("tenant"), object, action)
	})
}

// Site is that site.
func Site(find func(context.Context, string) (*Account, error), enforcer *casbin.SyncedEnforcer, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())

	tenant := r.Group("/t/:tenant", ginlogin.LoginRequired())
	tenant.GET("/invoices", may(enforcer, "read", "invoices"), func(c *gin.Context) {
		c.String(http.StatusOK, "invoices of %s", c.Param("tenant"))
	})
	tenant.POST("/invoices", may(enforcer, "write", "invoices"), func(c *gin.Context) { c.Status(http.StatusCreated) })
	return r
}
