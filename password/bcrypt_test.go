package password

import (
	"errors"
	"strings"
	"testing"
)

const over72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored"

// From the tests of Openwall's crypt_blowfish, https://www.openwall.com/crypt/,
// and, for 2b, of bcrypt-ruby.
var bcryptVectors = []struct{ password, hash string }{
	{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	{"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
	{"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
	{"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
	{over72, "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
	{"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
	{"\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"},
	{"", "$2b$06$8eVN9RiU8Yki430X.wBvN.LWaqh2962emLVSVXVZIXJvDYLsV0oFu"},
	{"a", "$2b$06$ehKGYiS4wt2HAr7KQXS5z.OaRjB4jHO7rBHJKlGXbqEH3QVJfO7iO"},
	{"a", "$2y$06$LUdD6/aD0e/UbnxVAVbvGuUmIoJ3l/OK94ThhadpMWwKC34LrGEey"},
}

func TestBcryptVectorsVerifyAndAreToBeRenewed(t *testing.T) {
	h := quick()
	computations := 0
	h.computing = func() { computations++ }
	for _, v := range bcryptVectors {
		if renew, err := h.Verify(t.Context(), v.hash, v.password); !renew || err != nil {
			t.Errorf("%s: renew %t, %v", v.hash, renew, err)
		}
		if renew, err := h.Verify(t.Context(), v.hash, "wrong"); renew || err != ErrMismatch {
			t.Errorf("%s, wrong password: renew %t, %v", v.hash, renew, err)
		}
	}
	if want := 2 * len(bcryptVectors); computations != want {
		t.Errorf("%d computations, want %d", computations, want)
	}
}

func TestBcryptReads72Bytes(t *testing.T) {
	h := quick()
	const hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
	tests := []struct {
		name     string
		password string
		want     error
	}{
		{"the first 72 match", over72[:72], nil},
		{"what follows is not read", over72[:72] + "another end", nil},
		{"the 72nd is", over72[:71] + "X" + over72[72:], ErrMismatch},
		{"71 are too few", over72[:71], ErrMismatch},
	}
	for _, tt := range tests {
		if _, err := h.Verify(t.Context(), hash, tt.password); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestRenewedBcryptPasswordCountsWhole(t *testing.T) {
	h := quick()
	renewed := mustHash(t, h, over72)
	if _, err := h.Verify(t.Context(), renewed, over72[:72]+"another end"); err != ErrMismatch {
		t.Errorf("%v, want ErrMismatch", err)
	}
}

func TestBcryptDecoding(t *testing.T) {
	const rest = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	tests := []struct {
		rule string
		hash string
		ok   bool
	}{
		{"version 2a is read", "$2a$05" + rest, true},
		{"version 2b is read", "$2b$05" + rest, true},
		{"version 2y is read", "$2y$05" + rest, true},
		{"version 2x is not", "$2x$05" + rest, false},
		{"version 2 is not", "$2$05" + rest, false},
		{"version 3a is not", "$3a$05" + rest, false},

		{"cost 4 is read", "$2a$04" + rest, true},
		{"cost 3 is not", "$2a$03" + rest, false},
		{"cost 16 is read", "$2a$16" + rest, true},
		{"cost 17 is not", "$2a$17" + rest, false},
		{"cost 31 is not", "$2a$31" + rest, false},
		{"cost 5 has two digits", "$2a$5" + rest, false},
		{"cost 5 has no third", "$2a$005" + rest, false},
		{"the cost has no sign", "$2a$+5" + rest, false},

		{"a missing character is missed", "$2a$05" + rest[:len(rest)-1], false},
		{"one too many is", "$2a$05" + rest + "A", false},
		{"so is a line break", "$2a$05" + rest + "\n", false},
		{"the alphabet is bcrypt's", "$2a$05" + strings.Replace(rest, ".", "+", 1), false},
		{"nothing may be all there is", "$2", false},
	}
	for _, tt := range tests {
		_, err := decode(tt.hash)
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, ErrInvalidHash) {
			t.Errorf("%s: %v", tt.rule, err)
		}
	}
}
