package sitetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// NamedOrigin is an address by which visitors reach a site that is served over HTTPS, for what does not work on
// an IP address. The client of net/http/httptest knows the way.
const NamedOrigin = "https://example.com"

// AtDomain has the site live at NamedOrigin.
func AtDomain(s *Site) { s.Config.Origins = []string{NamedOrigin} }

// Flags of what authenticators sign.
const (
	UserPresent    = 0x01
	UserVerified   = 0x04
	BackupEligible = 0x08
	BackedUp       = 0x10
	attested       = 0x40
)

// An Authenticator holds passkeys for a Visitor, and does whatever a test wants, honest or not.
type Authenticator struct {
	t      *testing.T
	Origin string // where it believes the page to be
	Flags  byte
	Step   uint32 // how far the counter rises with each use; 0 as of passkeys that are synced
	Keys   []*AuthenticatorKey
	NextID []byte // what the next passkey is called; none: a random ID
}

// An AuthenticatorKey is a passkey.
type AuthenticatorKey struct {
	ID, Handle []byte
	Count      uint32
	private    *ecdsa.PrivateKey
}

// NewAuthenticator is a phone that verifies its user and syncs its passkeys.
func NewAuthenticator(t *testing.T) *Authenticator {
	return &Authenticator{t: t, Origin: NamedOrigin, Flags: UserPresent | UserVerified | BackupEligible | BackedUp}
}

type bytes64 []byte

func (b bytes64) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

func (b *bytes64) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.DecodeString(string(text))
	return err
}

// ask is what the options of both ceremonies have that we need.
type ask struct {
	Challenge string
	RP        struct{ ID string }
	RPID      string
	User      struct{ ID bytes64 }
}

func (a *Authenticator) read(options string) (o ask) {
	a.t.Helper()
	var answer struct{ Options *ask }
	answer.Options = &o
	if err := json.Unmarshal([]byte(options), &answer); err != nil || o.Challenge == "" {
		a.t.Fatalf("no options: %s: %v", options, err)
	}
	if o.RP.ID == "" {
		o.RP.ID = o.RPID
	}
	return o
}

// Create makes a passkey, and returns the answer of the browser.
func (a *Authenticator) Create(options string) string {
	a.t.Helper()
	o := a.read(options)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	key := &AuthenticatorKey{ID: []byte(rand.Text()), Handle: o.User.ID, Count: a.Step, private: private}
	if a.NextID != nil {
		key.ID = a.NextID
	}
	a.Keys = append(a.Keys, key)
	point, err := private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	public := a.encode(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})  // an ES256 key as COSE has it
	data := slices.Concat(a.data(o.RP.ID, a.Flags|attested, key.Count), make([]byte, 16), // nobody's AAGUID
		binary.BigEndian.AppendUint16(nil, uint16(len(key.ID))), key.ID, public)
	return a.credential(key, map[string]any{
		"clientDataJSON":    a.client("webauthn.create", o.Challenge),
		"attestationObject": bytes64(a.encode(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})),
		"transports":        []string{"internal"},
	})
}

// Get signs a challenge with the newest passkey, and returns the answer of the browser.
func (a *Authenticator) Get(options string) string {
	a.t.Helper()
	o, key := a.read(options), a.Keys[len(a.Keys)-1]
	key.Count += a.Step
	data, client := a.data(o.RPID, a.Flags, key.Count), a.client("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := ecdsa.SignASN1(rand.Reader, key.private, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.credential(key, map[string]any{
		"clientDataJSON": client, "authenticatorData": bytes64(data), "signature": bytes64(signature), "userHandle": bytes64(key.Handle),
	})
}

func (a *Authenticator) data(domain string, flags byte, count uint32) []byte {
	hash := sha256.Sum256([]byte(domain))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), count)
}

func (a *Authenticator) client(kind, challenge string) bytes64 {
	return a.json(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin})
}

func (a *Authenticator) credential(key *AuthenticatorKey, response map[string]any) string {
	return string(a.json(map[string]any{
		"id": bytes64(key.ID), "rawId": bytes64(key.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	}))
}

func (a *Authenticator) json(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *Authenticator) encode(value any) []byte {
	encoded, err := cbor.Marshal(value)
	if err != nil {
		a.t.Fatal(err)
	}
	return encoded
}

// Begin gets a challenge.
func (v *Visitor) Begin(path string, fields ...string) string {
	v.T.Helper()
	return v.Send(http.MethodPost, path, Encode(fields), []string{"Accept: application/json"}).Is(http.StatusOK).HTML
}

// AddPasskey adds a passkey of the authenticator to the account of the visitor, whose login is fresh.
func (v *Visitor) AddPasskey(a *Authenticator, name string) {
	v.T.Helper()
	answer := a.Create(v.Begin("/settings/passkeys/begin", "name="+name))
	v.Post("/settings/passkeys", "name="+name, "credential="+answer).LeadsTo("/settings/passkeys")
}

// ByPasskey logs in with a passkey of the authenticator.
func (v *Visitor) ByPasskey(a *Authenticator, fields ...string) *Page {
	v.T.Helper()
	answer := a.Get(v.Begin("/login/passkey/begin"))
	return v.Post("/login/passkey", append(fields, "credential="+answer)...)
}
