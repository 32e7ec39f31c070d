package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/requestid"
	"github.com/gin-contrib/secure"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// In the order that the README recommends.
func TestAllTogetherKeepLogins(t *testing.T) {
	engine := site.Engine(append([]gin.HandlerFunc{
		requestid.New(), secure.New(secure.DefaultConfig()), sharedWithShop(), gzip.Gzip(gzip.DefaultCompression),
	}, known()...)...)
	pages(engine)
	s := site.Serve(t, http.TimeoutHandler(engine, ample, ""))
	keepsLogins(s)
	tellsUsersApart(s)
	res := loggedIn(s, "ada").Do("GET", "/guarded", "Origin", shop)
	for _, header := range []string{"Origin", "Accept-Encoding", "Cookie"} {
		site.Wants(t, "it varies by "+header, res.Varies(header), true)
	}
	site.Wants(t, "the preflight", preflight(s.Browser(), "/guarded").Lines("Access-Control-Allow-Origin"), shop)
}
