package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	tokenOnPage   = regexp.MustCompile(`id="token"[^>]*>([^<]+)<`)
	tokenIDOnPage = regexp.MustCompile(`name="id" value="([^"]+)"`)
)

// makeToken makes a token for the visitor, who is logged in.
func (v *visitor) makeToken(name string) string {
	v.t.Helper()
	p := v.post("/tokens", "name="+name).is(http.StatusOK)
	match := tokenOnPage.FindStringSubmatch(p.text)
	if match == nil {
		v.t.Fatalf("no token on the page:\n%s", p.text)
	}
	return match[1]
}

// tokenIDs returns the IDs on the tokens page.
func (v *visitor) tokenIDs() []string {
	v.t.Helper()
	var ids []string
	for _, match := range tokenIDOnPage.FindAllStringSubmatch(v.get("/tokens").is(http.StatusOK).text, -1) {
		ids = append(ids, match[1])
	}
	return ids
}

func TestTokensRequireLogin(t *testing.T) {
	_, v := open(t)
	v.get("/tokens").leadsTo("/login?next=%2Ftokens")
	v.post("/tokens", "name=x").leadsTo("/login")
	v.post("/tokens/revoke", "id=x").leadsTo("/login")
}

// Who is remembered sees the tokens and revokes them, and gives the password to make one.
func TestTokensAreMadeByAFreshLogin(t *testing.T) {
	_, v := open(t)
	v.logIn("remember=1")
	token := v.makeToken("nightly copy")
	v.closeBrowser()
	v.get("/tokens").is(http.StatusOK).says("nightly copy", `href="/reauthenticate?next=/tokens"`).saysNot("Make a token</button>")
	v.post("/tokens", "name=another").leadsTo("/reauthenticate")
	v.post("/tokens/revoke", "id="+v.tokenIDs()[0]).leadsTo("/tokens")
	v.another().get("/api/me", "Authorization: Bearer "+token).is(http.StatusUnauthorized)

	v.get("/reauthenticate?next=/tokens").says(`value="/tokens"`)
	v.post("/reauthenticate", "password="+adaPassword, "next=/tokens").leadsTo("/tokens")
	v.makeToken("another")
}

// It is shown once, and kept as a hash.
func TestATokenIsShownOnce(t *testing.T) {
	s, v := open(t)
	v.logIn()
	v.get("/tokens").says("You have no tokens yet.")
	token := v.makeToken("nightly copy")
	v.get("/tokens").says("nightly copy", "<dd>never</dd>").saysNot(token, "no tokens yet")
	if another := v.makeToken("second"); another == token {
		t.Error("the second token is the first")
	}
	var stored string
	row := s.users.db.QueryRowContext(t.Context(), `SELECT id || name || hash FROM api_tokens WHERE name = 'nightly copy'`)
	if err := row.Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(stored, hashToken(token)) || strings.Contains(stored, strings.TrimPrefix(token, "gx_")) {
		t.Errorf("the database holds %q, want the hash alone", stored)
	}
}

func TestATokenIsGoodUntilItIsRevoked(t *testing.T) {
	_, v := open(t)
	v.logIn()
	first := v.makeToken("first")
	id := v.tokenIDs()[0]
	second := v.makeToken("second")
	program := v.another()
	for _, token := range []string{first, second} {
		wantAda(program.get("/api/me", "Authorization: Bearer "+token))
	}
	v.follow(v.post("/tokens/revoke", "id="+id).leadsTo("/tokens")).says("has been revoked", "second").saysNot("first")
	program.get("/api/me", "Authorization: Bearer "+first).is(http.StatusUnauthorized)
	wantAda(program.get("/api/me", "Authorization: Bearer "+second))
	v.follow(v.post("/tokens/revoke", "id="+id).leadsTo("/tokens")).says("was revoked already")
}

func TestTheUseOfATokenIsNoted(t *testing.T) {
	s, v := open(t)
	v.logIn()
	token := v.makeToken("nightly copy")
	used := func() (seconds int64) {
		t.Helper()
		if err := s.users.db.QueryRowContext(t.Context(), `SELECT last_used FROM api_tokens`).Scan(&seconds); err != nil {
			t.Fatal(err)
		}
		return seconds
	}
	program := v.another()
	wantAda(program.get("/api/me", "Authorization: Bearer "+token))
	v.get("/tokens").says("just now")
	recently := used() - 30
	s.exec(t, `UPDATE api_tokens SET last_used = $1`, recently)
	wantAda(program.get("/api/me", "Authorization: Bearer "+token))
	if got := used(); got != recently {
		t.Errorf("noted again after half a minute: %d", got-recently)
	}
	s.exec(t, `UPDATE api_tokens SET last_used = $1`, recently-3*3600)
	v.get("/tokens").says("3 hours ago")
	wantAda(program.get("/api/me", "Authorization: Bearer "+token))
	if got := used(); got < recently {
		t.Errorf("not noted after hours: %d", got-recently)
	}
}

func TestTokensOfSomebodyElse(t *testing.T) {
	_, ada := open(t)
	ada.logIn()
	token := ada.makeToken("nightly copy")
	grace := ada.another()
	grace.post("/register", "email=grace@example.com", "name=Grace", "password=a bug in the relay").leadsTo("/")
	grace.get("/tokens").saysNot("nightly copy")
	for _, id := range []string{ada.tokenIDs()[0], "", "\xff"} {
		grace.follow(grace.post("/tokens/revoke", "id="+id).leadsTo("/tokens")).says("was revoked already")
	}
	wantAda(grace.another().get("/api/me", "Authorization: Bearer "+token))
}

func TestTokenNames(t *testing.T) {
	_, v := open(t)
	v.logIn()
	for _, name := range []string{"", "  ", "a\u202eb", strings.Repeat("x", 61)} {
		v.post("/tokens", "name="+name).is(http.StatusUnprocessableEntity).says(`id="name-error"`, "Enter a name")
	}
	if ids := v.tokenIDs(); len(ids) != 0 {
		t.Errorf("%d tokens were made", len(ids))
	}
	v.makeToken(" <b>bold</b> ")
	if p := v.get("/tokens"); strings.Contains(p.html, "<b>") {
		t.Error("the name is markup")
	}
}

func TestThereIsAnEndToTokens(t *testing.T) {
	_, v := open(t)
	v.logIn()
	for i := range maxTokens {
		v.makeToken(fmt.Sprint("number ", i))
	}
	v.post("/tokens", "name=one more").is(http.StatusUnprocessableEntity).says("as many tokens as one can have", `value="one more"`)
	v.post("/tokens/revoke", "id="+v.tokenIDs()[0]).leadsTo("/tokens")
	v.makeToken("one more")
}

func TestOutageOfTheTokens(t *testing.T) {
	s, v := open(t)
	v.logIn()
	token := v.makeToken("nightly copy")
	s.exec(t, `ALTER TABLE api_tokens RENAME TO lost`)
	v.get("/tokens").is(http.StatusServiceUnavailable).says("Back in a moment")
	v.post("/tokens", "name=x").is(http.StatusServiceUnavailable)
	v.post("/tokens/revoke", "id=x").is(http.StatusServiceUnavailable)
	v.another().get("/api/me", "Authorization: Bearer "+token).is(http.StatusServiceUnavailable).says(`{"error":`)
	s.exec(t, `ALTER TABLE lost RENAME TO api_tokens`)

	// The database fails after the page has been read from it.
	s.exec(t, `CREATE TRIGGER refuse BEFORE INSERT ON api_tokens BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	v.post("/tokens", "name=x y z").is(http.StatusServiceUnavailable).says("nothing has been done", `value="x y z"`)
}
