package tokens_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/tokens"
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
	v.Post("/tokens", "name=one more").Is(http.StatusUnprocessableEntity).Says("reached the limit of tokens", `value="one more"`)
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

// A token that is revoked cannot be brought back, so the page asks first.
func TestTheOwnerIsAskedBeforeATokenIsRevoked(t *testing.T) {
	_, v := sitetest.Open(t)
	v.LogIn()
	token := v.MakeToken("nightly copy")
	id := v.TokenIDs()[0]
	v.Get("/tokens/revoke?id="+id).Is(http.StatusOK).Says("Revoke this token?", "nightly copy", `name="id" value="`+id+`"`, `href="/tokens">Cancel`)
	sitetest.WantAda(v.Another().Get("/api/me", "Authorization: Bearer "+token))
	v.Follow(v.Get("/tokens/revoke?id=none").LeadsTo("/tokens")).Says("was revoked already")
	grace := v.Another()
	grace.Post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").LeadsTo("/")
	grace.Get("/tokens/revoke?id=" + id).LeadsTo("/tokens")
}

// Nobody has more tokens than one can have by asking for many at once.
func TestTokensThatAreMadeAtOnceAreCounted(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		s, v := sitetest.Serve(t, newSite(t))
		v.LogIn()
		ada, err := s.Users.FindByID(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		feature := &tokens.Tokens{Users: s.Users, DB: s.DB}
		var made atomic.Int64
		var requests sync.WaitGroup
		for i := range 48 {
			requests.Go(func() {
				if _, err := feature.New(t.Context(), ada, fmt.Sprint("number ", i)); err == nil {
					made.Add(1)
				}
			})
		}
		requests.Wait()
		if made.Load() != 20 || len(v.TokenIDs()) != 20 {
			t.Errorf("%d were made and %d are listed, want 20", made.Load(), len(v.TokenIDs()))
		}
	})
}

// Text that PostgreSQL refuses is nobody's ID. It is no outage.
func TestIDsThatAreNoText(t *testing.T) {
	sitetest.EachEngine(t, func(t *testing.T, newSite func(*testing.T) *sitetest.Site) {
		_, v := sitetest.Serve(t, newSite(t))
		v.LogIn()
		for _, id := range []string{"\x00", "a\x00b", "\xff", "\xed\xa0\x80"} {
			v.Post("/tokens/revoke", "id="+id).LeadsTo("/tokens")
			v.Get("/tokens/revoke?id=" + url.QueryEscape(id)).LeadsTo("/tokens")
			v.Post("/devices/end", "id="+id).LeadsTo("/devices")
			v.Another().Get("/api/me", "Authorization: Bearer gx_"+url.QueryEscape(id)).Is(http.StatusUnauthorized)
			v.Another().Post("/login", "email="+id+"@example.com", "password="+id).Is(http.StatusUnauthorized)
		}
	})
}
