package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/secure"
)

func TestSecureKeepsLogins(t *testing.T) {
	s := behind(t, secure.New(secure.DefaultConfig()))
	s.keepsLogins()
	s.tellsUsersApart()
	nobody, ada := s.browser(), s.loggedIn("ada")
	for who, res := range map[string]response{
		"a user's page": ada.do("GET", "/guarded"), "a refusal": nobody.do("GET", "/guarded"),
		"a script's refusal": nobody.do("GET", "/guarded", "Accept", "application/json"),
	} {
		wants(t, who+" has HSTS", res.header("Strict-Transport-Security") != "", true)
		wants(t, who+", framing", res.header("X-Frame-Options"), "DENY")
		wants(t, who+", sniffing", res.header("X-Content-Type-Options"), "nosniff")
	}
}

func TestSecureTurnsAwayForeignHostsBeforeAnythingIsSet(t *testing.T) {
	config := secure.DefaultConfig()
	config.AllowedHosts = []string{"shop.example"}
	s := behind(t, secure.New(config))
	res := s.browser().do("POST", "/login?id=ada")
	wants(t, "status", res.StatusCode, http.StatusForbidden)
	wants(t, "cookies", res.setsCookies(), "")
}
