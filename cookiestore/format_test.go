package cookiestore

import (
	"encoding/gob"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

type cart struct {
	Items map[string]int
	Total float64
}

type basket cart

type role string

type point struct{ X, Y int }

func init() {
	gob.Register(cart{})
	gob.Register(&basket{})
	gob.Register(role(""))
	gob.Register(point{})
	gob.Register(time.Duration(0))
	gob.Register(map[string]string{})
}

var edges = map[string]any{
	"nil":                    nil,
	"true":                   true,
	"false":                  false,
	"empty string":           "",
	"string":                 "Grüße, 世界\x00\xff",
	"int":                    -1,
	"greatest int":           math.MaxInt,
	"least int":              math.MinInt,
	"int8":                   int8(math.MinInt8),
	"int16":                  int16(math.MaxInt16),
	"int32":                  int32(math.MinInt32),
	"int64":                  int64(math.MinInt64),
	"uint":                   uint(math.MaxUint),
	"uint8":                  uint8(255),
	"uint16":                 uint16(math.MaxUint16),
	"uint32":                 uint32(math.MaxUint32),
	"uint64":                 uint64(math.MaxUint64),
	"uintptr":                uintptr(1) << 20,
	"float32":                float32(math.SmallestNonzeroFloat32),
	"float32 NaN":            math.Float32frombits(0x7fc12345),
	"float64":                math.MaxFloat64,
	"negative zero":          math.Copysign(0, -1),
	"infinity":               math.Inf(-1),
	"NaN with payload":       math.Float64frombits(0x7ff8dead0000beef),
	"no bytes":               []byte(nil),
	"empty bytes":            []byte{},
	"bytes":                  []byte{0, 255, '='},
	"zero time":              time.Time{},
	"UTC":                    time.Date(2025, 2, 3, 4, 5, 6, 789, time.UTC),
	"time with offset":       time.Date(2025, 2, 3, 4, 5, 6, 7, time.FixedZone("", -5*3600-1800)),
	"time with odd offset":   time.Date(1890, 2, 3, 4, 5, 6, 7, time.FixedZone("", 1234)),
	"time far away":          time.Date(-4000, 1, 1, 0, 0, 0, 0, time.UTC),
	"no strings":             []string(nil),
	"empty strings":          []string{},
	"strings":                []string{"", "a", strings.Repeat("b", 300)},
	"no list":                []any(nil),
	"empty list":             []any{},
	"list":                   []any{1, "two", 3.0, nil, []any{[]byte("four")}, cart{Total: 5}},
	"no map":                 map[string]any(nil),
	"empty map":              map[string]any{},
	"map":                    map[string]any{"": 0, "deep": map[string]any{"deeper": []any{map[string]any{"x": uint8(1)}}}},
	"struct":                 cart{Items: map[string]int{"tea": 2}, Total: 7.5},
	"pointer":                &basket{Total: 1},
	"named string":           role("admin"),
	"duration":               3 * time.Hour,
	"map of another type":    map[string]string{"a": "b"},
	"string of length 127":   strings.Repeat("x", 127),
	"string of length 128":   strings.Repeat("x", 128),
	"list of length 128":     make([]any, 128),
	"string of length 16384": strings.Repeat("x", 16384),
}

func roundTrip(t testing.TB, values map[any]any) map[any]any {
	t.Helper()
	content, err := appendValues(nil, values)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := decodeValues(string(content))
	if !ok {
		t.Fatalf("%d bytes do not decode", len(content))
	}
	return back
}

// same is equality of type and value: floats by their bits, times by instant and offset.
func same(a, b any) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	switch a := a.(type) {
	case float64:
		return math.Float64bits(a) == math.Float64bits(b.(float64))
	case float32:
		return math.Float32bits(a) == math.Float32bits(b.(float32))
	case time.Time:
		b := b.(time.Time)
		_, offset := a.Zone()
		_, offsetBack := b.Zone()
		return a.Equal(b) && offset == offsetBack
	case []any:
		b := b.([]any)
		ok := (a == nil) == (b == nil) && len(a) == len(b)
		for i := range a {
			ok = ok && same(a[i], b[i])
		}
		return ok
	case map[string]any:
		b := b.(map[string]any)
		ok := (a == nil) == (b == nil) && len(a) == len(b)
		for k, v := range a {
			_, there := b[k]
			ok = ok && there && same(v, b[k])
		}
		return ok
	}
	return reflect.DeepEqual(a, b)
}

