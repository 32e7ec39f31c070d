package cookiestore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

const (
	// minSecret is the least that a configured key must have. HKDF spreads the entropy of a key and adds none: with one cookie
	// an attacker could try passwords offline.
	minSecret = 32

	// sealsPerSubkey is how many cookies are sealed under one subkey, see "The nonce" in the package comment.
	sealsPerSubkey = 1 << 16

	keyIDSize = 4
	saltSize  = 8

	// label starts every input of a derivation and all additional data. The number is the version of everything that the
	// cookie holds: another version has other keys, so that no cookie of one is ever taken for one of the other.
	label = "ginlogin/cookiestore/1/"
)

// A ring is the configured keys, derived for one purpose: the first seals, all open.
type ring struct {
	purpose string
	keys    []*key
}

func newRing(purpose string, secrets [][]byte) *ring {
	r := &ring{purpose: purpose}
	for _, secret := range secrets {
		r.keys = append(r.keys, newKey(purpose, secret))
	}
	return r
}

// A key is one configured key. The cookie carries its ID, so that a cookie sealed with the third key does not pay for two
// failed attempts, and one that is not ours is refused before any cryptography.
type key struct {
	id      [keyIDSize]byte
	root    []byte                 // HKDF's pseudo-random key
	info    string                 // the purpose, for the derivation of subkeys
	sealing atomic.Pointer[subkey] // what this process seals with
	opened  subkeyCache
}

func newKey(purpose string, secret []byte) *key {
	root, err := hkdf.Extract(sha256.New, secret, nil)
	if err != nil {
		panic(fmt.Sprintf("cookiestore: the key cannot be used: %v", err))
	}
	k := &key{root: root, info: label + purpose + "/subkey/"}
	copy(k.id[:], expand(root, label+purpose+"/id", keyIDSize))
	return k
}

// A subkey is an AES-256-GCM key of its own, derived from a configured key and a random salt that the cookie carries.
type subkey struct {
	salt  [saltSize]byte
	aead  cipher.AEAD
	seals atomic.Int64
}

func (k *key) subkey(salt [saltSize]byte) *subkey {
	block, err := aes.NewCipher(expand(k.root, k.info+string(salt[:]), 32))
	if err != nil {
		panic(err) // 32 bytes are a valid size
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // aes has the block size of GCM
	}
	return &subkey{salt: salt, aead: aead}
}

// current is the subkey to seal the next cookie with. It belongs to this process alone, and is replaced when it has sealed
// its share.
func (k *key) current() *subkey {
	for {
		s := k.sealing.Load()
		if s != nil && s.seals.Add(1) <= sealsPerSubkey {
			return s
		}
		var salt [saltSize]byte
		rand.Read(salt[:]) // never fails: crypto/rand ends the program instead
		if fresh := k.subkey(salt); k.sealing.CompareAndSwap(s, fresh) {
			k.opened.put(fresh)
		}
	}
}

// expand never fails for the few bytes asked for here; if a FIPS policy forbids it, it does so when the store is built.
func expand(root []byte, info string, size int) []byte {
	out, err := hkdf.Expand(sha256.New, root, info, size)
	if err != nil {
		panic(fmt.Sprintf("cookiestore: the key cannot be used: %v", err))
	}
	return out
}

const cacheSets, cacheWays = 1024, 4

// A subkeyCache holds the subkeys that cookies have been opened with: a fixed table, four places for each salt, read without a
// lock. Only a subkey that has opened a cookie is put into it, so that invented salts cannot fill it. A subkey that was
// pushed out is derived again, in two to four microseconds. Full, the table takes some four megabytes.
type subkeyCache [cacheSets][cacheWays]atomic.Pointer[subkey]

func (c *subkeyCache) get(salt [saltSize]byte) *subkey {
	places := c.places(salt)
	for i := range places {
		if s := places[i].Load(); s != nil && s.salt == salt {
			return s
		}
	}
	return nil
}

func (c *subkeyCache) put(s *subkey) {
	places := c.places(s.salt)
	for i := range places {
		if places[i].CompareAndSwap(nil, s) {
			return
		}
	}
	places[s.salt[saltSize-1]%cacheWays].Store(s)
}

func (c *subkeyCache) places(salt [saltSize]byte) *[cacheWays]atomic.Pointer[subkey] {
	return &c[binary.LittleEndian.Uint16(salt[:])%cacheSets]
}
