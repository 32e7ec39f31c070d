package device_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/device/devicetest"
)

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTheProofsOfABrowser(t *testing.T) {
	key := devicetest.New()
	registration, err := device.ParseRegistration(key.Register("c1"))
	if err != nil || registration.Challenge != "c1" || registration.Key != key.Stored() || !registration.SignedBy(key.Stored()) {
		t.Errorf("registration: %+v, %v", registration, err)
	}
	refresh, err := device.ParseRefresh(key.Refresh("c2"))
	if err != nil || refresh.Challenge != "c2" || refresh.Key != "" || !refresh.SignedBy(key.Stored()) {
		t.Errorf("refresh: %+v, %v", refresh, err)
	}
	if other := devicetest.New(); refresh.SignedBy(other.Stored()) {
		t.Error("another key has signed it")
	}
}

// header returns a header of a registration that is changed.
func header(key *devicetest.Key, change func(h, jwk map[string]any)) map[string]any {
	h, jwk := devicetest.Header(), key.JWK()
	h["jwk"] = jwk
	change(h, jwk)
	return h
}

// moved moves the last byte of x before y: both together are the same point.
func moved(x, y string) (string, string) {
	a, _ := base64.RawURLEncoding.DecodeString(x)
	b, _ := base64.RawURLEncoding.DecodeString(y)
	last := len(a) - 1
	return encoded(string(a[:last])), encoded(string(a[last:]) + string(b))
}

func TestHowLongAProofMayBe(t *testing.T) {
	key := devicetest.New()
	spare := (device.MaxToken - len(key.Refresh(""))) * 3 / 4
	longest := ""
	for n := spare - 3; n <= spare+3; n++ {
		text := key.Refresh(strings.Repeat("c", n))
		if _, err := device.ParseRefresh(text); (err == nil) != (len(text) <= 4096) {
			t.Errorf("a proof of %d bytes: %v", len(text), err)
		}
		if len(text) <= 4096 {
			longest = text
		}
	}
	if len(longest) < 4095 {
		t.Errorf("the longest that was tried has %d bytes", len(longest))
	}
}

func TestProofsThatAreNoRegistration(t *testing.T) {
	key, payload := devicetest.New(), map[string]any{"jti": "c"}
	good := key.Register("c")
	parts := strings.Split(good, ".")
	for name, text := range map[string]string{
		"nothing":               "",
		"dots":                  "..",
		"two parts":             parts[0] + "." + parts[1],
		"four parts":            good + "." + parts[2],
		"without a key":         key.Refresh("c"),
		"alg none":              key.Sign(header(key, func(h, _ map[string]any) { h["alg"] = "none" }), payload),
		"alg none, unsigned":    parts[0] + "." + parts[1] + ".",
		"alg HS256":             key.Sign(header(key, func(h, _ map[string]any) { h["alg"] = "HS256" }), payload),
		"alg missing":           key.Sign(header(key, func(h, _ map[string]any) { delete(h, "alg") }), payload),
		"alg a number":          key.Sign(header(key, func(h, _ map[string]any) { h["alg"] = 256 }), payload),
		"another type":          key.Sign(header(key, func(h, _ map[string]any) { h["typ"] = "JWT" }), payload),
		"critical":              key.Sign(header(key, func(h, _ map[string]any) { h["crit"] = []string{"b64"} }), payload),
		"jwk null":              key.Sign(header(key, func(h, _ map[string]any) { h["jwk"] = nil }), payload),
		"jwk text":              key.Sign(header(key, func(h, _ map[string]any) { h["jwk"] = "key" }), payload),
		"an RSA key":            key.Sign(header(key, func(_, k map[string]any) { k["kty"] = "RSA" }), payload),
		"another curve":         key.Sign(header(key, func(_, k map[string]any) { k["crv"] = "P-384" }), payload),
		"no point of the curve": key.Sign(header(key, func(_, k map[string]any) { k["y"] = k["x"] }), payload),
		"the point at infinity": key.Sign(header(key, func(_, k map[string]any) { k["x"], k["y"] = strings.Repeat("A", 43), strings.Repeat("A", 43) }), payload),
		"x is no base64":        key.Sign(header(key, func(_, k map[string]any) { k["x"] = "!" }), payload),
		"y is no base64":        key.Sign(header(key, func(_, k map[string]any) { k["y"] = "!" + k["y"].(string)[1:] }), payload),
		"bytes moved from x":    key.Sign(header(key, func(_, k map[string]any) { k["x"], k["y"] = moved(k["x"].(string), k["y"].(string)) }), payload),
		"a short coordinate":    key.Sign(header(key, func(_, k map[string]any) { k["x"] = "AAAA" }), payload),
		"a coordinate missing":  key.Sign(header(key, func(_, k map[string]any) { delete(k, "y") }), payload),
		"padded base64":         key.Sign(header(key, func(_, k map[string]any) { k["x"] = k["x"].(string) + "=" }), payload),
		"no challenge":          key.Sign(header(key, func(_, _ map[string]any) {}), map[string]any{}),
		"an empty challenge":    key.Sign(header(key, func(_, _ map[string]any) {}), map[string]any{"jti": ""}),
		"challenges":            key.Sign(header(key, func(_, _ map[string]any) {}), map[string]any{"jti": []string{"c"}}),
		"a list as payload":     key.Sign(header(key, func(_, _ map[string]any) {}), []string{"c"}),
		"text as header":        key.SignParts(encoded("{"), parts[1]),
		"two values":            key.SignParts(parts[0], encoded(`{"jti":"c"}{"jti":"d"}`)),
		"no base64":             key.SignParts("!", parts[1]),
		"a short signature":     good[:len(good)-4],
		"a signature in DER":    parts[0] + "." + parts[1] + "." + encoded("\x30"+strings.Repeat("x", 69)),
		"huge":                  key.Register(strings.Repeat("c", device.MaxToken)),
		"nested":                key.SignParts(parts[0], encoded(`{"jti":"c","x":`+strings.Repeat("[", 2500))),
		"a token in a token":    key.SignParts(encoded(good), parts[1]),
	} {
		if token, err := device.ParseRegistration(text); err == nil {
			t.Errorf("%s: read as %+v", name, token)
		}
	}
}

