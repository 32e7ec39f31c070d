package device

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
)

// MaxToken is the longest proof that is read, in bytes. Chromium's have about 450.
const MaxToken = 4096

var errToken = errors.New("not a proof of a device")

// A Token is a proof: a JWT whose signature has not been verified yet.
type Token struct {
	Challenge string // the challenge that was signed
	Key       string // the key that came with a registration; "" for a refresh
	signed    string
	signature []byte
}

type header struct {
	Type      string          `json:"typ"`
	Algorithm string          `json:"alg"`
	Key       *jwk            `json:"jwk"`
	Critical  json.RawMessage `json:"crit"`
}

type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// ParseRegistration reads the proof of a registration, which has the key in it.
func ParseRegistration(text string) (Token, error) {
	t, key, err := parse(text)
	if err != nil || key == nil {
		return Token{}, errToken
	}
	if t.Key, err = key.point(); err != nil {
		return Token{}, errToken
	}
	return t, nil
}

// ParseRefresh reads the proof of a refresh. It refuses a proof with a key in it: only the
// registered key may sign.
func ParseRefresh(text string) (Token, error) {
	t, key, err := parse(text)
	if err != nil || key != nil {
		return Token{}, errToken
	}
	return t, nil
}

func parse(text string) (t Token, key *jwk, err error) {
	signed := text[:max(strings.LastIndexByte(text, '.'), 0)]
	head, payload, ok := strings.Cut(signed, ".")
	if !ok || len(text) > MaxToken {
		return t, nil, errToken
	}
	var h header
	if !decode(head, &h) || h.Type != "dbsc+jwt" || h.Algorithm != "ES256" || h.Critical != nil {
		return t, nil, errToken
	}
	var claims struct {
		Challenge string `json:"jti"`
	}
	if !decode(payload, &claims) || claims.Challenge == "" {
		return t, nil, errToken
	}
	signature, err := strict.DecodeString(text[len(signed)+1:])
	if err != nil || len(signature) != 2*size {
		return t, nil, errToken
	}
	return Token{Challenge: claims.Challenge, signed: signed, signature: signature}, h.Key, nil
}

// strict accepts only one spelling of the same bytes.
var strict = base64.RawURLEncoding.Strict()

// size is the length in bytes of a coordinate, and of each half of a signature.
const size = 32

func decode(part string, into any) bool {
	text, err := strict.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

// point returns the key in the form in which it is stored: both coordinates in base64.
func (k *jwk) point() (string, error) {
	x, err := strict.DecodeString(k.X)
	y, err2 := strict.DecodeString(k.Y)
	if err != nil || err2 != nil || len(x) != size || len(y) != size || k.Type != "EC" || k.Curve != "P-256" {
		return "", errToken
	}
	key := strict.EncodeToString(append(x, y...))
	_, err = publicKey(key)
	return key, err
}

// publicKey reads a stored key. It refuses a key that is not a point of the curve.
func publicKey(key string) (*ecdsa.PublicKey, error) {
	point, err := strict.DecodeString(key)
	if err != nil {
		return nil, err
	}
	const uncompressed = 4
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{uncompressed}, point...))
}

// SignedBy reports whether the key has signed the token.
func (t *Token) SignedBy(key string) bool {
	public, err := publicKey(key)
	if err != nil || len(t.signature) != 2*size {
		return false
	}
	hash := sha256.Sum256([]byte(t.signed))
	var r, s big.Int
	return ecdsa.Verify(public, hash[:], r.SetBytes(t.signature[:size]), s.SetBytes(t.signature[size:]))
}
