// Package devicetest has keys of devices. It signs with them what browsers sign, and what
// no browser would sign.
package devicetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// A Key is the key of a device.
type Key struct{ private *ecdsa.PrivateKey }

// New makes a key.
func New() *Key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // only without randomness
	}
	return &Key{private}
}

// point returns both coordinates.
func (k *Key) point() []byte {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return point[1:] // after the byte that says that it is not compressed
}

// Stored returns the key as a row has it.
func (k *Key) Stored() string { return text(k.point()) }

// JWK returns the key as a registration brings it.
func (k *Key) JWK() map[string]any {
	p := k.point()
	return map[string]any{"kty": "EC", "crv": "P-256", "x": text(p[:32]), "y": text(p[32:])}
}

// Header returns the header of the proof of a refresh.
func Header() map[string]any { return map[string]any{"typ": "dbsc+jwt", "alg": "ES256"} }

// Register returns the proof of a registration.
func (k *Key) Register(challenge string) string {
	header := Header()
	header["jwk"] = k.JWK()
	return k.Sign(header, map[string]any{"jti": challenge})
}

// Refresh returns the proof of a refresh.
func (k *Key) Refresh(challenge string) string {
	return k.Sign(Header(), map[string]any{"jti": challenge})
}

// Sign returns a JWT of any header and payload.
func (k *Key) Sign(header, payload any) string {
	return k.SignParts(part(header), part(payload))
}

// SignParts returns a JWT of parts as they stand.
func (k *Key) SignParts(parts ...string) string {
	signed := strings.Join(parts, ".")
	hash := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, hash[:])
	if err != nil {
		panic(err)
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + text(signature[:])
}

func part(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text(encoded)
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
