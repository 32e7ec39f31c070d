package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// secretKeySize is what the keys of HMAC-SHA256, and ginlogin, want at least, in bytes.
const secretKeySize = 32

// loadSecretKey reads the site's secret key from path. On the first start there is none: then it
// makes one and keeps it there. Whoever has the key can log in as anybody, so only we may read it;
// without the file, everybody would be logged out at the next start.
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
	// O_EXCL: of two that start at once, one makes the key and the other one stops, instead of each
	// signing with a key of its own.
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
