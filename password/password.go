// Package password hashes the passwords of a web login and verifies them.
//
// Store what [Hash] returns, and pass it to [Verify] when a user logs in:
//
//	renew, err := password.Verify(c.Request.Context(), user.PasswordHash, form.Password)
//
// Call Verify even if there is no such account, with "" as the hash: it takes as long
// as for a wrong password and returns [ErrMismatch], so that neither the answer nor its
// delay shows a stranger who has an account. If renew is true, store a new Hash of the
// password just typed: this replaces bcrypt hashes and old parameters as users log in.
//
// The hash is argon2id with the parameters that the OWASP
// [Password Storage Cheat Sheet] asks for: 19 MiB of memory, 2 passes, 1 thread.
// More threads would not make a hash harder to crack; they would spread one login
// over the cores that other logins are waiting for. Hashes are text in the PHC
// string format, which other languages can read too:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// A computation is meant to be costly, so only half as many run at once as there are
// cores; others wait, at the longest until their context ends. This limits the memory
// that a flood of logins can use, and leaves the other cores to users who are logged
// in. Pass the context of the request, which ends when the client hangs up. A
// *gin.Context compiles, too, but never ends unless its engine sets
// ContextWithFallback. Package throttle slows down guessing; this limit does not.
//
// Before a password is hashed or verified, it is put into Unicode normalization form C
// (NFC), as RFC 8265 requires for passwords. A Mac sends "é" as an e and an accent
// where Windows sends one character; to the user both are the same password.
//
// Ask [Common] when a password is chosen.
//
// Hash and Verify suit most programs. A [Hasher] is for other parameters.
//
// [Password Storage Cheat Sheet]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
package password

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// MaxLength is the length, in bytes, of the longest password accepted. It leaves room
// for any passphrase. It applies before normalization, so that it bounds that work,
// too.
const MaxLength = 1024

var (
	// ErrMismatch is the answer of Verify when the password is not the one that
	// was hashed, and when there is no hash at all. Do not distinguish the two:
	// both are "wrong name or password".
	ErrMismatch = errors.New("password: no match")

	// ErrInvalidHash is wrapped by the error of Verify when the stored hash cannot be
	// read: damaged, made by an unsupported algorithm, or with parameters that would
	// cost the server too much. It is a fault in the stored data, not in the password;
	// the text says which fault, and never quotes the hash.
	ErrInvalidHash = errors.New("password: invalid hash")

	// ErrTooLong is the answer of Hash to a password longer than [MaxLength]. Ask
	// for a shorter one.
	ErrTooLong = fmt.Errorf("password: the password has more than %d bytes: ask for a shorter one", MaxLength)
)

// Hasher hashes and verifies passwords with parameters of its own. Make one with [New],
// set its fields before its first use, and keep it: Concurrency bounds the computations
// of one Hasher, so a Hasher per request would bound nothing. It is safe for concurrent
// use, and must not be copied.
type Hasher struct {
	// Memory is how much memory one computation fills, in KiB: at least 8 for each
	// thread and at most 262144 (256 MiB). The default is 19456 (19 MiB).
	Memory uint32

	// Time is the number of passes over the memory, 1 to 32. The default is 2.
	Time uint32

	// Threads is the number of threads that share one computation, 1 to 32. The
	// default is 1.
	Threads uint8

	// Concurrency is the number of computations that may run at once, at least 1;
	// together they fill Concurrency times Memory, before the allowance that Go's
	// garbage collector makes for itself (see GOGC). A computation keeps one core
	// busy: with a second one on the same core neither would finish sooner, and both
	// would use memory. The default is half of GOMAXPROCS at the time when New is
	// called, and at least 1: the other half is for requests that hash nothing, which
	// a flood of logins would delay.
	Concurrency int

	once  sync.Once
	slots chan struct{}

	computing func() // called at the start of each computation; for tests
}

// New returns a Hasher with the default parameters.
func New() *Hasher {
	return &Hasher{
		Memory:      19456,
		Time:        2,
		Threads:     1,
		Concurrency: max(1, runtime.GOMAXPROCS(0)/2),
	}
}

// standard is the Hasher of Hash and Verify. All callers share it, and so the bound on
// concurrent computations, which protects the machine that they share.
var standard = New()

// Hash is [Hasher.Hash] with the default parameters.
func Hash(ctx context.Context, password string) (string, error) {
	return standard.Hash(ctx, password)
}

// Verify is [Hasher.Verify] with the default parameters.
func Verify(ctx context.Context, hash, password string) (renew bool, err error) {
	return standard.Verify(ctx, hash, password)
}

