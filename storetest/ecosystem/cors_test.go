package ecosystem

import (
	"net/http"
	"sync"
	"testing"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

const shop = "https://shop.example"

func sharedWithShop() gin.HandlerFunc {
	return cors.New(cors.Config{
		AllowOrigins: []string{shop}, AllowCredentials: true,
		AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"Content-Type"},
	})
}

func preflight(b *browser, path string) response {
	return b.do("OPTIONS", path, "Origin", shop, "Access-Control-Request-Method", "PUT", "Sec-Fetch-Mode", "cors")
}

// A browser sends no cookies with a preflight: D19 has guards refuse it like any
// other request, so that CORS has to answer before.
func TestAPreflightPassesWhenCORSStandsBeforeTheGuards(t *testing.T) {
	s := behind(t, sharedWithShop())
	s.keepsLogins()
	res := preflight(s.browser(), "/guarded")
	wants(t, "status", res.StatusCode, http.StatusNoContent)
	wants(t, "origin", res.header("Access-Control-Allow-Origin"), shop)
	wants(t, "cookies", res.setsCookies(), "")
}

func TestAPreflightIsRefusedWhenCORSStandsBehindTheGuards(t *testing.T) {
	engine := newEngine(append(known(), ginlogin.LoginRequired(), sharedWithShop())...)
	engine.Any("/guarded", greet)
	res := preflight(serve(t, engine).browser(), "/guarded")
	wants(t, "status", res.StatusCode, http.StatusUnauthorized)
	wants(t, "origin", res.header("Access-Control-Allow-Origin"), "")
}

func TestAnotherOriginReadsOnlyWhatCORSLetsIt(t *testing.T) {
	s := behind(t, sharedWithShop())
	b := s.loggedIn("ada")

	res := b.do("GET", "/guarded", "Origin", shop)
	wants(t, "the page", res.body, "Hi ada")
	wants(t, "origin", res.header("Access-Control-Allow-Origin"), shop)
	wants(t, "credentials", res.header("Access-Control-Allow-Credentials"), "true")
	wants(t, "Vary", res.header("Vary"), "Origin, Cookie")

	res = s.browser().do("GET", "/guarded", "Origin", shop, "Sec-Fetch-Mode", "cors")
	wants(t, "a stranger's status", res.StatusCode, http.StatusUnauthorized)
	wants(t, "the origin may read that", res.header("Access-Control-Allow-Origin"), shop)

	res = b.do("GET", "/guarded", "Origin", "https://evil.example")
	wants(t, "status of an origin that is not allowed", res.StatusCode, http.StatusForbidden)
	wants(t, "its body", res.body, "")
}

// cors gives all responses the same slice as Vary. Adding to it must not write
// into what others read.
func TestResponsesDoNotShareTheirVary(t *testing.T) {
	s := behind(t, sharedWithShop())
	b := s.loggedIn("ada")
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for range 10 {
				wants(t, "Vary", b.do("GET", "/guarded", "Origin", shop).header("Vary"), "Origin, Cookie")
			}
		})
	}
	crowd.Wait()
}

// cors sets Vary, it does not add to it: what stands before it loses its own.
func TestCORSBehindAGuardTakesItsVary(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	engine.GET("/late", ginlogin.LoginRequired(), sharedWithShop(), greet)
	s := serve(t, engine)
	res := s.loggedIn("ada").do("GET", "/late", "Origin", shop)
	wants(t, "the page", res.body, "Hi ada")
	wants(t, "Vary", res.header("Vary"), "Origin")
	wants(t, "Cache-Control", res.header("Cache-Control"), "private, no-store")
}

func TestAnyGuardsEveryMethod(t *testing.T) {
	s := behind(t)
	nobody, ada := s.browser(), s.loggedIn("ada")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		wants(t, method+" of nobody", nobody.do(method, "/guarded", "Accept", "application/json").StatusCode, http.StatusUnauthorized)
		wants(t, method+" of a user", ada.do(method, "/guarded").StatusCode, http.StatusOK)
	}
}
