package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestAPageForNoRouteKnowsTheUser(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	engine.NoRoute(func(c *gin.Context) {
		c.String(http.StatusNotFound, "nothing here for "+ginlogin.CurrentUser(c).GetID())
	})
	s := site.Serve(t, engine)
	keepsLogins(s)
	b := loggedIn(s, "ada")
	b.Put("session", "")
	res := b.Do("GET", "/nowhere")
	site.Wants(t, "status", res.StatusCode, http.StatusNotFound)
	site.Wants(t, "page", res.Text, "nothing here for ada")
	site.Wants(t, "cookies of the restored login", res.Sets(), "session "+remember)
	site.Wants(t, "Cache-Control", res.Lines("Cache-Control"), "private, no-store")
	site.Wants(t, "nobody's page", s.Browser().Do("GET", "/nowhere").Text, "nothing here for ")
}

// Gin has put 404 into the response before the guard answers.
func TestAGuardedNoRouteTellsNobodyWhatExists(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	engine.NoRoute(ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusNotFound, "nothing here") })
	s := site.Serve(t, engine)
	nobody, ada := s.Browser(), loggedIn(s, "ada")
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
		res := nobody.Do(row.method, "/nowhere", "Accept", row.accept)
		site.Wants(t, what, res.StatusCode, row.want)
		site.Wants(t, what+" to what exists", nobody.Do(row.method, "/guarded", "Accept", row.accept).StatusCode, row.want)
	}
	site.Wants(t, "a user's status", ada.Do("GET", "/nowhere").StatusCode, http.StatusNotFound)
}
