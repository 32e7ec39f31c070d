package ecosystem

import (
	"net/http"
	"testing"

	"github.com/gin-contrib/secure"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestSecureKeepsLogins(t *testing.T) {
	s := behind(t, secure.New(secure.DefaultConfig()))
	keepsLogins(s)
	tellsUsersApart(s)
	nobody, ada := s.Browser(), loggedIn(s, "ada")
	for who, res := range map[string]site.Response{
		"a user's page": ada.Do("GET", "/guarded"), "a refusal": nobody.Do("GET", "/guarded"),
		"a script's refusal": nobody.Do("GET", "/guarded", "Accept", "application/json"),
	} {
		site.Wants(t, who+" has HSTS", res.Lines("Strict-Transport-Security") != "", true)
		site.Wants(t, who+", framing", res.Lines("X-Frame-Options"), "DENY")
		site.Wants(t, who+", sniffing", res.Lines("X-Content-Type-Options"), "nosniff")
	}
}

func TestSecureTurnsAwayForeignHostsBeforeAnythingIsSet(t *testing.T) {
	config := secure.DefaultConfig()
	config.AllowedHosts = []string{"shop.example"}
	s := behind(t, secure.New(config))
	res := s.Browser().Do("POST", "/login?id=ada")
	site.Wants(t, "status", res.StatusCode, http.StatusForbidden)
	site.Wants(t, "cookies", res.Sets(), "")
}
