package config

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretKeySize is the least size of a key, in bytes, for HMAC-SHA256 and for ginlogin.
const secretKeySize = 32

// SecretKeyFile is where the secret key is kept, in the working directory.
const SecretKeyFile = "secret.key"

// FindKeys finds or makes the secret keys, and returns where they are from.
func (c *Config) FindKeys() (where string, err error) {
	if len(c.Keys) > 0 {
		return "from SECRET_KEYS", nil
	}
	key, err := loadSecretKey(SecretKeyFile)
	if err != nil {
		return "", err
	}
	c.Keys = [][]byte{key}
	path, err := filepath.Abs(SecretKeyFile)
	return path + " (keep it, and keep it to yourself)", err
}

// loadSecretKey reads the site's secret key from path. On the first start it makes the key and
// stores it there. A thief with the key can log in as any user, so only this program may read the
// file; without the file, the next start would log all users out.
func loadSecretKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecretKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < secretKeySize {
		return nil, fmt.Errorf("%s does not hold a secret key of %d bytes in hex; remove it to get a new one",
			path, secretKeySize)
	}
	return key, nil
}

func makeSecretKey(path string) ([]byte, error) {
	key := make([]byte, secretKeySize)
	rand.Read(key) // never fails
	// O_EXCL: of two instances that start at once, one makes the key and the other stops, instead
	// of each signing with its own key.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a secret key: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path) // half a key would stop every later start
		return nil, fmt.Errorf("keeping the secret key: %w", err)
	}
	return key, nil
}

// parseSecretKeys reads keys that are separated by commas, in hex or base64, of which the first one
// signs. The error does not repeat the text, which is almost a key.
func parseSecretKeys(text string) ([][]byte, error) {
	if text == "" {
		return nil, nil
	}
	var keys [][]byte
	for i, one := range strings.Split(text, ",") {
		key, ok := decodeKey(strings.TrimSpace(one))
		switch {
		case !ok:
			return nil, fmt.Errorf("SECRET_KEYS: key %d is neither hex nor base64: make one with openssl rand -hex %d",
				i+1, secretKeySize)
		case len(key) < secretKeySize:
			return nil, fmt.Errorf("SECRET_KEYS: key %d has %d bytes and needs %d or more: make one with openssl rand -hex %[3]d",
				i+1, len(key), secretKeySize)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// decodeKey reads text that could be hex as hex; base64 may be URL-safe, and unpadded.
func decodeKey(text string) ([]byte, bool) {
	if key, err := hex.DecodeString(text); err == nil {
		return key, true
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	return key, err == nil
}
