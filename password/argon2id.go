package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What Hash makes.
const (
	saltLen = 16
	keyLen  = 32
)

// What Verify reads. A stored hash sets the memory and time of its verification,
// and not every stored hash can be trusted: databases are damaged, imported and
// injected into. These limits leave room for every recommendation in use (RFC 9106
// and libsodium stay below 256 MiB where they advise servers) and keep the worst
// hash to a few seconds. The lengths are those of the PHC string format; a shorter
// key could match by chance, and an empty one matches everything.
const (
	maxMemory  = 256 << 10 // KiB
	maxTime    = 32
	maxThreads = 32

	minSaltLen, maxSaltLen = 8, 48
	minKeyLen, maxKeyLen   = 12, 64
)

// maxEncodedLen is the length of the longest argon2id hash within the limits.
const maxEncodedLen = len("$argon2id$v=19$m=262144,t=32,p=32$") + maxSaltLen*4/3 + len("$") + (maxKeyLen*8+5)/6

// cost is what makes an argon2id hash expensive.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// check returns an error that says which parameter is outside of the limits.
func (c cost) check() error {
	// Threads first: they set the least memory (RFC 9106, section 3.1).
	if c.threads < 1 || c.threads > maxThreads {
		return fmt.Errorf("threads (p) are %d, want 1 to %d", c.threads, maxThreads)
	}
	if least := 8 * uint32(c.threads); c.memory < least || c.memory > maxMemory {
		return fmt.Errorf("memory (m) is %d KiB, want %d to %d", c.memory, least, maxMemory)
	}
	if c.time < 1 || c.time > maxTime {
		return fmt.Errorf("time (t) is %d, want 1 to %d", c.time, maxTime)
	}
	return nil
}

// argon2id is an argon2id hash, version 19.
type argon2id struct {
	cost
	salt, key []byte
}

// newArgon2id returns a hash of no password yet: a new salt, and an underived key.
func newArgon2id(c cost) argon2id {
	a := argon2id{cost: c, salt: make([]byte, saltLen), key: make([]byte, keyLen)}
	rand.Read(a.salt) // never fails
	return a
}

// derive computes the key of password, as long as the one a has.
func (a argon2id) derive(password string) []byte {
	return argon2.IDKey([]byte(password), a.salt, a.time, a.memory, a.threads, uint32(len(a.key)))
}

func (a argon2id) matches(password string) bool {
	return subtle.ConstantTimeCompare(a.key, a.derive(password)) == 1
}

func (a argon2id) current(c cost) bool {
	return a.cost == c && len(a.salt) == saltLen && len(a.key) == keyLen
}

// String returns the hash in the PHC string format.
func (a argon2id) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, a.memory, a.time, a.threads, b64(a.salt), b64(a.key))
}

// decodeArgon2id reads a hash in the PHC string format.
func decodeArgon2id(s string) (storedHash, error) {
	invalid := func(format string, args ...any) (storedHash, error) {
		return nil, fmt.Errorf("%w: argon2id: "+format, append([]any{ErrInvalidHash}, args...)...)
	}
	if len(s) > maxEncodedLen {
		return invalid("longer than %d bytes", maxEncodedLen)
	}
	fields := strings.Split(s, "$") // the first is empty, the second the algorithm
	if len(fields) != 6 {
		return invalid("%d fields, want 4: version, parameters, salt and key", len(fields)-2)
	}
	if fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return invalid("version is not %d", argon2.Version)
	}
	var a argon2id
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &a.memory, &a.time, &a.threads); err != nil {
		return invalid("parameters are not of the form m=19456,t=2,p=1, or too large")
	}
	if err := a.check(); err != nil {
		return invalid("%w", err)
	}
	var err error
	if a.salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err != nil {
		return invalid("salt is not unpadded base64")
	}
	if n := len(a.salt); n < minSaltLen || n > maxSaltLen {
		return invalid("salt is %d bytes, want %d to %d", n, minSaltLen, maxSaltLen)
	}
	if a.key, err = base64.RawStdEncoding.DecodeString(fields[5]); err != nil {
		return invalid("key is not unpadded base64")
	}
	if n := len(a.key); n < minKeyLen || n > maxKeyLen {
		return invalid("key is %d bytes, want %d to %d", n, minKeyLen, maxKeyLen)
	}
	// Sscanf and base64 accept much: signs, leading zeros, text that follows, line
	// breaks, stray bits. The format does not: in it a hash has one spelling.
	if a.String() != s {
		return invalid("not in canonical form")
	}
	return a, nil
}
