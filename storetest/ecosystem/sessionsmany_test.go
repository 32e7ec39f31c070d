package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"

	"github.com/ginlogin/ginlogin"
)

// Customers and staff, each in a session of its own, in one engine and for one
// browser.
func TestTwoManagersKeepTheirLoginsInSessionsOfTheirOwn(t *testing.T) {
	store := cookie.NewStore(key("session"))
	store.Options(ginlogin.SessionOptions())
	customers := known(func(lm *ginlogin.LoginManager) { lm.SessionName = "customer" })[1]
	staff := known(func(lm *ginlogin.LoginManager) { lm.Name, lm.SessionName = "staff", "clerk" })[1]
	engine := newEngine(sessions.SessionsMany([]string{"customer", "clerk"}, store), customers)
	pages(engine)
	pages(engine.Group("/staff", staff))
	s := serve(t, engine)

	b := s.browser()
	wants(t, "cookies of a customer's login", b.do("POST", "/login?id=ada").setsCookies(), "customer "+remember)
	wants(t, "the staff's page", b.do("GET", "/staff/guarded").StatusCode, http.StatusFound)
	wants(t, "cookies of a clerk's login", b.do("POST", "/staff/login?id=bob").setsCookies(), "clerk remember_token_staff")
	wants(t, "the staff's page", b.do("GET", "/staff/guarded").body, "Hi bob")
	wants(t, "the customer's page", b.do("GET", "/guarded").body, "Hi ada")
	wants(t, "the customer's logout", b.do("POST", "/logout").body, "done")
	wants(t, "the customer's page", b.do("GET", "/guarded").StatusCode, http.StatusFound)
	wants(t, "the staff's page", b.do("GET", "/staff/guarded").body, "Hi bob")
}
