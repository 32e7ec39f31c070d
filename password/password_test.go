package password

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"
)

// quick returns a Hasher with parameters that cost next to nothing.
func quick() *Hasher {
	h := New()
	h.Memory, h.Time = 8, 1
	return h
}

func mustHash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return hash
}

func TestDefaultsAreThoseOfOWASP(t *testing.T) {
	hash, err := Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash is %q", hash)
	}
	if renew, err := Verify(t.Context(), hash, "correct horse"); renew || err != nil {
		t.Errorf("right password: renew %t, %v", renew, err)
	}
	if _, err := Verify(t.Context(), hash, "wrong horse"); err != ErrMismatch {
		t.Errorf("wrong password: %v, want ErrMismatch", err)
	}
}

func TestHalfOfTheCoresHash(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for cores, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 16: 8} {
		runtime.GOMAXPROCS(cores)
		if got := New().Concurrency; got != want {
			t.Errorf("of %d cores %d hash, want %d", cores, got, want)
		}
		if got := runtime.GOMAXPROCS(0); got != cores {
			t.Errorf("New has left %d of %d cores to the program", got, cores)
		}
	}
}

func TestTwoHashesOfOnePasswordDiffer(t *testing.T) {
	h := quick()
	if one, two := mustHash(t, h, "same"), mustHash(t, h, "same"); one == two {
		t.Errorf("both are %q", one)
	}
}

func TestPasswordIsNeitherTrimmedNorCutNorFolded(t *testing.T) {
	h := quick()
	hash := mustHash(t, h, "pass\x00wörd ")
	for _, other := range []string{"", "pass", "pass\x00wörd", "pass\x00word ", "PASS\x00WÖRD "} {
		if _, err := h.Verify(t.Context(), hash, other); err != ErrMismatch {
			t.Errorf("%q: %v, want ErrMismatch", other, err)
		}
	}
}

func TestRenewIsAskedFor(t *testing.T) {
	h := New()
	h.Memory, h.Time, h.Threads = 64, 2, 2
	with := func(set func(*Hasher)) string {
		other := &Hasher{Memory: h.Memory, Time: h.Time, Threads: h.Threads, Concurrency: 1}
		set(other)
		return mustHash(t, other, "password")
	}
	resized := func(salt, key int) string {
		a := argon2id{cost{h.Memory, h.Time, h.Threads}, make([]byte, salt), make([]byte, key)}
		a.key = a.derive("password")
		return a.String()
	}
	legacy, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		of   string
		hash string
		want bool
	}{
		{"a current hash, not", with(func(*Hasher) {}), false},
		{"less memory", with(func(o *Hasher) { o.Memory = 32 }), true},
		{"more memory", with(func(o *Hasher) { o.Memory = 128 }), true},
		{"less time", with(func(o *Hasher) { o.Time = 1 }), true},
		{"more time", with(func(o *Hasher) { o.Time = 3 }), true},
		{"other threads", with(func(o *Hasher) { o.Threads = 1 }), true},
		{"current lengths, not", resized(16, 32), false},
		{"a shorter salt", resized(8, 32), true},
		{"a shorter key", resized(16, 16), true},
		{"bcrypt", string(legacy), true},
	}
	for _, tt := range tests {
		renew, err := h.Verify(t.Context(), tt.hash, "password")
		if renew != tt.want || err != nil {
			t.Errorf("%s: renew %t, %v; want %t", tt.of, renew, err, tt.want)
		}
		if renew, err = h.Verify(t.Context(), tt.hash, "wrong"); renew || err != ErrMismatch {
			t.Errorf("%s, wrong password: renew %t, %v; want false, ErrMismatch", tt.of, renew, err)
		}
	}
}

