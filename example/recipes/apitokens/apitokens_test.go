package apitokens

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

var key = []byte("a secret key of thirty-two bytes")

// give returns what goes with each request of a program that has a new token.
func give(row Token) string {
	token, hash := newToken()
	tokens[hash] = row
	return "Bearer " + token
}

func TestATokenOpensTheAPIAndNoPage(t *testing.T) {
	reads, writes, stale := give(Token{AccountID: "1"}), give(Token{AccountID: "1", Write: true}), give(Token{AccountID: "2"})
	b := browser.Open(t, Site(key))
	for _, test := range []struct{ token, get, post string }{
		{"", `401 {"error":"login required"}`, `401 {"error":"login required"}`},
		{"Bearer forged", `401 {"error":"login required"}`, `401 {"error":"login required"}`},
		{stale, `401 {"error":"login required"}`, `401 {"error":"login required"}`},
		{reads, `200 ["a note"]`, `403 {"error":"forbidden"}`},
		{writes, `200 ["a note"]`, "201"},
		{"bearer" + strings.TrimPrefix(writes, "Bearer"), `200 ["a note"]`, "201"},
	} {
		b.Header.Set("Authorization", test.token)
		b.Want(b.Get("/api/notes"), test.get)
		b.Want(b.Post("/api/notes"), test.post)
		if got := b.Get("/admin"); !strings.HasPrefix(got, "401") {
			t.Errorf("with %q the administrators' page is answered %q", test.token, got)
		}
	}
	if got := b.Cookie("session"); got != "" {
		t.Error("a token leaves a session")
	}
}

func TestTheTableHasNoTokens(t *testing.T) {
	if token, hash := newToken(); strings.Contains(hash, token) {
		t.Error("the hash contains the token")
	}
}

func TestAUserWhoIsLoggedInMayWrite(t *testing.T) {
	b := browser.OpenAs(t, Site(key), accounts["1"])
	program := b.Another()
	program.Header.Set("Authorization", give(Token{AccountID: "1"}))
	program.Want(program.Post("/api/notes"), `403 {"error":"forbidden"}`)
	b.Want(b.Post("/api/notes"), "201") // the token has not marked the account of the session
	b.Want(b.Get("/admin"), "200 accounts")
}

func TestAnOutageIsNoWrongToken(t *testing.T) {
	lm := ginlogin.New(findByID)
	lm.RequestLoader = byToken(func(context.Context, string) (*Account, error) {
		return nil, errors.New("the database is down")
	})
	r := gin.New()
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/api/notes", ginlogin.LoginRequired(), func(*gin.Context) {})
	b := browser.Open(t, r)
	b.Header.Set("Authorization", "Bearer any")
	if got := b.Get("/api/notes"); !strings.HasPrefix(got, "503") {
		t.Errorf("it is answered %q", got)
	}
}
