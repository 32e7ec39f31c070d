package cookiestore

import (
	"bytes"
	"strings"
	"testing"
)

func sealed(t *testing.T) (s *Store, value string) {
	s = NewStore(testKey)
	value = issue(t, s, "session", map[any]any{"name": "ada", "admin": false}).Value
	if opens(s, "session", value)["name"] != "ada" {
		t.Fatal("the cookie does not open as it is")
	}
	return s, value
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestEveryOtherCharacterAtEveryPlaceIsRefused(t *testing.T) {
	s, value := sealed(t)
	for i := range len(value) {
		for _, other := range alphabet + "=.+/ \x00\xff" {
			forged := value[:i] + string(other) + value[i+1:]
			if forged != value && opens(s, "session", forged) != nil {
				t.Fatalf("opened with %q at %d of %d", other, i, len(value))
			}
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	s, value := sealed(t)
	raw, _ := encoding.DecodeString(value)
	for i := range len(raw) * 8 {
		forged := bytes.Clone(raw)
		forged[i/8] ^= 1 << (i % 8)
		if opens(s, "session", encoding.EncodeToString(forged)) != nil {
			t.Fatalf("opened with bit %d flipped", i)
		}
	}
}

func TestATruncatedOrLengthenedCookieIsRefused(t *testing.T) {
	s, value := sealed(t)
	for n := range len(value) {
		if opens(s, "session", value[:n]) != nil {
			t.Errorf("opened with %d of %d characters", n, len(value))
		}
		if opens(s, "session", value[n:]) != nil && n > 0 {
			t.Errorf("opened without the first %d characters", n)
		}
	}
	if opens(s, "session", `"`) != nil {
		t.Error("opened with a quote alone")
	}
	for _, more := range []string{"A", "AA", "AAA", "AAAA", value} {
		if opens(s, "session", value+more) != nil {
			t.Errorf("opened with %q behind it", more)
		}
	}
}

func TestACookieOfAnotherSessionIsRefused(t *testing.T) {
	s, value := sealed(t)
	for _, name := range []string{"admin", "sessio", "session2", "Session", "s"} {
		if opens(s, name, value) != nil {
			t.Errorf("the cookie of session opens as %s", name)
		}
	}
}

func TestACookieForAnotherPurposeIsRefused(t *testing.T) {
	s, remember := NewStore(testKey), NewStore(testKey)
	remember.ring = newRing("remember", [][]byte{testKey})
	value := issue(t, remember, "session", map[any]any{"name": "ada"}).Value
	if opens(remember, "session", value) == nil {
		t.Fatal("the cookie does not open for its own purpose")
	}
	if opens(s, "session", value) != nil {
		t.Error("a cookie for another purpose opens as a session")
	}
}

// The derived keys alone would do, and so would the additional data alone: each is tested without the other.
func TestPurposeIsBoundTwice(t *testing.T) {
	session, other := newRing("session", [][]byte{testKey}), newRing("other", [][]byte{testKey})
	text := session.seal(nil, []byte("text"), session.additionalData(nil, "name"))

	if _, ok := session.open(nil, text, other.additionalData(nil, "name")); ok {
		t.Error("the purpose is not in the additional data")
	}
	other.keys[0].id = session.keys[0].id
	if _, ok := other.open(nil, text, session.additionalData(nil, "name")); ok {
		t.Error("the purpose is not in the key")
	}
}

func TestTheSameSessionIsNeverSealedTheSameWay(t *testing.T) {
	s := NewStore(testKey)
	seen := map[string]bool{}
	for range 1000 {
		value := issue(t, s, "session", map[any]any{"name": "ada"}).Value
		raw, _ := encoding.DecodeString(value)
		nonce := string(raw[sealHeader : sealHeader+12])
		if seen[nonce] {
			t.Fatal("a nonce was used twice")
		}
		seen[nonce] = true
	}
}

func TestNothingOfTheSessionShowsInTheCookie(t *testing.T) {
	s := NewStore(testKey)
	secret := strings.Repeat("visible", 20)
	value := issue(t, s, "session", map[any]any{"secret": secret}).Value
	raw, _ := encoding.DecodeString(value)
	if bytes.Contains(raw, []byte("visible")) || bytes.Contains(raw, []byte("secret")) {
		t.Error("the session is not encrypted")
	}
}

func TestForeignCookiesAreRefused(t *testing.T) {
	s := NewStore(testKey)
	stranger := issue(t, NewStore(otherKey), "session", map[any]any{"name": "eve"}).Value
	for _, value := range []string{
		"", "x", "null", "deleted", "{}", "a.b.c",
		"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
		strings.Repeat("A", 54), strings.Repeat("A", 4096), strings.Repeat("A", 100_000),
		stranger,
	} {
		if opens(s, "session", value) != nil {
			t.Errorf("opened %.40q", value)
		}
	}
}

// Whatever opens is what was sealed here. The seeds are sealed anew by each process of the fuzzer, so they differ but for that.
func FuzzOpen(f *testing.F) {
	s := NewStore(testKey)
	values := map[any]any{"name": "ada"}
	want, _ := appendValues(nil, values)
	genuine := issue(f, s, "session", values).Value
	f.Add(genuine)
	f.Add(genuine[:len(genuine)-1])
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		if content, _, ok := s.unseal("session", value); ok && content != string(want) {
			t.Errorf("opened %q: %q", value, content)
		}
	})
}
