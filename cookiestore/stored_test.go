package cookiestore

import (
	_ "embed"
	"reflect"
	"strings"
	"testing"
	"time"
)

// storedCookie was written by an earlier version, under storedKey and at storedAt. A
// version that cannot read it ends all sessions: the derivation of the keys, the layout
// of the cookie and the encoding of the values are promises.
//
//go:embed testdata/cookie.txt
var storedCookie string

var (
	storedKey = []byte("0123456789abcdef0123456789abcdef")
	storedAt  = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

func storedValues() map[any]any {
	return map[any]any{
		"name": "ada", "admin": true, "visits": 7, "debt": -7, "byte": uint8(200), "big": uint64(1) << 63, "ratio": 1.5,
		"since": storedAt, "bytes": []byte{0, 255}, "tags": []string{"a", "b"}, "nothing": nil,
		"list": []any{"x", int64(3)}, "map": map[string]any{"k": "v"}, 8: "a number as the key",
	}
}

func TestACookieOfAnEarlierVersionIsRead(t *testing.T) {
	value := strings.TrimSpace(storedCookie)
	for name, keys := range map[string][][]byte{"by its key": {storedKey}, "by an older key": {testKey, storedKey}} {
		s := NewStore(keys...)
		s.now = func() time.Time { return storedAt.AddDate(0, 0, 29) }
		if got := opens(s, "session", value); !reflect.DeepEqual(got, storedValues()) {
			t.Errorf("%s: %v, want %v", name, got, storedValues())
		}
		s.now = func() time.Time { return storedAt.AddDate(0, 0, 31) }
		if got := opens(s, "session", value); got != nil {
			t.Errorf("%s, after its lifetime: %v", name, got)
		}
	}
}
