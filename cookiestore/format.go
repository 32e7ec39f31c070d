package cookiestore

// The content of a session, before it is sealed:
//
//	issue time | lifetime | number of entries | key value key value …
//
// The first three are unsigned varints: seconds since 1970, seconds (0: the lifetime of the store), a count. Keys and values are
// a tag and what the tag says. A tag is the Go type, so that a value comes back with the type it went in with. Browsers have
// cookies with these numbers, so they never get another meaning: another layout takes another version in label.
const (
	// Alone.
	tagNil byte = iota
	tagFalse
	tagTrue
	tagNilBytes
	tagNilStrings
	tagNilList
	tagNilMap
)

const (
	// Followed by a varint, zigzag if signed.
	tagInt byte = iota + 16
	tagInt8
	tagInt16
	tagInt32
	tagInt64
	tagUint
	tagUint8
	tagUint16
	tagUint32
	tagUint64
	tagUintptr
)

const (
	// Followed by the bits, little endian.
	tagFloat32 byte = iota + 32
	tagFloat64
)

const (
	// Followed by a length, an unsigned varint, and as many bytes; so a value that is not asked for is skipped unread.
	tagString  byte = iota + 48
	tagBytes        // []byte
	tagTime         // time.Time's binary form: wall clock and zone offset, no monotonic reading
	tagStrings      // []string: count, then length and bytes of each
	tagList         // []any: count, then the values
	tagMap          // map[string]any: count, then length and bytes of each key, and its value
	tagGob          // anything else: a gob stream of one interface value
)

const tagNone byte = 255 // is never written

// maxDepth bounds how deep lists and maps may be nested: a map that contains itself is an error, not a crash.
const maxDepth = 32

// immutable reports whether a value of that tag can be decoded anew for every Get. The program may change a slice or a map and
// save the session, so every Get must return the same one.
func immutable(tag byte) bool {
	return tag <= tagTrue || tag >= tagInt && tag <= tagFloat64 || tag == tagString || tag == tagTime
}
