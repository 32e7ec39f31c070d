package cookiestore

import (
	"encoding/base64"
)

// A sealed session is
//
//	key ID (4) | salt of the subkey (8) | nonce (12) | ciphertext | tag (16)
//
// in unpadded URL base64. Key ID and salt need no authentication of their own: if they are changed, they name a key that cannot
// open the rest.
const (
	sealHeader   = keyIDSize + saltSize
	sealOverhead = sealHeader + 12 + 16
)

// encoding is strict, so that a session has only one spelling: a lax decoder ignores the spare bits of the last character. (Both
// decoders skip line breaks, which no header can contain.)
var encoding = base64.RawURLEncoding.Strict()

// additionalData is authenticated together with the session's content. The purpose prevents that a cookie passes for one of
// another kind, and the name that it is used as another session.
func (r *ring) additionalData(dst []byte, name string) []byte {
	dst = append(dst, label...)
	dst = append(dst, r.purpose...)
	dst = append(dst, 0)
	return append(dst, name...)
}

// seal appends the sealed plaintext to dst.
func (r *ring) seal(dst, plaintext, additional []byte) []byte {
	k := r.keys[0]
	s := k.current()
	dst = append(dst, k.id[:]...)
	dst = append(dst, s.salt[:]...)
	return s.aead.Seal(dst, nil, plaintext, additional)
}

// open appends the plaintext to dst, and reports whether any of the keys sealed it.
func (r *ring) open(dst, sealed, additional []byte) ([]byte, bool) {
	if len(sealed) < sealOverhead {
		return dst, false
	}
	id, salt := [keyIDSize]byte(sealed), [saltSize]byte(sealed[keyIDSize:])
	for _, k := range r.keys {
		if k.id != id {
			continue
		}
		if plaintext, ok := k.open(dst, salt, sealed[sealHeader:], additional); ok {
			return plaintext, true
		}
	}
	return dst, false
}

func (k *key) open(dst []byte, salt [saltSize]byte, sealed, additional []byte) ([]byte, bool) {
	s := k.opened.get(salt)
	known := s != nil
	if !known {
		s = k.subkey(salt)
	}
	plaintext, err := s.aead.Open(dst, nil, sealed, additional)
	if err != nil {
		return dst, false
	}
	if !known {
		k.opened.put(s)
	}
	return plaintext, true
}
