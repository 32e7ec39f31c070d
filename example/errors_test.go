package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestErrorPages(t *testing.T) {
	_, v := open(t)
	v.get("/nowhere").is(http.StatusNotFound).says("Page not found", "Error 404", `href="/"`)
	v.get("/api/nowhere").is(http.StatusNotFound).says(`{"error":`)
	p := v.post("/profile").is(http.StatusMethodNotAllowed).says("Method not allowed")
	if got := p.Header.Get("Allow"); got != "GET" {
		t.Errorf("Allow is %q", got)
	}
	v.post("/login", "email="+strings.Repeat("x", maxBody)).is(http.StatusRequestEntityTooLarge).says("Too long")
	v.send(http.MethodPost, "/login", "email=%zz", nil).is(http.StatusBadRequest).says("Not understood")
}

func TestErrorsForPrograms(t *testing.T) {
	_, v := open(t)
	for accept, wantsJSON := range map[string]bool{
		"":                            false,
		"*/*":                         false,
		"text/html, */*":              false,
		"image/png":                   false,
		"application/json":            true,
		"application/json, text/html": true,
	} {
		p := v.get("/nowhere", "Accept: "+accept).is(http.StatusNotFound)
		if got := json.Valid([]byte(p.text)); got != wantsJSON {
			t.Errorf("Accept: %q gets %s", accept, p.text)
		}
	}
	v.send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: cross-site", "Accept: application/json"}).
		is(http.StatusForbidden).says(`{"error":"This form was sent from another site`)
}

// What a guard refuses without a redirect gets a page, too.
func TestRefusalsHavePages(t *testing.T) {
	s := newSite(t)
	r := gin.New()
	r.SetHTMLTemplate(templates)
	lm := ginlogin.New(ginlogin.IntID(s.users.FindByID))
	lm.SecretKeys = s.keys
	r.Use(errorPages, sessions.Sessions("session", cookie.NewStore(s.keys...)), lm.Middleware())
	r.GET("/guarded", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "inside") })
	r.GET("/answered", func(c *gin.Context) { c.String(http.StatusNotFound, "mine") })
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	v := newVisitor(t, server.URL, nil)
	v.get("/guarded").is(http.StatusUnauthorized).says("Please log in", `href="/login"`).saysNot("inside")
	v.get("/guarded", "Accept: application/json").is(http.StatusUnauthorized).says(`{"error":"login required"}`)
	if p := v.get("/answered").is(http.StatusNotFound); p.text != "mine" {
		t.Errorf("an answer with a body was replaced: %s", p.text)
	}
}

// Each says what to do about it.
func TestProblemsAreComplete(t *testing.T) {
	for status, p := range problems {
		if p.title == "" || strings.Count(p.text, ".") < 1 || !strings.HasPrefix(p.path, "/") || p.link == "" {
			t.Errorf("%d: %+v", status, p)
		}
	}
}