func TestPasswordLengthIsBounded(t *testing.T) {
	h := quick()
	computations := 0
	h.computing = func() { computations++ }
	// The length is a promise: whoever has chosen a password of it must be able to log in.
	longest, tooLong := strings.Repeat("x", 1024), strings.Repeat("x", 1025)

	hash := mustHash(t, h, longest)
	if _, err := h.Verify(t.Context(), hash, longest); err != nil {
		t.Errorf("Verify of %d bytes: %v", len(longest), err)
	}
	computations = 0
	if _, err := h.Hash(t.Context(), tooLong); err != ErrTooLong {
		t.Errorf("Hash of %d bytes: %v, want ErrTooLong", len(tooLong), err)
	}
	for _, hash := range []string{hash, "", "garbage"} {
		if renew, err := h.Verify(t.Context(), hash, tooLong); renew || err != ErrMismatch {
			t.Errorf("Verify(%.9q) of %d bytes: renew %t, %v; want false, ErrMismatch", hash, len(tooLong), renew, err)
		}
	}
	if computations != 0 {
		t.Errorf("%d computations for passwords too long, want none", computations)
	}
}

func TestEveryVerifyCostsOneComputation(t *testing.T) {
	h := New()
	h.Memory, h.Time = 4096, 1
	right := mustHash(t, h, "password")
	tests := []struct {
		of, hash, password string
		want               error
	}{
		{"the right password", right, "password", nil},
		{"a wrong password", right, "wrong", ErrMismatch},
		{"an unknown account", "", "password", ErrMismatch},
		{"an unknown account and no password", "", "", ErrMismatch},
		{"a hash that cannot be read", "garbage", "password", ErrInvalidHash},
		{"a hash that asks for too much", "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", "password", ErrInvalidHash},
	}
	for _, tt := range tests {
		computations := 0
		h.computing = func() { computations++ }
		allocated := allocatedBy(func() {
			if _, err := h.Verify(t.Context(), tt.hash, tt.password); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.of, err, tt.want)
			}
		})
		if computations != 1 {
			t.Errorf("%s: %d computations, want 1", tt.of, computations)
		}
		// What was computed shows in the memory it filled.
		if one := uint64(h.Memory) << 10; allocated < one || allocated >= 2*one {
			t.Errorf("%s: %d bytes allocated, want those of one computation, %d", tt.of, allocated, one)
		}
	}
}

// allocatedBy returns how many bytes f allocates.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestUnknownAccountMatchesNothing(t *testing.T) {
	h := quick()
	for _, password := range []string{"", "\x00", "password"} {
		if renew, err := h.Verify(t.Context(), "", password); renew || err != ErrMismatch {
			t.Errorf("%q: renew %t, %v; want false, ErrMismatch", password, renew, err)
		}
	}
}

func TestNoMoreComputationsThanConcurrencyRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrency, callers = 3, 8
		var (
			mu       sync.Mutex
			running  int
			finished sync.WaitGroup
		)
		goOn := make(chan struct{})
		h := quick()
		h.Concurrency = concurrency
		h.computing = func() {
			mu.Lock()
			running++
			mu.Unlock()
			<-goOn
			mu.Lock()
			running--
			mu.Unlock()
		}
		for i := range callers {
			finished.Go(func() {
				if i%2 == 0 {
					h.Hash(t.Context(), "password")
				} else {
					h.Verify(t.Context(), "", "password")
				}
			})
		}
		for left := callers; left > 0; left-- {
			synctest.Wait() // until all callers either compute or wait
			mu.Lock()
			if want := min(left, concurrency); running != want {
				t.Errorf("%d running with %d callers left, want %d", running, left, want)
			}
			mu.Unlock()
			goOn <- struct{}{}
		}
		finished.Wait()
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		computations := 0
		h := quick()
		h.Concurrency = 1
		h.computing = func() { computations++; <-goOn }

		first := make(chan error)
		go func() {
			_, err := h.Hash(context.Background(), "password")
			first <- err
		}()
		synctest.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error, 2)
		go func() {
			_, err := h.Hash(ctx, "password")
			waiting <- err
		}()
		go func() {
			_, err := h.Verify(ctx, "", "password")
			waiting <- err
		}()
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-waiting; !errors.Is(err, context.Canceled) {
				t.Errorf("waiting: %v, want context.Canceled", err)
			}
		}
		if computations != 1 {
			t.Errorf("%d computations, want that of the first only", computations)
		}
		close(goOn)
		if err := <-first; err != nil {
			t.Errorf("first: %v", err)
		}
		// Those who gave up left no slot taken.
		if _, err := h.Hash(context.Background(), "password"); err != nil {
			t.Errorf("last: %v", err)
		}
	})
}

