package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// Customers and staff, each in a session of its own, in one engine and for one
// browser.
func TestTwoManagersKeepTheirLoginsInSessionsOfTheirOwn(t *testing.T) {
	store := cookie.NewStore(site.Key("session"))
	store.Options(ginlogin.SessionOptions())
	customers := known(func(lm *ginlogin.LoginManager) { lm.SessionName = "customer" })[1]
	staff := known(func(lm *ginlogin.LoginManager) { lm.Name, lm.SessionName = "staff", "clerk" })[1]
	engine := site.Engine(sessions.SessionsMany([]string{"customer", "clerk"}, store), customers)
	pages(engine)
	pages(engine.Group("/staff", staff))
	s := site.Serve(t, engine)

	b := s.Browser()
	site.Wants(t, "cookies of a customer's login", b.Do("POST", "/login?id=ada").Sets(), "customer "+remember)
	site.Wants(t, "the staff's page", b.Do("GET", "/staff/guarded").StatusCode, http.StatusFound)
	site.Wants(t, "cookies of a clerk's login", b.Do("POST", "/staff/login?id=bob").Sets(), "clerk remember_token_staff")
	site.Wants(t, "the staff's page", b.Do("GET", "/staff/guarded").Text, "Hi bob")
	site.Wants(t, "the customer's page", b.Do("GET", "/guarded").Text, "Hi ada")
	site.Wants(t, "the customer's logout", b.Do("POST", "/logout").Text, "done")
	site.Wants(t, "the customer's page", b.Do("GET", "/guarded").StatusCode, http.StatusFound)
	site.Wants(t, "the staff's page", b.Do("GET", "/staff/guarded").Text, "Hi bob")
}
