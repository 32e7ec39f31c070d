package sitetest

import (
	"encoding/json"
	"net/http"
	"regexp"
)

var (
	tokenOnPage   = regexp.MustCompile(`id="token"[^>]*>([^<]+)<`)
	tokenIDOnPage = regexp.MustCompile(`/tokens/revoke\?id=([^"]+)"`)
)

// MakeToken makes a token for the visitor, who is logged in.
func (v *Visitor) MakeToken(name string) string {
	v.T.Helper()
	p := v.Post("/tokens", "name="+name).Is(http.StatusOK)
	match := tokenOnPage.FindStringSubmatch(p.Text)
	if match == nil {
		v.T.Fatalf("no token on the page:\n%s", p.Text)
	}
	return match[1]
}

// TokenIDs returns the IDs on the tokens page.
func (v *Visitor) TokenIDs() []string {
	v.T.Helper()
	var ids []string
	for _, match := range tokenIDOnPage.FindAllStringSubmatch(v.Get("/tokens").Is(http.StatusOK).Text, -1) {
		ids = append(ids, match[1])
	}
	return ids
}

// WantAda checks that the API takes the client for Ada.
func WantAda(p *Page) {
	p.T.Helper()
	var got map[string]string
	if err := json.Unmarshal([]byte(p.Is(http.StatusOK).Text), &got); err != nil {
		p.T.Fatal(err)
	}
	if got["email"] != AdaEmail || got["name"] != "Ada Lovelace" || got["id"] != "1" || len(got) != 3 {
		p.T.Errorf("%s says %v", p.Name, got)
	}
}
