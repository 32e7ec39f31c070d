package cookiestore

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// entry is a session with one entry, written by hand.
func entry(parts ...any) string {
	return "\x01" + fmt.Sprintf(strings.Repeat("%s", len(parts)), parts...)
}

func b(bytes ...byte) string { return string(bytes) }

func TestMalformedContentIsRefused(t *testing.T) {
	key := b(tagString, 1, 'k')
	huge := "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	nested := b(tagNil)
	for range maxDepth + 1 {
		var e encoder
		e.tag(tagList)
		e.string("\x01" + nested)
		nested = string(e.out)
	}
	for name, content := range map[string]string{
		"nothing":                        "",
		"a count without entries":        "\x01",
		"a huge count":                   huge + key + b(tagNil),
		"a key without a value":          entry(key),
		"an unknown tag":                 entry(key, b(255)),
		"a tag between the kinds":        entry(key, b(tagNilMap+1)),
		"bytes behind the last entry":    entry(key, b(tagNil), "x"),
		"a string longer than the rest":  entry(key, b(tagString, 2, 'x')),
		"a string of 2⁶⁴ bytes":          entry(key, b(tagString), huge),
		"a varint without an end":        entry(key, b(tagInt), "\xff"),
		"a varint of eleven bytes":       entry(key, b(tagUint64), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		"a varint above 2⁶⁴":             entry(key, b(tagUint64), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
		"an int8 of 128":                 entry(key, b(tagInt8, 0x80, 0x02)),
		"a uint8 of 256":                 entry(key, b(tagUint8, 0x80, 0x02)),
		"half a float32":                 entry(key, b(tagFloat32, 1, 2)),
		"half a float64":                 entry(key, b(tagFloat64, 1, 2, 3, 4)),
		"a time that is none":            entry(key, b(tagTime, 1, 9)),
		"an empty time":                  entry(key, b(tagTime, 0)),
		"a list with too many items":     entry(key, b(tagList, 2, 2, tagNil)),
		"a list with too few":            entry(key, b(tagList, 2, 0, tagNil)),
		"a list of 2⁶⁴ items":            entry(key, b(tagList, 10), huge),
		"a map that ends in a key":       entry(key, b(tagMap, 3, 1, 1, 'k')),
		"a map of 2⁶⁴ entries":           entry(key, b(tagMap, 10), huge),
		"strings that end too early":     entry(key, b(tagStrings, 3, 1, 9, 'x')),
		"strings of 2⁶⁴":                 entry(key, b(tagStrings, 10), huge),
		"a list nested too deep":         entry(key, nested),
		"a slice as a key":               entry(b(tagBytes, 0), b(tagNil)),
		"a map as a key":                 entry(b(tagMap, 1, 0), b(tagNil)),
		"no key":                         entry(""),
		"a gob of an uncomparable value": entry(gobOf(t, map[string]string{}), b(tagNil)),
	} {
		if values, ok := decodeValues(content); ok || values != nil {
			t.Errorf("%s: decoded to %v", name, values)
		}
		if v, settled := lookup(content, "k"); settled && v != nil {
			t.Errorf("%s: lookup gave %v", name, v)
		}
	}
}

func gobOf(t *testing.T, v any) string {
	t.Helper()
	var e encoder
	if err := e.gob(v); err != nil {
		t.Fatal(err)
	}
	return string(e.out)
}

func TestHostileCountsTakeNoMemory(t *testing.T) {
	hostile := entry(b(tagString, 1, 'k'), b(tagList, 3), "\xff\xff\x7f")
	hostile += strings.Repeat("\x00", 3000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decodeValues(hostile)
	decodeValues("\xff\xff\xff\xff\x7f" + hostile)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes set aside for %d", used, len(hostile))
	}
}

func FuzzDecode(f *testing.F) {
	for name, v := range edges {
		content, err := appendValues(nil, map[any]any{name: v, 1: "one"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	f.Add(strings.Repeat("\x01\x34", 500))
	f.Fuzz(func(t *testing.T, content string) {
		values, ok := decodeValues(content)
		if !ok {
			return
		}
		for k, v := range values {
			if key, isString := k.(string); isString {
				agreesUnlessRepeated(t, content, key, v)
			}
		}
		again, err := appendValues(nil, values)
		if err != nil {
			return // a type that gob decodes and does not encode, or a depth that only gob allows
		}
		if back, ok := decodeValues(string(again)); !ok || len(back) > len(values) {
			t.Fatalf("%v does not come back", values)
		}
	})
}

// agreesUnlessRepeated allows for a key that stands there twice, which we never write: the shortcut takes the first.
func agreesUnlessRepeated(t *testing.T, content, key string, want any) {
	if strings.Count(content, key) == 1 {
		agrees(t, content, key, want)
	}
}

func TestErrorsWrapTheirCause(t *testing.T) {
	_, err := appendValues(nil, map[any]any{"t": time.Now().In(time.FixedZone("", 1<<30))})
	if errors.Unwrap(err) == nil {
		t.Errorf("%v wraps nothing", err)
	}
}