func TestValuesComeBackWithTheirTypes(t *testing.T) {
	for name, v := range edges {
		back := roundTrip(t, map[any]any{name: v})
		if got, there := back[name]; !there || !same(got, v) {
			t.Errorf("%s: %T %v came back as %T %v", name, v, v, got, got)
		}
	}
}

func TestValuesComeBackTogether(t *testing.T) {
	values := map[any]any{}
	for name, v := range edges {
		values[name] = v
	}
	back := roundTrip(t, values)
	for name, v := range edges {
		if !same(back[name], v) {
			t.Errorf("%s: came back as %T", name, back[name])
		}
	}
	if len(back) != len(edges) {
		t.Errorf("%d values became %d", len(edges), len(back))
	}
}

func TestKeysKeepTheirTypesToo(t *testing.T) {
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	values := map[any]any{
		"1": "string", 1: "int", int8(1): "int8", uint64(1): "uint64", 1.0: "float64", float32(1): "float32",
		true: "bool", nil: "nil", day: "time", role("1"): "named", point{1, 2}: "struct",
	}
	back := roundTrip(t, values)
	if !reflect.DeepEqual(back, values) {
		t.Errorf("got %v, want %v", back, values)
	}
}

func TestTheMonotonicReadingIsDropped(t *testing.T) {
	now := time.Now()
	back := roundTrip(t, map[any]any{"t": now})["t"].(time.Time)
	if !back.Equal(now) || back != now.Round(0) {
		t.Errorf("%v came back as %v", now, back)
	}
}

// agrees checks that the shortcut gives the same answer as the whole.
func agrees(t testing.TB, content, key string, want any) {
	t.Helper()
	if got, settled := lookup(content, key); settled && !same(got, want) {
		t.Fatalf("lookup of %q gives %T %v, decodeValues %T %v", key, got, got, want, want)
	}
}

func TestLookupSettlesWhatCannotBeChangedInPlace(t *testing.T) {
	for name, v := range edges {
		values := map[any]any{name: v, 7: "seven", role("x"): 1}
		for other, filler := range edges {
			if other != name && len(values) < 8 {
				values[other] = filler
			}
		}
		content, err := appendValues(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		got, settled := lookup(string(content), name)
		switch v.(type) {
		case nil, bool, string, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr, float32, float64, time.Time:
			if !settled || !same(got, v) {
				t.Errorf("%s: got %T %v, settled: %v", name, got, got, settled)
			}
		default:
			if settled {
				t.Errorf("%s: a %T is not settled by a lookup", name, v)
			}
		}
		if got, settled := lookup(string(content), "absent"); got != nil || !settled {
			t.Errorf("an absent key gives %v, settled: %v", got, settled)
		}
	}
}

func TestWhatCannotBeStoredIsNamed(t *testing.T) {
	type unknown struct{ Secret string }
	type key struct{ Name string }
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	endless := []any{nil}
	endless[0] = endless
	for name, row := range map[string]struct {
		key, value any
		want       []string
	}{
		"a type gob does not know":  {"cart", unknown{"hunter2"}, []string{`value of "cart"`, "cookiestore.unknown", "gob.Register"}},
		"one deep inside":           {"cart", []any{map[string]any{"x": unknown{"hunter2"}}}, []string{`value of "cart"`, "gob.Register"}},
		"a function":                {"f", func() {}, []string{`value of "f"`, "func()"}},
		"a channel":                 {"c", make(chan int), []string{`value of "c"`, "chan int"}},
		"a nil pointer":             {"p", (*basket)(nil), []string{`value of "p"`, "*cookiestore.basket"}},
		"a map in itself":           {"m", cyclic, []string{`value of "m"`, "nested more than 32 deep"}},
		"a list in itself":          {7, endless, []string{`value of 7`, "nested more than 32 deep"}},
		"a key gob does not know":   {key{"hunter2"}, 1, []string{"key of type cookiestore.key", "gob.Register"}},
		"a zone that does not fit":  {"t", time.Now().In(time.FixedZone("", 1<<30)), []string{`value of "t"`, "zone offset"}},
		"a key of many characters":  {strings.Repeat("k", 100), func() {}, []string{strings.Repeat("k", 64) + `"…`}},
		"the value under a nil key": {nil, func() {}, []string{"value of <nil>"}},
	} {
		_, err := appendValues(nil, map[any]any{row.key: row.value})
		if err == nil {
			t.Errorf("%s: stored", name)
			continue
		}
		for _, want := range append(row.want, "cookiestore: ") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %q", name, want, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells the value: %q", name, err)
		}
	}
}

