package main

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestMeBySession(t *testing.T) {
	_, v := open(t)
	v.logIn()
	wantAda(v.get("/api/me"))
}

func TestMeByToken(t *testing.T) {
	_, v := open(t)
	v.logIn()
	token := v.makeToken("nightly copy")
	program := v.another()
	for _, scheme := range []string{"Bearer ", "bearer "} {
		p := program.get("/api/me", "Authorization: "+scheme+token)
		wantAda(p)
		p.setsNoCookie("session").setsNoCookie("remember_token")
	}
	// A token is for the API.
	program.get("/profile", "Authorization: Bearer "+token, "Accept: text/html").is(http.StatusUnauthorized)
	program.knownAs("")
}

func wantAda(p *page) {
	p.t.Helper()
	var got map[string]string
	if err := json.Unmarshal([]byte(p.is(http.StatusOK).text), &got); err != nil {
		p.t.Fatal(err)
	}
	if got["email"] != adaEmail || got["name"] != "Ada Lovelace" || got["id"] != "1" || len(got) != 3 {
		p.t.Errorf("%s says %v", p.name, got)
	}
}

func TestMeRequiresLogin(t *testing.T) {
	_, v := open(t)
	for name, header := range map[string]string{
		"nothing":       "X-Nothing: at all",
		"browser":       "Accept: text/html",
		"wrong token":   "Authorization: Bearer gx_WRONG",
		"empty token":   "Authorization: Bearer ",
		"another way":   "Authorization: Basic YWRhQGV4YW1wbGUuY29tOmFuYWx5dGljYWwgZW5naW5l",
		"no way at all": "Authorization: gx_WRONG",
	} {
		t.Run(name, func(t *testing.T) {
			p := v.get("/api/me", header).is(http.StatusUnauthorized)
			if !json.Valid([]byte(p.text)) {
				t.Errorf("not JSON: %s", p.text)
			}
			if got := p.Header.Get("WWW-Authenticate"); got != "Bearer" {
				t.Errorf("WWW-Authenticate is %q", got)
			}
			p.setsNoCookie("session")
		})
	}
}

func TestHealthz(t *testing.T) {
	s, v := open(t)
	v.logIn("remember=1")
	s.users.db.Close() // it would notice
	v.closeBrowser()   // a remembered user would be restored
	p := v.get("/healthz").is(http.StatusOK)
	if len(p.Cookies()) > 0 || p.Header.Get("Vary") != "" || p.Header.Get("Cache-Control") != "" {
		t.Errorf("healthz asked for the user: %v", p.Header)
	}
}