// Hash returns a hash of password, under a new random salt, to be stored with the
// account. The password is not trimmed. It is normalized to NFC; bytes that are not
// UTF-8 are taken as they are. An empty password is hashed like any other: the app
// decides on the least length, and checks it first.
//
// The error is ErrTooLong, that of ctx if it ends before a computation may start, or
// names the field of h that is out of range.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	c, err := h.cost()
	if err != nil {
		return "", err
	}
	if len(password) > MaxLength {
		return "", ErrTooLong
	}
	fresh := newArgon2id(c)
	if err := h.compute(ctx, func() { fresh.key = fresh.derive(norm.NFC.String(password)) }); err != nil {
		return "", err
	}
	return fresh.String(), nil
}

// Verify returns a nil error when hash is a hash of password, and reports whether to
// renew it: to store a new Hash of this password in its place, because hash is bcrypt,
// or argon2id with other parameters than those of h, or of the password before
// normalization. If storing the renewed hash fails, accept the login all the same.
//
// A hash of "" stands for an account that does not exist or has no password; the error
// is then ErrMismatch, as it is for a wrong password and for one longer than
// [MaxLength], which Hash cannot have hashed. Other errors are not about the password:
// one that wraps ErrInvalidHash; that of ctx, when it ends before a computation may
// start (one that has started is not interrupted); or one that names the field of h
// that is out of range.
//
// One computation is done whatever hash is, with the parameters of h unless hash brings
// its own; none is done for a password that is too long. A password that normalization
// changes and that does not match is also tried as it was typed, since other programs,
// and older versions of this one, hashed it so: a second computation, whether there is
// an account or not. Until a hash with other parameters, or of bcrypt, is renewed, the
// response time can reveal that there is an account.
//
// Bcrypt hashes are those of versions 2a, 2b and 2y, up to cost 16. Bcrypt reads no
// more than 72 bytes of a password and does so here, as it did when the hash was made:
// a longer password matches by its first 72 bytes. A renewed hash covers all bytes of
// the password just typed.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (renew bool, err error) {
	c, err := h.cost()
	if err != nil {
		return false, err
	}
	// Decided before hash is looked at: otherwise the time would reveal whether there
	// is one.
	if len(password) > MaxLength {
		return false, ErrMismatch
	}
	stored, refusal := decode(hash)
	if refusal != nil {
		stored = newArgon2id(c) // costs the same, and is the hash of no password
	}
	var match, asTyped bool
	normal := norm.NFC.String(password)
	err = h.compute(ctx, func() {
		match = stored.matches(normal)
		// The stand-in matches neither, so an unknown account takes as long as a wrong password.
		if !match && normal != password {
			match = stored.matches(password)
			asTyped = match
		}
	})
	if err != nil {
		return false, err
	}
	switch {
	case refusal != nil: // whatever the stand-in matched
		return false, refusal
	case !match:
		return false, ErrMismatch
	}
	return asTyped || !stored.current(c), nil
}

// compute calls f once fewer than Concurrency other calls are running. A waiting caller
// holds almost no memory, and gives up when its ctx ends.
func (h *Hasher) compute(ctx context.Context, f func()) error {
	h.once.Do(func() { h.slots = make(chan struct{}, h.Concurrency) })
	// If both are possible, select picks at random; a computation without a caller
	// would delay others.
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	if h.computing != nil {
		h.computing()
	}
	f()
	return nil
}

// cost returns the parameters of h. They obey the limits of the decoder, so that
// h can read what it writes.
func (h *Hasher) cost() (cost, error) {
	c := cost{memory: h.Memory, time: h.Time, threads: h.Threads}
	if err := c.check(); err != nil {
		return cost{}, fmt.Errorf("password: Hasher: %w; make it with New and set single fields", err)
	}
	if h.Concurrency < 1 {
		return cost{}, fmt.Errorf("password: Hasher: Concurrency is %d, want at least 1; make it with New and set single fields", h.Concurrency)
	}
	return c, nil
}

// storedHash is a hash as it was stored, decoded.
type storedHash interface {
	// matches computes the hash of password, once, and compares in constant time.
	matches(password string) bool
	// current reports whether a Hasher of cost c makes such hashes.
	current(c cost) bool
}

// decode reads a hash of either algorithm. Its error is ErrMismatch for "", which means
// no hash, and otherwise wraps ErrInvalidHash.
func decode(hash string) (storedHash, error) {
	switch {
	case hash == "":
		return nil, ErrMismatch
	case strings.HasPrefix(hash, "$argon2id$"):
		return decodeArgon2id(hash)
	case strings.HasPrefix(hash, "$2"):
		return decodeBcrypt(hash)
	}
	return nil, fmt.Errorf("%w: neither argon2id nor bcrypt: store what Hash returns, and give it to Verify before the password", ErrInvalidHash)
}
