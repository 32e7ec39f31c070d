package fromflask

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// isWerkzeug reports whether werkzeug.security.generate_password_hash has made a hash.
func isWerkzeug(hash string) bool {
	return strings.HasPrefix(hash, "scrypt:") || strings.HasPrefix(hash, "pbkdf2:sha256:")
}

// verifyWerkzeug reports whether hash is one of that password: the method with its parameters, the
// salt and the key, with dollar signs between them.
func verifyWerkzeug(hash, typed string) bool {
	method, rest, _ := strings.Cut(hash, "$")
	salt, key, _ := strings.Cut(rest, "$")
	want, err := hex.DecodeString(key)
	if err != nil || len(want) == 0 {
		return false
	}
	got, err := derive(method, typed, salt, len(want))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1
}

func derive(method, typed, salt string, length int) ([]byte, error) {
	var n, r, p, iterations int
	if _, err := fmt.Sscanf(method, "scrypt:%d:%d:%d", &n, &r, &p); err == nil {
		return scrypt.Key([]byte(typed), []byte(salt), n, r, p, length)
	}
	if _, err := fmt.Sscanf(method, "pbkdf2:sha256:%d", &iterations); err != nil {
		return nil, err
	}
	return pbkdf2.Key(sha256.New, typed, []byte(salt), iterations, length)
}