func TestThirtyTwoLevelsAreKept(t *testing.T) {
	var v any = "bottom"
	for range maxDepth {
		v = []any{v}
	}
	if !same(roundTrip(t, map[any]any{"v": v})["v"], v) {
		t.Error("the deepest value was changed")
	}
	if _, err := appendValues(nil, map[any]any{"v": []any{v}}); err == nil {
		t.Error("one level more was stored")
	}
}

func TestAValueOfAForgottenTypeIsNilAndTheRestStays(t *testing.T) {
	content, err := appendValues(nil, map[any]any{"role": role("admin"), "name": "ada", role("key"): 1})
	if err != nil {
		t.Fatal(err)
	}
	forgotten := strings.ReplaceAll(string(content), "cookiestore.role", "cookiestore.gone")
	back, ok := decodeValues(forgotten)
	if want := map[any]any{"role": nil, "name": "ada"}; !ok || !reflect.DeepEqual(back, want) {
		t.Errorf("got %v, want %v", back, want)
	}
}

func TestTheFormatIsStable(t *testing.T) {
	for want, v := range map[string]any{
		"\x00":                                 nil,
		"\x01":                                 false,
		"\x02":                                 true,
		"\x03":                                 []byte(nil),
		"\x04":                                 []string(nil),
		"\x05":                                 []any(nil),
		"\x06":                                 map[string]any(nil),
		"\x10\x01":                             -1,
		"\x11\x01":                             int8(-1),
		"\x12\x01":                             int16(-1),
		"\x13\x01":                             int32(-1),
		"\x14\x01":                             int64(-1),
		"\x15\x80\x01":                         uint(128),
		"\x16\x01":                             uint8(1),
		"\x17\x01":                             uint16(1),
		"\x18\x01":                             uint32(1),
		"\x19\x01":                             uint64(1),
		"\x1a\x01":                             uintptr(1),
		"\x20\x00\x00\x80\x3f":                 float32(1),
		"\x21\x00\x00\x00\x00\x00\x00\xf0\x3f": 1.0,
		"\x30\x02hi":                           "hi",
		"\x31\x02hi":                           []byte("hi"),
		"\x32\x0f\x01\x00\x00\x00\x0e\x77\x91\xf7\x00\x00\x00\x00\x00\xff\xff": time.Unix(0, 0).UTC(),
		"\x33\x04\x02\x01a\x00":     []string{"a", ""},
		"\x34\x04\x02\x00\x10\x02":  []any{nil, 1},
		"\x35\x05\x01\x01a\x10\x02": map[string]any{"a": 1},
	} {
		var e encoder
		if err := e.value(v); err != nil || string(e.out) != want {
			t.Errorf("%T %v is written as %q, want %q (%v)", v, v, e.out, want, err)
		}
	}
}