func TestARefreshBringsNoKey(t *testing.T) {
	key := devicetest.New()
	if token, err := device.ParseRefresh(key.Register("c")); err == nil {
		t.Errorf("read as %+v", token)
	}
}

func TestWhatHasNotSigned(t *testing.T) {
	key := devicetest.New()
	good := key.Refresh("c")
	parts := strings.Split(good, ".")
	other := strings.Split(key.Refresh("d"), ".")
	zero := encoded(strings.Repeat("\x00", 64))
	for name, text := range map[string]string{
		"another payload":   parts[0] + "." + other[1] + "." + parts[2],
		"another signature": parts[0] + "." + parts[1] + "." + other[2],
		"zero":              parts[0] + "." + parts[1] + "." + zero,
	} {
		token, err := device.ParseRefresh(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if token.SignedBy(key.Stored()) {
			t.Errorf("%s: signed", name)
		}
	}
	token, err := device.ParseRefresh(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, stored := range map[string]string{"none": "", "text": "key", "no base64": "!", "short": key.Stored()[:40], "another": devicetest.New().Stored()} {
		if token.SignedBy(stored) {
			t.Errorf("signed by the stored key %s", name)
		}
	}
	if (&device.Token{}).SignedBy(key.Stored()) {
		t.Error("an empty token is signed")
	}
}

func FuzzToken(f *testing.F) {
	key := devicetest.New()
	f.Add(key.Register("c"), key.Stored())
	f.Add(key.Refresh("c"), key.Stored())
	f.Add("a.b.c", "")
	stranger := devicetest.New().Stored()
	f.Fuzz(func(t *testing.T, text, stored string) {
		registration, err := device.ParseRegistration(text)
		if err == nil && (registration.Key == "" || registration.Challenge == "" || len(text) > device.MaxToken) {
			t.Errorf("registration of %q: %+v", text, registration)
		}
		refresh, err2 := device.ParseRefresh(text)
		if err == nil && err2 == nil {
			t.Errorf("%q is both", text)
		}
		registration.SignedBy(stored)
		if refresh.SignedBy(stranger) || registration.SignedBy(stranger) {
			t.Errorf("%q is signed by a key that has signed nothing", text)
		}
	})
}
