package site_test

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
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/web"
)

func TestErrorPages(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/nowhere").LeadsTo("/login?next=%2Fnowhere") // strangers are not told what there is
	v.LogIn()
	v.Get("/nowhere").Is(http.StatusNotFound).Says("Page not found", "Error 404", `href="/"`)
	v.Get("/api/nowhere").Is(http.StatusNotFound).Says(`{"error":`)
	p := v.Post("/profile").Is(http.StatusMethodNotAllowed).Says("Method not allowed")
	if got := p.Header.Get("Allow"); got != "GET" {
		t.Errorf("Allow is %q", got)
	}
	v.Post("/login", "email="+strings.Repeat("x", web.MaxBody)).Is(http.StatusRequestEntityTooLarge).Says("Too long")
	v.Send(http.MethodPost, "/login", "email=%zz", nil).Is(http.StatusBadRequest).Says("Not understood")
}

func TestErrorsForPrograms(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	for accept, wantsJSON := range map[string]bool{
		"":                            false,
		"*/*":                         false,
		"text/html, */*":              false,
		"image/png":                   false,
		"application/json":            true,
		"application/json, text/html": true,
	} {
		p := v.Get("/nowhere", "Accept: "+accept).Is(http.StatusNotFound)
		if got := json.Valid([]byte(p.Text)); got != wantsJSON {
			t.Errorf("Accept: %q gets %s", accept, p.Text)
		}
	}
	v.Send(http.MethodPost, "/logout", "", []string{"Sec-Fetch-Site: cross-site", "Accept: application/json"}).
		Is(http.StatusForbidden).Says(`{"error":"This form was sent from another site`)
}

// What a guard refuses without a redirect gets a page, too.
func TestRefusalsHavePages(t *testing.T) {
	s := sitetest.New(t)
	r := gin.New()
	r.SetHTMLTemplate(web.Templates())
	lm := ginlogin.New(ginlogin.IntID(s.Users.FindByID))
	lm.SecretKeys = s.Config.Keys
	r.Use(web.ErrorPages, sessions.Sessions("session", cookie.NewStore(s.Config.Keys...)), lm.Middleware())
	r.GET("/guarded", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "inside") })
	r.GET("/answered", func(c *gin.Context) { c.String(http.StatusNotFound, "mine") })
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	v := sitetest.NewVisitor(t, server.URL, nil)
	v.Get("/guarded").Is(http.StatusUnauthorized).Says("Please log in", `href="/login"`).SaysNot("inside")
	v.Get("/guarded", "Accept: application/json").Is(http.StatusUnauthorized).Says(`{"error":"login required"}`)
	if p := v.Get("/answered").Is(http.StatusNotFound); p.Text != "mine" {
		t.Errorf("an answer with a body was replaced: %s", p.Text)
	}
}
