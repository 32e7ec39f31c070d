package password

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// "é" in its two forms.
const (
	composed   = "caf\u00e9 au lait"
	decomposed = "cafe\u0301 au lait"
)

// hashedAsTyped returns the hash of a program that does not normalize.
func hashedAsTyped(h *Hasher, password string) string {
	a := newArgon2id(cost{h.Memory, h.Time, h.Threads})
	a.key = a.derive(password)
	return a.String()
}

func TestBothFormsOfALetterAreOnePassword(t *testing.T) {
	h := quick()
	bcryptOf := func(password string) string {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		return string(hash)
	}
	for _, tt := range []struct {
		name        string
		hash, typed string
		renew       bool
		want        error
	}{
		{"composed, typed composed", mustHash(t, h, composed), composed, false, nil},
		{"composed, typed decomposed", mustHash(t, h, composed), decomposed, false, nil},
		{"decomposed, typed composed", mustHash(t, h, decomposed), composed, false, nil},
		{"decomposed, typed decomposed", mustHash(t, h, decomposed), decomposed, false, nil},
		{"an old hash of composed, typed composed", hashedAsTyped(h, composed), composed, false, nil},
		{"an old hash of composed, typed decomposed", hashedAsTyped(h, composed), decomposed, false, nil},
		{"an old hash of decomposed, typed decomposed, is renewed", hashedAsTyped(h, decomposed), decomposed, true, nil},
		// The other form cannot be derived for every password, and was refused before as well.
		{"an old hash of decomposed, typed composed", hashedAsTyped(h, decomposed), composed, false, ErrMismatch},
		{"bcrypt of composed, typed decomposed", bcryptOf(composed), decomposed, true, nil},
		{"bcrypt of decomposed, typed decomposed", bcryptOf(decomposed), decomposed, true, nil},
		{"no accent", mustHash(t, h, composed), "cafe au lait", false, ErrMismatch},
		{"another accent", mustHash(t, h, composed), "cafe\u0300 au lait", false, ErrMismatch},
		// NFC and not NFKC, for which both were one password.
		{"a ligature is not its letters", mustHash(t, h, "\ufb01ne words"), "fine words", false, ErrMismatch},
		{"bytes that are not UTF-8", mustHash(t, h, "\xff\xfepass"), "\xff\xfepass", false, nil},
		{"other bytes that are not UTF-8", mustHash(t, h, "\xff\xfepass"), "\xff\xffpass", false, ErrMismatch},
	} {
		if renew, err := h.Verify(t.Context(), tt.hash, tt.typed); renew != tt.renew || err != tt.want {
			t.Errorf("%s: renew %t, %v; want %t, %v", tt.name, renew, err, tt.renew, tt.want)
		}
	}
}

// A renewed hash is of the normalized password, so it is renewed once.
func TestAHashOfTheTypedBytesIsRenewedOnce(t *testing.T) {
	h := quick()
	if renew, err := h.Verify(t.Context(), mustHash(t, h, decomposed), decomposed); renew || err != nil {
		t.Errorf("renew %t, %v", renew, err)
	}
}

// Each takes two computations: neither the answer nor its time tells which accounts exist.
func TestAPasswordThatNormalizationChangesCostsTheSameForEveryAccount(t *testing.T) {
	h := New()
	h.Memory, h.Time = 4096, 1
	for name, hash := range map[string]string{
		"a wrong password":           mustHash(t, h, "another"),
		"an unknown account":         "",
		"a hash that cannot be read": "garbage",
	} {
		slots := 0
		h.computing = func() { slots++ }
		allocated := allocatedBy(func() { _, _ = h.Verify(t.Context(), hash, decomposed) })
		if one := uint64(h.Memory) << 10; allocated < 2*one || allocated >= 3*one {
			t.Errorf("%s: %d bytes allocated, want those of two computations of %d", name, allocated, one)
		}
		if slots != 1 {
			t.Errorf("%s: %d slots taken, want one", name, slots)
		}
	}
}

func TestTheLengthIsCountedBeforeNormalization(t *testing.T) {
	h := quick()
	// Three bytes each, six when normalized.
	longest := strings.Repeat("\u0958", MaxLength/3)
	hash := mustHash(t, h, longest)
	if _, err := h.Verify(t.Context(), hash, longest); err != nil {
		t.Errorf("Verify of %d bytes: %v", len(longest), err)
	}
	// Three bytes each, two when normalized.
	tooLong := strings.Repeat("e\u0301", MaxLength/3+1)
	if _, err := h.Hash(t.Context(), tooLong); err != ErrTooLong {
		t.Errorf("Hash of %d bytes: %v, want ErrTooLong", len(tooLong), err)
	}
	if renew, err := h.Verify(t.Context(), hash, tooLong); renew || err != ErrMismatch {
		t.Errorf("Verify of %d bytes: renew %t, %v; want false, ErrMismatch", len(tooLong), renew, err)
	}
}
