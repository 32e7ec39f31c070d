package cookiestore

import (
	"encoding/binary"
	"encoding/gob"
	"math"
	"reflect"
	"strings"
	"time"
)

// decodeValues decodes all entries. The input has been authenticated, so we wrote it; even so, depth and memory are bounded by
// its size, and decoding never panics.
func decodeValues(content string) (map[any]any, bool) {
	d := decoder{in: content}
	n := d.count(2)
	values := make(map[any]any, n)
	for ; n > 0 && !d.bad; n-- {
		k, known := d.key()
		v := d.value()
		if known && !d.bad {
			values[k] = v
		}
	}
	if !d.finished() {
		return nil, false
	}
	return values, true
}

// lookup decodes the one value under a string key, and skips the others. It reports false if decodeValues is needed: for a value
// that the program could change in place.
func lookup(content, name string) (v any, settled bool) {
	if content == "" {
		return nil, true
	}
	d := decoder{in: content}
	if d.seek(name) {
		if !immutable(d.peek()) {
			return nil, false
		}
		v = d.value()
	}
	return v, !d.bad
}

// lookupString is lookup for a string; any other value is "".
func lookupString(content, name string) string {
	d := decoder{in: content}
	if content == "" || !d.seek(name) || d.byte() != tagString {
		return ""
	}
	return d.string()
}

// A decoder reads from a string, so that the strings in it can be cut out without a copy. After an error it stays bad, and
// everything further is zero. It counts its position instead of shortening the string, because storing a new string costs a
// write barrier at each step while the garbage collector runs.
type decoder struct {
	in    string
	at    int
	depth int
	bad   bool
}

func (d *decoder) fail()          { d.at, d.bad = len(d.in), true }
func (d *decoder) left() int      { return len(d.in) - d.at }
func (d *decoder) finished() bool { return !d.bad && d.left() == 0 }

func (d *decoder) value() any {
	switch tag := d.byte(); tag {
	case tagNil:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagNilBytes:
		return []byte(nil)
	case tagNilStrings:
		return []string(nil)
	case tagNilList:
		return []any(nil)
	case tagNilMap:
		return map[string]any(nil)
	case tagString:
		return d.string()
	case tagBytes:
		return []byte(d.string())
	case tagTime:
		return d.time()
	case tagStrings:
		return d.strings()
	case tagList:
		return d.list()
	case tagMap:
		return d.dict()
	case tagGob:
		return d.gob()
	default:
		return d.number(tag)
	}
}

func (d *decoder) number(tag byte) any {
	switch tag {
	case tagInt:
		return signed[int](d)
	case tagInt8:
		return signed[int8](d)
	case tagInt16:
		return signed[int16](d)
	case tagInt32:
		return signed[int32](d)
	case tagInt64:
		return signed[int64](d)
	case tagUint:
		return unsigned[uint](d)
	case tagUint8:
		return unsigned[uint8](d)
	case tagUint16:
		return unsigned[uint16](d)
	case tagUint32:
		return unsigned[uint32](d)
	case tagUint64:
		return unsigned[uint64](d)
	case tagUintptr:
		return unsigned[uintptr](d)
	case tagFloat32:
		return math.Float32frombits(binary.LittleEndian.Uint32(d.fixed(4)))
	case tagFloat64:
		return math.Float64frombits(binary.LittleEndian.Uint64(d.fixed(8)))
	}
	d.fail()
	return nil
}

// skip passes over one value without decoding it.
func (d *decoder) skip() {
	switch tag := d.byte(); {
	case tag <= tagNilMap:
	case tag >= tagInt && tag <= tagUintptr:
		d.uvarint()
	case tag == tagFloat32:
		d.take(4)
	case tag == tagFloat64:
		d.take(8)
	case tag >= tagString && tag <= tagGob:
		d.string()
	default:
		d.fail()
	}
}

// seek moves to the value under a string key, if there is one.
func (d *decoder) seek(name string) bool {
	for n := d.count(2); n > 0 && !d.bad; n-- {
		if d.isKey(name) {
			return true
		}
		d.skip()
	}
	return false
}

// isKey passes over a key and reports whether it is that string.
func (d *decoder) isKey(name string) bool {
	if d.peek() != tagString {
		d.skip()
		return false
	}
	d.byte()
	return d.string() == name
}

// key decodes a key. It is not known if its type is not registered any more.
func (d *decoder) key() (k any, known bool) {
	switch tag := d.peek(); {
	case immutable(tag):
		return d.value(), true
	case tag != tagGob:
		d.fail()
		return nil, false
	}
	k = d.value()
	if k != nil && !reflect.ValueOf(k).Comparable() {
		d.fail()
	}
	return k, k != nil
}

// peek is the next tag, or none.
func (d *decoder) peek() byte {
	if d.at >= len(d.in) {
		return tagNone
	}
	return d.in[d.at]
}

func (d *decoder) byte() byte {
	if d.at >= len(d.in) {
		d.fail()
		return 0
	}
	d.at++
	return d.in[d.at-1]
}

func (d *decoder) take(n uint64) string {
	if n > uint64(d.left()) {
		d.fail()
		return ""
	}
	start := d.at
	d.at += int(n)
	return d.in[start:d.at]
}

// fixed takes up to eight bytes, of which some may be missing at the end.
func (d *decoder) fixed(n uint64) []byte {
	var b [8]byte
	copy(b[:], d.take(n))
	return b[:]
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := d.byte()
		if shift == 63 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// count reads how many items follow, of at least size bytes each, so that no memory is allocated for more items than the input
// can hold.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(d.left()/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) string() string { return d.take(d.uvarint()) }

// signed and unsigned refuse a number that its type cannot hold: an int of a 64-bit server on a 32-bit one.
func signed[T int | int8 | int16 | int32 | int64](d *decoder) T {
	v := d.varint()
	if int64(T(v)) != v {
		d.fail()
	}
	return T(v)
}

func unsigned[T uint | uint8 | uint16 | uint32 | uint64 | uintptr](d *decoder) T {
	v := d.uvarint()
	if uint64(T(v)) != v {
		d.fail()
	}
	return T(v)
}

func (d *decoder) time() time.Time {
	var t time.Time
	if t.UnmarshalBinary([]byte(d.string())) != nil {
		d.fail()
	}
	return t
}

func (d *decoder) strings() []string {
	in := decoder{in: d.string()}
	list := make([]string, in.count(1))
	for i := range list {
		list[i] = in.string()
	}
	d.close(in)
	return list
}

func (d *decoder) list() []any {
	in := d.nested()
	list := make([]any, in.count(1))
	for i := range list {
		list[i] = in.value()
	}
	d.close(in)
	return list
}

func (d *decoder) dict() map[string]any {
	in := d.nested()
	n := in.count(2)
	values := make(map[string]any, n)
	for ; n > 0 && !in.bad; n-- {
		k := in.string()
		values[k] = in.value()
	}
	d.close(in)
	return values
}

// close takes over whether the inner decoder was bad.
func (d *decoder) close(in decoder) {
	if !in.finished() {
		d.fail()
	}
}

func (d *decoder) nested() decoder {
	in := decoder{in: d.string(), depth: d.depth + 1}
	if in.depth > maxDepth {
		in.fail()
	}
	return in
}

// gob decodes to nil if the program does not know the type any more: a renamed type costs the visitor that value, not the login.
func (d *decoder) gob() any {
	var v any
	if gob.NewDecoder(strings.NewReader(d.string())).Decode(&v) != nil {
		return nil
	}
	return v
}
