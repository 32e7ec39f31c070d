package keyring

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
)

const (
	first = "first-secret-of-the-tests-0123456789"
	other = "other-secret-of-the-tests-9876543210"
)

// ring returns the keys of remember cookies that are derived from these secrets.
func ring(secrets ...string) *Ring { return ringFor("remember cookie", "", secrets...) }

func ringFor(purpose, name string, secrets ...string) *Ring {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = []byte(secret)
	}
	return New(keys, purpose, name)
}

// macs has a line for each of secret, purpose, name, text and MAC, made by another
// implementation of HKDF and HMAC. Lines may be added. A line that has to be changed or
// removed is a release that ends logins.
//
//go:embed testdata/macs.tsv
var macs string

func TestTheMACsOfEarlierReleasesAreStillMade(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(macs, "\n"), "\n")
	if len(lines) < 27 {
		t.Fatalf("only %d stored MACs", len(lines))
	}
	for i, line := range lines {
		field := strings.Split(line, "\t")
		secret, purpose, name, text, mac := field[0], field[1], field[2], field[3], field[4]
		r := ringFor(purpose, name, secret)
		if got := r.MAC(text); got != mac {
			t.Errorf("line %d: the MAC is %s, want %s", i+1, got, mac)
		}
		if key := r.Find(text, mac); key != 0 {
			t.Errorf("line %d: Find returns %d", i+1, key)
		}
		if got, key, ok := r.Verify(text + "." + mac); got != text || key != 0 || !ok {
			t.Errorf("line %d: Verify returns %q, %d, %t", i+1, got, key, ok)
		}
		if got := r.Sign(text); got != text+"."+mac {
			t.Errorf("line %d: Sign returns %s", i+1, got)
		}
	}
}

func TestAKeyIsGoodForItsPurposeAndNameOnly(t *testing.T) {
	value := ring(first).Sign("payload")
	for _, row := range []struct {
		name string
		ring *Ring
		ok   bool
	}{
		{"the same purpose and name", ring(first), true},
		{"another purpose", ringFor("session hash", "", first), false},
		{"another name", ringFor("remember cookie", "staff", first), false},
		{"another secret", ring(other), false},
		{"a purpose and a name that read alike", ringFor("remember", "cookie", first), false},
	} {
		if _, _, ok := row.ring.Verify(value); ok != row.ok {
			t.Errorf("%s: Verify is %t, want %t", row.name, ok, row.ok)
		}
	}
}

func TestTheSecretItselfSignsNothing(t *testing.T) {
	h := hmac.New(sha256.New, []byte(first))
	h.Write([]byte("payload"))
	if ring(first).Find("payload", base64.RawURLEncoding.EncodeToString(h.Sum(nil))) != -1 {
		t.Error("the key is the secret")
	}
}

func TestTheFirstKeySignsAndAllVerify(t *testing.T) {
	before, after, both := ring(first), ring(other), ring(other, first)
	for _, row := range []struct {
		name   string
		signer *Ring
		reader *Ring
		key    int
	}{
		{"the only key", before, before, 0},
		{"the older of two keys", before, both, 1},
		{"the newer of two keys", after, both, 0},
		{"two keys, and only the newer is left", both, after, 0},
		{"two keys, and only the older is left", both, before, -1},
		{"a key that was removed", before, after, -1},
		{"the third of three keys", before, ring(other, strings.ToUpper(other), first), 2},
		{"a secret that stands there twice", before, ring(first, first), 0},
	} {
		payload, key, ok := row.reader.Verify(row.signer.Sign("payload"))
		if ok != (row.key >= 0) || ok && (key != row.key || payload != "payload") || !ok && (key != 0 || payload != "") {
			t.Errorf("%s: Verify returns %q, %d, %t", row.name, payload, key, ok)
		}
		if key := row.reader.Find("text", row.signer.MAC("text")); key != row.key {
			t.Errorf("%s: Find returns %d, want %d", row.name, key, row.key)
		}
	}
}

func TestAnEmptyRingSignsAndVerifiesNothing(t *testing.T) {
	if ring(first).Empty() {
		t.Error("a ring with a key is empty")
	}
	for name, r := range map[string]*Ring{"nil": nil, "no secrets": New(nil, "remember cookie", ""), "the zero ring": {}} {
		if !r.Empty() {
			t.Errorf("%s: the ring is not empty", name)
		}
		if value, mac := r.Sign("payload"), r.MAC("payload"); value != "" || mac != "" {
			t.Errorf("%s: Sign returns %q and MAC %q", name, value, mac)
		}
		for _, value := range []string{"", ".", "payload.", ring(first).Sign("payload")} {
			if payload, key, ok := r.Verify(value); ok || payload != "" || key != 0 {
				t.Errorf("%s: Verify(%q) returns %q, %d, %t", name, value, payload, key, ok)
			}
		}
		for _, mac := range []string{"", ring(first).MAC("payload")} {
			if key := r.Find("payload", mac); key != -1 {
				t.Errorf("%s: Find returns %d for %q", name, key, mac)
			}
		}
	}
}

