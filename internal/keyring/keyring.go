// Package keyring signs with keys that are derived for one purpose each.
//
// A signature of one purpose, or of one manager, is worthless for another, and the
// secrets may sign other things elsewhere: no key is a secret itself. The first secret
// signs and all verify, so a secret can be replaced without ending a login: put the new
// one in front, and remove the old one when what it signed has expired.
package keyring

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strings"
	"sync"
)

// A Ring is the keys for one purpose, the newest first. It may be used by several
// goroutines at once. A nil Ring is an empty one.
type Ring struct{ keys []*key }

// New derives a key for that purpose from each secret. The name is that of the manager.
// Purpose and name are part of the key: another spelling ends all logins.
func New(secrets [][]byte, purpose, name string) *Ring {
	r := &Ring{keys: make([]*key, len(secrets))}
	for i, secret := range secrets {
		derived, err := hkdf.Key(sha256.New, secret, nil, "ginlogin "+purpose+" "+name, sha256.Size)
		if err != nil {
			panic(err) // only for a key longer than 8,160 bytes, or a secret that a FIPS policy forbids
		}
		r.keys[i] = newKey(derived)
	}
	return r
}

// Empty reports whether there is no key. An empty ring signs and verifies nothing.
func (r *Ring) Empty() bool { return r == nil || len(r.keys) == 0 }

// Sign returns payload, a dot and the payload's MAC under the newest key. With an empty
// ring it returns "", which no ring verifies.
func (r *Ring) Sign(payload string) string {
	if r.Empty() {
		return ""
	}
	return payload + "." + r.MAC(payload)
}

// Verify returns the payload of a signed value and the index of the key that signed it,
// 0 being the newest. The caller parses the payload only afterwards, so that a parser
// never sees what an attacker wrote.
func (r *Ring) Verify(value string) (payload string, key int, ok bool) {
	dot := strings.LastIndexByte(value, '.')
	if dot < 0 {
		return "", 0, false
	}
	payload = value[:dot]
	if key = r.Find(payload, value[dot+1:]); key < 0 {
		return "", 0, false
	}
	return payload, key, true
}

// MAC returns the MAC of text under the newest key, in base64. With an empty ring it
// returns "", which [Ring.Find] never finds.
func (r *Ring) MAC(text string) string {
	if r.Empty() {
		return ""
	}
	return r.keys[0].mac(text)
}

// Find returns the index of the key under which mac is the MAC of text, or -1.
func (r *Ring) Find(text, mac string) int {
	if r == nil || len(mac) != macSize {
		return -1
	}
	for i, key := range r.keys {
		if key.made(text, mac) {
			return i
		}
	}
	return -1
}

// macSize is how long a MAC is: 32 bytes in base64.
const macSize = 43

// A key keeps HMACs that are set up with it: the set-up takes longer than the rest of a
// MAC.
type key struct{ states sync.Pool }

func newKey(derived []byte) *key {
	return &key{sync.Pool{New: func() any { return &state{hmac: hmac.New(sha256.New, derived)} }}}
}

func (k *key) mac(text string) string {
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	return string(s.compute(text))
}

// made reports whether mac is this key's MAC of text. The MACs are compared as text:
// base64 has several spellings of the same bytes, and only one of them is to be good.
func (k *key) made(text, mac string) bool {
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	return subtle.ConstantTimeCompare(s.compute(text), []byte(mac)) == 1
}

// A state is an HMAC with its key, and the memory in which it works.
type state struct {
	hmac    hash.Hash
	part    [256]byte
	sum     [sha256.Size]byte
	encoded [macSize]byte
}

// compute returns the MAC of text in base64, until the next call. The text goes through
// part, because turning it into bytes as a whole would allocate.
func (s *state) compute(text string) []byte {
	s.hmac.Reset()
	for len(text) > 0 {
		n := copy(s.part[:], text)
		s.hmac.Write(s.part[:n])
		text = text[n:]
	}
	base64.RawURLEncoding.Encode(s.encoded[:], s.hmac.Sum(s.sum[:0]))
	return s.encoded[:]
}
