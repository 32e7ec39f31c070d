package tokens_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

func TestTokensRequireLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.Get("/tokens").LeadsTo("/login?next=%2Ftokens")
	v.Post("/tokens", "name=x").LeadsTo("/login")
	v.Post("/tokens/revoke", "id=x").LeadsTo("/login")
}

// Who is remembered sees the tokens and revokes them, and gives the password to make one.
func TestTokensAreMadeByAFreshLogin(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn("remember=1")
	token := v.MakeToken("nightly copy")
	v.CloseBrowser()
	v.Get("/tokens").Is(http.StatusOK).Says("nightly copy", `href="/confirm?next=/tokens"`).SaysNot("Make a token</button>")
	v.Post("/tokens", "name=another").LeadsTo("/confirm")
	v.Post("/tokens/revoke", "id="+v.TokenIDs()[0]).LeadsTo("/tokens")
	v.Another().Get("/api/me", "Authorization: Bearer "+token).Is(http.StatusUnauthorized)

	v.Get("/confirm?next=/tokens").Says(`value="/tokens"`)
	v.Post("/confirm", "password="+sitetest.AdaPassword, "next=/tokens").LeadsTo("/tokens")
	v.MakeToken("another")
}

// It is shown once, and kept as a hash.
func TestATokenIsShownOnce(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn()
	v.Get("/tokens").Says("You have no tokens yet.")
	token := v.MakeToken("nightly copy")
	v.Get("/tokens").Says("nightly copy", "<dd>never</dd>").SaysNot(token, "no tokens yet")
	if another := v.MakeToken("second"); another == token {
		t.Error("the second token is the first")
	}
	var stored string
	row := s.DB.QueryRowContext(t.Context(), `SELECT id || name || hash FROM api_tokens WHERE name = 'nightly copy'`)
	if err := row.Scan(&stored); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(token))
	if !strings.HasSuffix(stored, hex.EncodeToString(sum[:])) || strings.Contains(stored, strings.TrimPrefix(token, "gx_")) {
		t.Errorf("the database holds %q, want the hash alone", stored)
	}
}

func TestATokenIsGoodUntilItIsRevoked(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	first := v.MakeToken("first")
	id := v.TokenIDs()[0]
	second := v.MakeToken("second")
	program := v.Another()
	for _, token := range []string{first, second} {
		sitetest.WantAda(program.Get("/api/me", "Authorization: Bearer "+token))
	}
	v.Follow(v.Post("/tokens/revoke", "id="+id).LeadsTo("/tokens")).Says("has been revoked", "second").SaysNot("first")
	program.Get("/api/me", "Authorization: Bearer "+first).Is(http.StatusUnauthorized)
	sitetest.WantAda(program.Get("/api/me", "Authorization: Bearer "+second))
	v.Follow(v.Post("/tokens/revoke", "id="+id).LeadsTo("/tokens")).Says("was revoked already")
}

func TestTheUseOfATokenIsNoted(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn()
	token := v.MakeToken("nightly copy")
	used := func() (seconds int64) {
		t.Helper()
		if err := s.DB.QueryRowContext(t.Context(), `SELECT last_used FROM api_tokens`).Scan(&seconds); err != nil {
			t.Fatal(err)
		}
		return seconds
	}
	program := v.Another()
	sitetest.WantAda(program.Get("/api/me", "Authorization: Bearer "+token))
	v.Get("/tokens").Says("just now")
	recently := used() - 30
	s.Exec(t, `UPDATE api_tokens SET last_used = $1`, recently)
	sitetest.WantAda(program.Get("/api/me", "Authorization: Bearer "+token))
	if got := used(); got != recently {
		t.Errorf("noted again after half a minute: %d", got-recently)
	}
	s.Exec(t, `UPDATE api_tokens SET last_used = $1`, recently-3*3600)
	v.Get("/tokens").Says("3 hours ago")
	sitetest.WantAda(program.Get("/api/me", "Authorization: Bearer "+token))
	if got := used(); got < recently {
		t.Errorf("not noted after hours: %d", got-recently)
	}
}

func TestTokensOfSomebodyElse(t *testing.T) {
	_, ada := sitetest.Open(t)
	ada.LogIn()
	token := ada.MakeToken("nightly copy")
	grace := ada.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	grace.Get("/tokens").SaysNot("nightly copy")
	for _, id := range []string{ada.TokenIDs()[0], "", "\xff"} {
		grace.Follow(grace.Post("/tokens/revoke", "id="+id).LeadsTo("/tokens")).Says("was revoked already")
	}
	sitetest.WantAda(grace.Another().Get("/api/me", "Authorization: Bearer "+token))
}

func TestTokenNames(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	for _, name := range []string{"", "  ", "a\u202eb", strings.Repeat("x", 61)} {
		v.Post("/tokens", "name="+name).Is(http.StatusUnprocessableEntity).Says(`id="name-error"`, "Enter a name")
	}
	if ids := v.TokenIDs(); len(ids) != 0 {
		t.Errorf("%d tokens were made", len(ids))
	}
	v.MakeToken(" <b>bold</b> ")
	if p := v.Get("/tokens"); strings.Contains(p.HTML, "<b>") {
		t.Error("the name is markup")
	}
}

func TestThereIsAnEndToTokens(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	for i := range 20 {
		v.MakeToken(fmt.Sprint("number ", i))
	}
	v.Post("/tokens", "name=one more").Is(http.StatusUnprocessableEntity).Says("as many tokens as one can have", `value="one more"`)
	v.Post("/tokens/revoke", "id="+v.TokenIDs()[0]).LeadsTo("/tokens")
	v.MakeToken("one more")
}

func TestOutageOfTheTokens(t *testing.T) {
	s, v := sitetest.Open(t)
	v.LogIn()
	token := v.MakeToken("nightly copy")
	s.Exec(t, `ALTER TABLE api_tokens RENAME TO lost`)
	v.Get("/tokens").Is(http.StatusServiceUnavailable).Says("Back in a moment")
	v.Post("/tokens", "name=x").Is(http.StatusServiceUnavailable)
	v.Post("/tokens/revoke", "id=x").Is(http.StatusServiceUnavailable)
	v.Another().Get("/api/me", "Authorization: Bearer "+token).Is(http.StatusServiceUnavailable).Says(`{"error":`)
	s.Exec(t, `ALTER TABLE lost RENAME TO api_tokens`)

	// The database fails after the page has been read from it.
	s.Exec(t, `CREATE TRIGGER refuse BEFORE INSERT ON api_tokens BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	v.Post("/tokens", "name=x y z").Is(http.StatusServiceUnavailable).Says("nothing has been done", `value="x y z"`)
}
