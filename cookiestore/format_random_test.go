package cookiestore

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// A random value of every kind, no deeper than depth.
func randomValue(r *rand.Rand, depth int) any {
	kinds := 22
	if depth == 0 {
		kinds = 19
	}
	switch r.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return randomString(r)
	case 3:
		return int(r.Uint64()) >> r.IntN(64)
	case 4:
		return int8(r.Uint32())
	case 5:
		return int16(r.Uint32())
	case 6:
		return int32(r.Uint32())
	case 7:
		return int64(r.Uint64()) >> r.IntN(64)
	case 8:
		return uint(r.Uint64()) >> r.IntN(64)
	case 9:
		return uint8(r.Uint32())
	case 10:
		return uint16(r.Uint32())
	case 11:
		return r.Uint32()
	case 12:
		return r.Uint64() >> r.IntN(64)
	case 13:
		return math.Float32frombits(r.Uint32())
	case 14:
		return math.Float64frombits(r.Uint64())
	case 15:
		return []byte(randomString(r))
	case 16:
		zone := time.FixedZone("", (r.IntN(28*60)-14*60)*60)
		return time.Unix(int64(r.Uint64()>>30)-1<<33, r.Int64N(1e9)).In(zone)
	case 17:
		list := make([]string, r.IntN(5))
		for i := range list {
			list[i] = randomString(r)
		}
		return list
	case 18:
		return point{r.Int(), -r.Int()}
	case 19, 20:
		list := make([]any, r.IntN(5))
		for i := range list {
			list[i] = randomValue(r, depth-1)
		}
		return list
	}
	dict := map[string]any{}
	for range r.IntN(5) {
		dict[randomString(r)] = randomValue(r, depth-1)
	}
	return dict
}

func randomString(r *rand.Rand) string {
	b := make([]byte, r.IntN(1<<r.IntN(9)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestAnySessionComesBack(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		values := map[any]any{}
		for range r.IntN(12) {
			values[randomString(r)] = randomValue(r, 4)
		}
		content, err := appendValues(nil, values)
		if err != nil {
			t.Fatal(seed, err)
		}
		back, ok := decodeValues(string(content))
		if !ok || len(back) != len(values) {
			t.Fatalf("seed %d: %d values became %d", seed, len(values), len(back))
		}
		for k, v := range values {
			if !same(back[k], v) {
				t.Fatalf("seed %d: %T %v came back as %T %v", seed, v, v, back[k], back[k])
			}
			agrees(t, string(content), k.(string), v)
		}
	}
}
