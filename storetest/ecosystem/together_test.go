package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/requestid"
	"github.com/gin-contrib/secure"
	"github.com/gin-gonic/gin"
)

// In the order that the README recommends.
func TestAllTogetherKeepLogins(t *testing.T) {
	engine := newEngine(append([]gin.HandlerFunc{
		requestid.New(), secure.New(secure.DefaultConfig()), sharedWithShop(), gzip.Gzip(gzip.DefaultCompression),
	}, known()...)...)
	pages(engine)
	s := serve(t, http.TimeoutHandler(engine, ample, ""))
	s.keepsLogins()
	s.tellsUsersApart()
	res := s.loggedIn("ada").do("GET", "/guarded", "Origin", shop)
	for _, header := range []string{"Origin", "Accept-Encoding", "Cookie"} {
		wants(t, "it varies by "+header, res.varies(header), true)
	}
	wants(t, "the preflight", preflight(s.browser(), "/guarded").header("Access-Control-Allow-Origin"), shop)
}
