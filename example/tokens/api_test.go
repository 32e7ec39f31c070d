package tokens_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestMeBySession(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	sitetest.WantAda(v.Get("/api/me"))
}

func TestMeByToken(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	token := v.MakeToken("nightly copy")
	program := v.Another()
	for _, scheme := range []string{"Bearer ", "bearer "} {
		p := program.Get("/api/me", "Authorization: "+scheme+token)
		sitetest.WantAda(p)
		p.SetsNoCookie("session").SetsNoCookie("remember_token")
	}
	// A token is for the API.
	program.Get("/profile", "Authorization: Bearer "+token, "Accept: text/html").Is(http.StatusUnauthorized)
	program.KnownAs("")
}

func TestMeRequiresLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	for name, header := range map[string]string{
		"nothing":       "X-Nothing: at all",
		"browser":       "Accept: text/html",
		"wrong token":   "Authorization: Bearer gx_WRONG",
		"empty token":   "Authorization: Bearer ",
		"another way":   "Authorization: Basic YWRhQGV4YW1wbGUuY29tOmFuYWx5dGljYWwgZW5naW5l",
		"no way at all": "Authorization: gx_WRONG",
	} {
		t.Run(name, func(t *testing.T) {
			p := v.Get("/api/me", header).Is(http.StatusUnauthorized)
			if !json.Valid([]byte(p.Text)) {
				t.Errorf("not JSON: %s", p.Text)
			}
			if got := p.Header.Get("WWW-Authenticate"); got != "Bearer" {
				t.Errorf("WWW-Authenticate is %q", got)
			}
			p.SetsNoCookie("session")
		})
	}
}

func TestHealthz(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn("remember=1")
	s.DB.Close()     // it would notice
	v.CloseBrowser() // a remembered user would be restored
	p := v.Get("/healthz").Is(http.StatusOK)
	if len(p.Cookies()) > 0 || p.Header.Get("Vary") != "" || p.Header.Get("Cache-Control") != "" {
		t.Errorf("healthz asked for the user: %v", p.Header)
	}
}
