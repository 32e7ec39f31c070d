package apitokens

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
)

func init() { gin.SetMode(gin.TestMode) }

// table has Ada, an administrator, and her tokens, unless it is down.
type table struct {
	tokens []Token
	down   bool
}

func (tb *table) FindByID(_ context.Context, id string) (*Account, error) {
	if id != "1" {
		return nil, ginlogin.ErrUserNotFound
	}
	return &Account{ID: "1", Name: "Ada", Admin: true}, nil
}

func (tb *table) FindByToken(ctx context.Context, hash string) (*Account, error) {
	if tb.down {
		return nil, errors.New("the database is down")
	}
	for i, token := range tb.tokens {
		if token.Hash == hash {
			account, err := tb.FindByID(ctx, token.Account)
			if err == nil {
				account.Token = &tb.tokens[i]
			}
			return account, err
		}
	}
	return nil, nil
}

// newToken returns what goes with each request of a program.
func (tb *table) newToken(t *testing.T, account string, write bool) string {
	t.Helper()
	secret, row := NewToken(account, write)
	if strings.Contains(row.Hash, secret) {
		t.Fatal("the table has the token itself")
	}
	tb.tokens = append(tb.tokens, row)
	return "Bearer " + secret
}

func TestATokenOpensTheAPIAndNoPage(t *testing.T) {
	tb := &table{}
	reads, writes, ofNobody := tb.newToken(t, "1", false), tb.newToken(t, "1", true), tb.newToken(t, "2", true)
	b := browser.Open(t, Site(tb, []byte("a secret key of thirty-two bytes")))
	for _, test := range []struct{ token, get, post string }{
		{"", `401 {"error":"login required"}`, `401 {"error":"login required"}`},
		{"Bearer forged", `401 {"error":"login required"}`, `401 {"error":"login required"}`},
		{ofNobody, `401 {"error":"login required"}`, `401 {"error":"login required"}`},
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

func TestAUserWhoIsLoggedInMayWrite(t *testing.T) {
	b := browser.OpenAs(t, Site(&table{}, []byte("a secret key of thirty-two bytes")), &Account{ID: "1"})
	b.Want(b.Post("/api/notes"), "201")
	b.Want(b.Get("/admin"), "200 accounts")
}

func TestAnOutageIsNoWrongToken(t *testing.T) {
	tb := &table{}
	b := browser.Open(t, Site(tb, []byte("a secret key of thirty-two bytes")))
	b.Header.Set("Authorization", tb.newToken(t, "1", false))
	tb.down = true
	if got := b.Get("/api/notes"); !strings.HasPrefix(got, "503") {
		t.Errorf("it is answered %q", got)
	}
}
