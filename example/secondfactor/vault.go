package secondfactor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// A vault encrypts the secrets of the apps. They cannot be hashed as passwords are, because each code is computed
// from the secret, and a thief of a database backup would have the second factors of all users. So they are
// encrypted under a key that is not in the database. It is derived from the site's secret keys by HKDF, for this
// purpose alone, so that there is no other key to keep.
type vault struct{ keys []vaultKey } // the first one seals, all open

type vaultKey struct {
	id   string // names the key of a secret, and reveals nothing of the key
	aead cipher.AEAD
}

const vaultName = "ginlogin example: second factor"

func newVault(siteKeys [][]byte) *vault {
	v := &vault{}
	for _, key := range siteKeys {
		aead, err := newAEAD(derive(key, vaultName, 32))
		if err != nil {
			panic(err) // 32 bytes are a key of AES-256
		}
		v.keys = append(v.keys, vaultKey{hex.EncodeToString(derive(key, vaultName+", ID of the key", 8)), aead})
	}
	return v
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func derive(key []byte, name string, size int) []byte {
	derived, err := hkdf.Key(sha256.New, key, nil, name, size)
	if err != nil {
		panic(err) // only for a size that is too large
	}
	return derived
}

// errSealed is what open returns for text that was sealed under a missing key, for another purpose, or not by us.
var errSealed = errors.New("not sealed by a key of SECRET_KEYS, or not for this")

// seal encrypts, and binds the result to its purpose: the secret of one user cannot be put into the row of
// another.
func (v *vault) seal(plain []byte, purpose string, userID int64) (keyID string, sealed []byte) {
	first := v.keys[0]
	return first.id, first.aead.Seal(nil, nil, plain, bound(purpose, userID))
}

// open is the reverse of seal.
func (v *vault) open(keyID string, sealed []byte, purpose string, userID int64) ([]byte, error) {
	for _, key := range v.keys {
		if key.id == keyID {
			if plain, err := key.aead.Open(nil, nil, sealed, bound(purpose, userID)); err == nil {
				return plain, nil
			}
		}
	}
	return nil, errSealed
}

func bound(purpose string, userID int64) []byte { return fmt.Appendf(nil, "%q %d", purpose, userID) }