func TestWhatIsNotAMACIsNotFound(t *testing.T) {
	r := ring(first, other)
	good := r.MAC("text")
	std := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, sha256.Size))
	for _, row := range []struct{ name, mac string }{
		{"no MAC", ""},
		{"a MAC of another text", r.MAC("Text")},
		{"a MAC without its end", good[:len(good)-1]},
		{"a MAC with an end", good + "A"},
		{"a MAC with padding", good + "="},
		{"another spelling of the same bytes", good[:len(good)-1] + sameBits(good[len(good)-1])},
		{"the bytes themselves", string(mustDecode(t, good))},
		{"another alphabet", std},
	} {
		if key := r.Find("text", row.mac); key != -1 {
			t.Errorf("%s is found under key %d", row.name, key)
		}
	}
}

// sameBits returns another last character for a MAC. Its last two bits are no part of
// the MAC, so it decodes to the same bytes.
func sameBits(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)^1])
}

func mustDecode(t *testing.T, mac string) []byte {
	t.Helper()
	sum, err := base64.RawURLEncoding.DecodeString(mac)
	if err != nil || len(sum) != sha256.Size {
		t.Fatalf("%q is no MAC", mac)
	}
	return sum
}

func TestNoByteOfASignedValueCanBeChanged(t *testing.T) {
	r := ring(first, other)
	good := r.Sign("a.b-payload")
	refused := func(what, value string) {
		if payload, key, ok := r.Verify(value); ok || payload != "" || key != 0 {
			t.Errorf("%s: Verify(%q) returns %q, %d, %t", what, value, payload, key, ok)
		}
	}
	for i := range len(good) {
		for b := range 256 {
			if byte(b) != good[i] {
				refused(fmt.Sprintf("byte %d changed", i), good[:i]+string([]byte{byte(b)})+good[i+1:])
			}
		}
		refused(fmt.Sprintf("cut before byte %d", i), good[:i])
		refused(fmt.Sprintf("byte %d cut", i), good[:i]+good[i+1:])
		refused(fmt.Sprintf("byte %d doubled", i), good[:i+1]+good[i:])
	}
	for b := range 256 {
		refused("a byte appended", good+string([]byte{byte(b)}))
		refused("a byte put in front", string([]byte{byte(b)})+good)
	}
}

func TestAPayloadHasAnyBytes(t *testing.T) {
	r := ring(first)
	for _, payload := range []string{"", ".", "a.b.", "no dot", "\x00\xff\r\n", "用户"} {
		if got, _, ok := r.Verify(r.Sign(payload)); !ok || got != payload {
			t.Errorf("%q is read as %q, %t", payload, got, ok)
		}
	}
}

// The text goes to the HMAC in parts, so lengths around a part are what could go wrong.
func TestTheMACIsThatOfTheWholeText(t *testing.T) {
	key, err := hkdf.Key(sha256.New, []byte(first), nil, "ginlogin remember cookie ", sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	r := ring(first)
	for _, n := range []int{0, 1, 63, 64, 65, 255, 256, 257, 511, 512, 513, 5000} {
		text := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		if want := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); r.MAC(text) != want {
			t.Errorf("%d bytes: the MAC is %s, want %s", n, r.MAC(text), want)
		}
	}
}

func TestSeveralGoroutinesUseARing(t *testing.T) {
	r := ring(other, first)
	old := ring(first)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 200 {
				payload := fmt.Sprintf("payload %d of %d", i, g)
				if got, key, ok := r.Verify(r.Sign(payload)); !ok || key != 0 || got != payload {
					t.Errorf("%q is read as %q, %d, %t", payload, got, key, ok)
				}
				if key := r.Find(payload, old.MAC(payload)); key != 1 {
					t.Errorf("Find returns %d", key)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkVerify(b *testing.B) {
	r := ring(first)
	value := r.Sign(strings.Repeat("0123456789", 12))
	b.ReportAllocs()
	for b.Loop() {
		r.Verify(value)
	}
}
