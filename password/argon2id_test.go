package password

import (
	"errors"
	"strings"
	"testing"
)

// From the tests of the reference implementation, without those that take longest:
// https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c.
var argon2idVectors = []struct{ password, hash string }{
	{"password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
	{"password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
	{"password", "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg"},
	{"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
	{"differentpassword", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94"},
	{"password", "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw"},
}

func TestArgon2idReferenceVectorsVerify(t *testing.T) {
	h := quick()
	for _, v := range argon2idVectors {
		if renew, err := h.Verify(t.Context(), v.hash, v.password); !renew || err != nil {
			t.Errorf("%s: renew %t, %v", v.hash, renew, err)
		}
	}
	if _, err := h.Verify(t.Context(), argon2idVectors[0].hash, "Password"); err != ErrMismatch {
		t.Errorf("wrong password: %v, want ErrMismatch", err)
	}
}

func TestArgon2idDecoding(t *testing.T) {
	const (
		salt  = "c29tZXNhbHQ"                                 // 8 bytes
		key   = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4" // 32 bytes
		start = "$argon2id$v=19$m=256,t=2,p=1$"
		end   = "$" + salt + "$" + key
	)
	b64 := func(bytes int) string { return strings.Repeat("A", (bytes*8+5)/6) }
	tests := []struct {
		rule string
		hash string
		want string // in the error; "" for none
	}{
		{"a whole hash is read", start + salt + "$" + key, ""},

		{"the version may not be missing", "$argon2id$m=256,t=2,p=1" + end, "3 fields, want 4"},
		{"the version may not be 16", "$argon2id$v=16$m=256,t=2,p=1" + end, "version"},
		{"the version may not be 20", "$argon2id$v=20$m=256,t=2,p=1" + end, "version"},
		{"the version may not be padded", "$argon2id$v=019$m=256,t=2,p=1" + end, "version"},
		{"the version may not be unnamed", "$argon2id$19$m=256,t=2,p=1" + end, "version"},

		{"the parameters may not be missing", "$argon2id$v=19" + end, "fields"},
		{"the parameters may not be empty", "$argon2id$v=19$" + end, "parameters"},
		{"m may not be missing", "$argon2id$v=19$t=2,p=1" + end, "parameters"},
		{"t may not be missing", "$argon2id$v=19$m=256,p=1" + end, "parameters"},
		{"p may not be missing", "$argon2id$v=19$m=256,t=2" + end, "parameters"},
		{"m may not come twice", "$argon2id$v=19$m=256,m=256,t=2,p=1" + end, "parameters"},
		{"p may not come twice", "$argon2id$v=19$m=256,t=2,p=1,p=1" + end, "canonical"},
		{"parameters keep their order", "$argon2id$v=19$t=2,m=256,p=1" + end, "parameters"},
		{"m may not be empty", "$argon2id$v=19$m=,t=2,p=1" + end, "parameters"},
		{"m may not be negative", "$argon2id$v=19$m=-256,t=2,p=1" + end, "parameters"},
		{"m may not be hexadecimal", "$argon2id$v=19$m=0x100,t=2,p=1" + end, "parameters"},
		{"m may not have leading zeros", "$argon2id$v=19$m=0256,t=2,p=1" + end, "canonical"},
		{"m may not have leading space", "$argon2id$v=19$m= 256,t=2,p=1" + end, "canonical"},
		{"m may not have a sign", "$argon2id$v=19$m=+256,t=2,p=1" + end, "parameters"},
		{"m may not be grouped", "$argon2id$v=19$m=2_56,t=2,p=1" + end, "parameters"},
		{"nothing follows p", "$argon2id$v=19$m=256,t=2,p=1x" + end, "canonical"},
		{"keyid is not supported", "$argon2id$v=19$m=256,t=2,p=1,keyid=Zm9v" + end, "canonical"},
		{"data is not supported", "$argon2id$v=19$m=256,t=2,p=1,data=Zm9v" + end, "canonical"},

		{"m may be 256 MiB", "$argon2id$v=19$m=262144,t=2,p=1" + end, ""},
		{"m may not be more", "$argon2id$v=19$m=262145,t=2,p=1" + end, "memory"},
		{"m may not be 4 TiB", "$argon2id$v=19$m=4294967295,t=2,p=1" + end, "memory"},
		{"m may not overflow", "$argon2id$v=19$m=4294967552,t=2,p=1" + end, "parameters"},
		{"m may be 8 for each thread", "$argon2id$v=19$m=16,t=2,p=2" + end, ""},
		{"m may not be less", "$argon2id$v=19$m=15,t=2,p=2" + end, "memory"},
		{"m may not be 0", "$argon2id$v=19$m=0,t=2,p=1" + end, "memory"},
		{"t may be 32", "$argon2id$v=19$m=256,t=32,p=1" + end, ""},
		{"t may not be more", "$argon2id$v=19$m=256,t=33,p=1" + end, "time"},
		{"t may not be 0", "$argon2id$v=19$m=256,t=0,p=1" + end, "time"},
		{"t may not overflow", "$argon2id$v=19$m=256,t=4294967298,p=1" + end, "parameters"},
		{"p may be 32", "$argon2id$v=19$m=256,t=2,p=32" + end, ""},
		{"p may not be more", "$argon2id$v=19$m=264,t=2,p=33" + end, "threads"},
		{"p may not be 0", "$argon2id$v=19$m=256,t=2,p=0" + end, "threads"},
		{"p may not overflow", "$argon2id$v=19$m=256,t=2,p=257" + end, "parameters"},

		{"the salt may not be missing", "$argon2id$v=19$m=256,t=2,p=1$" + key, "fields"},
		{"the salt may not be empty", start + "$" + key, "salt"},
		{"the salt may be 8 bytes", start + b64(8) + "$" + key, ""},
		{"the salt may not be less", start + b64(7) + "$" + key, "salt"},
		{"the salt may be 48 bytes", start + b64(48) + "$" + key, ""},
		{"the salt may not be more", start + b64(49) + "$" + key, "salt"},
		{"the salt is not padded", start + salt + "=$" + key, "salt"},
		{"the salt has no stray bits", start + "c29tZXNhbHR$" + key, "canonical"},
		{"the salt has no line breaks", start + "c29tZ\nXNhbHQ$" + key, "canonical"},
		{"the salt has no odd character", start + "c29tZXNhbHQAA" + "$" + key, "salt"},

		{"the key may not be missing", start + salt, "fields"},
		{"the key may not be empty", start + salt + "$", "key"},
		{"the key may be 12 bytes", start + salt + "$" + b64(12), ""},
		{"the key may not be less", start + salt + "$" + b64(11), "key"},
		{"the key may be 64 bytes", start + salt + "$" + b64(64), ""},
		{"the key may not be more", start + salt + "$" + b64(65), "key"},
		{"the key is not padded", start + salt + "$" + key + "=", "key"},
		{"the key has no stray bits", start + salt + "$" + key[:42] + "5", "canonical"},
		{"the key has no line breaks", start + salt + "$" + key + "\r\n", "canonical"},
		{"the key is not in the URL alphabet", start + salt + "$" + strings.ReplaceAll(key, "/", "_"), "key"},

		{"nothing follows the key", start + salt + "$" + key + "$", "fields"},
		{"nothing may be all there is", "$argon2id$", "fields"},
		{"a hash may be as long as its longest fields", "$argon2id$v=19$m=262144,t=32,p=32$" + b64(48) + "$" + b64(64), ""},
		{"a hash may not be longer", "$argon2id$v=19$m=262144,t=32,p=32$" + b64(48) + "$" + b64(64) + "A", "longer"},
		{"a hash may not be a megabyte", start + salt + "$" + b64(1<<20), "longer"},
	}
	for _, tt := range tests {
		got, err := decode(tt.hash)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.rule, err)
		case tt.want == "" && got.(argon2id).String() != tt.hash:
			t.Errorf("%s: read as %v", tt.rule, got)
		case tt.want != "" && (!errors.Is(err, ErrInvalidHash) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error is %v, want ErrInvalidHash that names %q", tt.rule, err, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range argon2idVectors {
		f.Add(v.hash)
	}
	for _, v := range bcryptVectors {
		f.Add(v.hash)
	}
	f.Add("")
	f.Add("$argon2id$v=19$m=0256,t=2,p=1x$c29tZ\nXNhbHQ$=")
	f.Fuzz(func(t *testing.T, hash string) {
		got, err := decode(hash)
		switch got := got.(type) {
		case argon2id:
			if got.String() != hash {
				t.Errorf("%q is read as %q", hash, got)
			}
			if err := got.check(); err != nil {
				t.Errorf("%q: %v", hash, err)
			}
			if len(got.salt) < minSaltLen || len(got.salt) > maxSaltLen || len(got.key) < minKeyLen || len(got.key) > maxKeyLen {
				t.Errorf("%q: salt of %d and key of %d bytes", hash, len(got.salt), len(got.key))
			}
		case bcryptHash:
			if len(got) != 60 || string(got) != hash {
				t.Errorf("%q is read as %q", hash, got)
			}
		case nil:
			if !errors.Is(err, ErrInvalidHash) && (hash != "" || err != ErrMismatch) {
				t.Errorf("%q: %v", hash, err)
			}
			return
		}
		if err != nil {
			t.Errorf("%q is read, and fails with %v", hash, err)
		}
	})
}
