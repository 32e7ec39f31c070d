package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestAPageForNoRouteKnowsTheUser(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	engine.NoRoute(func(c *gin.Context) {
		c.String(http.StatusNotFound, "nothing here for "+ginlogin.CurrentUser(c).GetID())
	})
	s := serve(t, engine)
	s.keepsLogins()
	b := s.loggedIn("ada")
	b.forget("session")
	res := b.do("GET", "/nowhere")
	wants(t, "status", res.StatusCode, http.StatusNotFound)
	wants(t, "page", res.body, "nothing here for ada")
	wants(t, "cookies of the restored login", res.setsCookies(), "session "+remember)
	wants(t, "Cache-Control", res.header("Cache-Control"), "private, no-store")
	wants(t, "nobody's page", s.browser().do("GET", "/nowhere").body, "nothing here for ")
}

// Gin has put 404 into the response before the guard answers.
func TestAGuardedNoRouteTellsNobodyWhatExists(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	engine.NoRoute(ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusNotFound, "nothing here") })
	s := serve(t, engine)
	nobody, ada := s.browser(), s.loggedIn("ada")
	for _, row := range []struct {
		method, accept string
		want           int
	}{
		{"GET", "text/html", http.StatusFound},
		{"POST", "text/html", http.StatusSeeOther},
		{"GET", "application/json", http.StatusUnauthorized},
		{"POST", "application/json", http.StatusUnauthorized},
	} {
		what := row.method + " " + row.accept
		res := nobody.do(row.method, "/nowhere", "Accept", row.accept)
		wants(t, what, res.StatusCode, row.want)
		wants(t, what+" to what exists", nobody.do(row.method, "/guarded", "Accept", row.accept).StatusCode, row.want)
	}
	wants(t, "a user's status", ada.do("GET", "/nowhere").StatusCode, http.StatusNotFound)
}