func TestEndedContextComputesNothing(t *testing.T) {
	h := quick()
	h.computing = func() { t.Error("computed") }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a select left to chance would pick the free slot by now
		if _, err := h.Hash(ctx, "password"); !errors.Is(err, context.Canceled) {
			t.Errorf("Hash: %v, want context.Canceled", err)
		}
		if renew, err := h.Verify(ctx, "", "password"); renew || !errors.Is(err, context.Canceled) {
			t.Errorf("Verify: renew %t, %v; want false, context.Canceled", renew, err)
		}
	}
}

func TestContextThatEndsDuringTheComputationLeavesTheResult(t *testing.T) {
	h := quick()
	ctx, cancel := context.WithCancel(t.Context())
	h.computing = cancel
	if hash, err := h.Hash(ctx, "password"); hash == "" || err != nil {
		t.Errorf("Hash: %q, %v", hash, err)
	}
}

func TestMisconfiguredHasherSaysWhatToMend(t *testing.T) {
	tests := []struct {
		h    *Hasher
		want string
	}{
		{&Hasher{}, "make it with New"},
		{&Hasher{Memory: 19456, Time: 2, Concurrency: 1}, "threads"},
		{&Hasher{Memory: 19456, Time: 2, Threads: 33, Concurrency: 1}, "threads"},
		{&Hasher{Memory: 15, Time: 2, Threads: 2, Concurrency: 1}, "memory"},
		{&Hasher{Memory: 262145, Time: 2, Threads: 1, Concurrency: 1}, "memory"},
		{&Hasher{Memory: 19456, Threads: 1, Concurrency: 1}, "time"},
		{&Hasher{Memory: 19456, Time: 33, Threads: 1, Concurrency: 1}, "time"},
		{&Hasher{Memory: 19456, Time: 2, Threads: 1}, "Concurrency"},
		{&Hasher{Memory: 19456, Time: 2, Threads: 1, Concurrency: -1}, "Concurrency"},
	}
	for _, tt := range tests {
		tt.h.computing = func() { t.Error("computed") }
		_, hashErr := tt.h.Hash(t.Context(), "password")
		_, verifyErr := tt.h.Verify(t.Context(), "", "password")
		for _, err := range []error{hashErr, verifyErr} {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want it to name %q", err, tt.want)
			}
			if errors.Is(err, ErrMismatch) || errors.Is(err, ErrInvalidHash) {
				t.Errorf("%v passes for an answer about the password or hash", err)
			}
		}
	}
}

func TestForeignHashesAreInvalid(t *testing.T) {
	for _, hash := range []string{
		" ",
		"password",
		"5f4dcc3b5aa765d61d8327deb882cf99",
		"pbkdf2:sha256:600000$salt$0123456789abcdef",
		"scrypt:32768:8:1$salt$0123456789abcdef",
		"$1$salt$qJH7.N4xYta3aEG/dfqo/0",
		"$argon2i$v=19$m=64,t=2,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$argon2$v=19$m=64,t=2,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
		"$ARGON2ID$v=19$m=64,t=2,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA",
	} {
		_, err := quick().Verify(t.Context(), hash, "password")
		if !errors.Is(err, ErrInvalidHash) || errors.Is(err, ErrMismatch) {
			t.Errorf("%q: %v, want ErrInvalidHash", hash, err)
		}
	}
}

func TestErrorsDoNotQuoteTheHash(t *testing.T) {
	const secret = "c2VjcmV0c2VjcmV0c2VjcmV0"
	for _, hash := range []string{
		secret,
		"$argon2id$" + secret,
		"$argon2id$v=" + secret + "$m=64,t=2,p=1$c29tZXNhbHQ$" + secret,
		"$argon2id$v=19$" + secret + "$c29tZXNhbHQ$" + secret,
		"$argon2id$v=19$m=64,t=2,p=1$" + secret + "=$" + secret,
		"$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$" + secret + "=",
		"$2b$10$" + secret,
	} {
		_, err := decode(hash)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: error is %v", hash, err)
		}
	}
}
