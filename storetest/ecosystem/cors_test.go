package ecosystem

import (
	"net/http"
	"sync"
	"testing"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

const shop = "https://shop.example"

func sharedWithShop() gin.HandlerFunc {
	return cors.New(cors.Config{
		AllowOrigins: []string{shop}, AllowCredentials: true,
		AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"Content-Type"},
	})
}

func preflight(b *site.Browser, path string) site.Response {
	return b.Do("OPTIONS", path, "Origin", shop, "Access-Control-Request-Method", "PUT", "Sec-Fetch-Mode", "cors")
}

// A browser sends no cookies with a preflight: D19 has guards refuse it like any
// other request, so that CORS has to answer before.
func TestAPreflightPassesWhenCORSStandsBeforeTheGuards(t *testing.T) {
	s := behind(t, sharedWithShop())
	keepsLogins(s)
	res := preflight(s.Browser(), "/guarded")
	site.Wants(t, "status", res.StatusCode, http.StatusNoContent)
	site.Wants(t, "origin", res.Lines("Access-Control-Allow-Origin"), shop)
	site.Wants(t, "cookies", res.Sets(), "")
}

func TestAPreflightIsRefusedWhenCORSStandsBehindTheGuards(t *testing.T) {
	engine := site.Engine(append(known(), ginlogin.LoginRequired(), sharedWithShop())...)
	engine.Any("/guarded", greet)
	res := preflight(site.Serve(t, engine).Browser(), "/guarded")
	site.Wants(t, "status", res.StatusCode, http.StatusUnauthorized)
	site.Wants(t, "origin", res.Lines("Access-Control-Allow-Origin"), "")
}

func TestAnotherOriginReadsOnlyWhatCORSLetsIt(t *testing.T) {
	s := behind(t, sharedWithShop())
	b := loggedIn(s, "ada")

	res := b.Do("GET", "/guarded", "Origin", shop)
	site.Wants(t, "the page", res.Text, "Hi ada")
	site.Wants(t, "origin", res.Lines("Access-Control-Allow-Origin"), shop)
	site.Wants(t, "credentials", res.Lines("Access-Control-Allow-Credentials"), "true")
	site.Wants(t, "Vary", res.Lines("Vary"), "Origin, Cookie")

	res = s.Browser().Do("GET", "/guarded", "Origin", shop, "Sec-Fetch-Mode", "cors")
	site.Wants(t, "a stranger's status", res.StatusCode, http.StatusUnauthorized)
	site.Wants(t, "the origin may read that", res.Lines("Access-Control-Allow-Origin"), shop)

	res = b.Do("GET", "/guarded", "Origin", "https://evil.example")
	site.Wants(t, "status of an origin that is not allowed", res.StatusCode, http.StatusForbidden)
	site.Wants(t, "its body", res.Text, "")
}

// cors gives all responses the same slice as Vary. Adding to it must not write
// into what others read.
func TestResponsesDoNotShareTheirVary(t *testing.T) {
	s := behind(t, sharedWithShop())
	b := loggedIn(s, "ada")
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for range 10 {
				site.Wants(t, "Vary", b.Do("GET", "/guarded", "Origin", shop).Lines("Vary"), "Origin, Cookie")
			}
		})
	}
	crowd.Wait()
}

// cors sets Vary, it does not add to it: what stands before it loses its own.
func TestCORSBehindAGuardTakesItsVary(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	engine.GET("/late", ginlogin.LoginRequired(), sharedWithShop(), greet)
	s := site.Serve(t, engine)
	res := loggedIn(s, "ada").Do("GET", "/late", "Origin", shop)
	site.Wants(t, "the page", res.Text, "Hi ada")
	site.Wants(t, "Vary", res.Lines("Vary"), "Origin")
	site.Wants(t, "Cache-Control", res.Lines("Cache-Control"), "private, no-store")
}

func TestAnyGuardsEveryMethod(t *testing.T) {
	s := behind(t)
	nobody, ada := s.Browser(), loggedIn(s, "ada")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		site.Wants(t, method+" of nobody", nobody.Do(method, "/guarded", "Accept", "application/json").StatusCode, http.StatusUnauthorized)
		site.Wants(t, method+" of a user", ada.Do(method, "/guarded").StatusCode, http.StatusOK)
	}
}
