//go:build !race

package keyring

import (
	"strings"
	"testing"
)

// Under the race detector a sync.Pool drops entries at random.
func TestVerifyingDoesNotAllocate(t *testing.T) {
	r := ring(other, first)
	long, short := r.Sign(strings.Repeat("payload", 100)), ring(first).Sign("payload")
	forged, mac := short[:len(short)-1]+"*", ring(first).MAC("text")
	for _, row := range []struct {
		name string
		most float64
		do   func()
	}{
		{"Verify under the newest key", 0, func() { r.Verify(long) }},
		{"Verify under an old key", 0, func() { r.Verify(short) }},
		{"Verify of a forgery", 0, func() { r.Verify(forged) }},
		{"Verify of nonsense", 0, func() { r.Verify("nonsense") }},
		{"Find", 0, func() { r.Find("text", mac) }},
		{"MAC", 1, func() { r.MAC("text") }},
		{"Sign", 2, func() { r.Sign("text") }},
	} {
		if n := testing.AllocsPerRun(1000, row.do); n > row.most {
			t.Errorf("%s takes %v allocations, want at most %v", row.name, n, row.most)
		}
	}
}
