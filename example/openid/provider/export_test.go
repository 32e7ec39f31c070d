package provider

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// SubjectOf checks the signature of an ID token, and returns its subject.
func SubjectOf(t *testing.T, token string) string {
	t.Helper()
	var claims struct {
		Subject string `json:"sub"`
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	key := signingKey()
	payload, err := signed.Verify(key.Public())
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims.Subject
}
