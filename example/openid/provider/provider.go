// Package provider is a small OpenID Connect provider, for a first look at the example and for its tests. It is no
// model of a provider: it asks for no password, and keeps what it knows in memory.
//
// The people of a provider with passwords are the same for everybody. Here the people of each browser are its own:
// who picks Grace in one browser is another Grace than in another browser, with another subject. Otherwise everybody
// could log in to every account that is linked with Grace, on a site that has forgotten to configure a provider.
package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Provider is a provider with one client.
type Provider struct {
	Issuer string // names the provider, and is where its client reaches it
	Pages  string // where browsers reach it: a path, or a URL; without a slash at the end

	ClientID, ClientSecret string
	RedirectURL            string // the only one that is accepted
	LogoutURL              string // where a back-channel logout is sent to; "" for none
	Client                 *http.Client
	SecureCookies          bool
	Now                    func() time.Time

	mu       sync.Mutex
	grants   map[string]grant   // by code
	sessions map[string]session // by subject
}

// grant is what a code stands for.
type grant struct {
	subject, nonce, challenge string
	person                    person
	authenticated             time.Time
}

// session is a login at the provider.
type session struct {
	id     string
	person person
}

type person struct{ Key, Name, Email string }

// people are those that every browser has. Their addresses prove nothing, as those of many providers.
var people = []person{
	{"grace", "Grace Hopper", "grace@example.com"},
	{"alan", "Alan Turing", "alan@example.com"},
}

// codeLife is how long a code is good.
const codeLife = time.Minute

// Handler serves the pages of the provider and what its client asks.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /authorize", p.ask)
	mux.HandleFunc("POST /authorize", p.authorize)
	mux.HandleFunc("GET /{$}", p.overview)
	mux.HandleFunc("POST /logout", p.logout)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                p.Issuer,
		"authorization_endpoint":                p.Pages + "/authorize",
		"token_endpoint":                        p.Issuer + "/token",
		"jwks_uri":                              p.Issuer + "/keys",
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query", "form_post"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"backchannel_logout_supported":          true,
		"backchannel_logout_session_supported":  true,

		"authorization_response_iss_parameter_supported": true,
	})
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, data any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(data) // a client that is gone misses nothing
}

// signingKey is one for the process. A site that restarts has another one, which its client fetches.
var signingKey = sync.OnceValue(func() jose.JSONWebKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // never: the generator of random numbers does not fail
	}
	return jose.JSONWebKey{Key: key, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"}
})

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	key := signingKey()
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
}

// Sign returns the claims as a signed token, as the provider itself does. Tests sign what a provider would not.
func (p *Provider) Sign(claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: signingKey()}, nil)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// cookie is the name of the cookie whose value makes the people of a browser its own.
const cookie = "demo_provider"

// secretOf returns the secret of the browser, and gives it one if it has none.
func (p *Provider) secretOf(w http.ResponseWriter, req *http.Request) string {
	if c, err := req.Cookie(cookie); err == nil && c.Value != "" {
		return c.Value
	}
	secret, path := rand.Text(), "/"
	if strings.HasPrefix(p.Pages, "/") {
		path = p.Pages
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: secret, Path: path, MaxAge: int(30 * 24 * time.Hour / time.Second),
		HttpOnly: true, Secure: p.SecureCookies, SameSite: http.SameSiteLaxMode,
	})
	return secret
}

// subject names a person of the browser with the secret. Nobody else can be given it.
func subject(secret string, who person) string {
	sum := sha256.Sum256([]byte(secret + " " + who.Key))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// bounded makes room in a map, so that nobody can fill the memory.
func bounded[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	for key := range m {
		if len(m) < 10_000 {
			break
		}
		delete(m, key)
	}
	return m
}
