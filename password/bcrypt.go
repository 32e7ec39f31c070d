package password

import (
	"fmt"
	"regexp"

	"golang.org/x/crypto/bcrypt"
)

// bcryptForm admits the versions that compute the same for any text (2x is the
// broken 2a of PHP before 5.3.7) and costs 4 to 16. Each step of cost doubles the
// time, and 16 takes seconds; the format goes on to 31, which takes days.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$(?:0[4-9]|1[0-6])\$[./0-9A-Za-z]{53}$`)

// bcryptMaxLen is how many bytes of a password bcrypt reads.
const bcryptMaxLen = 72

// bcryptHash is a bcrypt hash, read but never made here.
type bcryptHash string

// matches cuts a longer password itself: x/crypto/bcrypt ignores what follows
// byte 72 when it compares, but refuses it when it hashes, and promises neither.
func (b bcryptHash) matches(password string) bool {
	read := password[:min(len(password), bcryptMaxLen)]
	return bcrypt.CompareHashAndPassword([]byte(b), []byte(read)) == nil
}

func (b bcryptHash) current(cost) bool { return false }

// decodeBcrypt reads a hash in bcrypt's modular crypt format.
func decodeBcrypt(s string) (storedHash, error) {
	if !bcryptForm.MatchString(s) {
		return nil, fmt.Errorf("%w: bcrypt: not a hash of version 2a, 2b or 2y with a cost of 04 to 16", ErrInvalidHash)
	}
	return bcryptHash(s), nil
}
