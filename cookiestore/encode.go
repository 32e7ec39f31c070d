package cookiestore

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// appendValues appends the entries of a session: their number, then keys and values.
func appendValues(dst []byte, values map[any]any) ([]byte, error) {
	e := encoder{out: binary.AppendUvarint(dst, uint64(len(values)))}
	for k, v := range values {
		if err := e.entry(k, v); err != nil {
			return dst, err
		}
	}
	return e.out, nil
}

type encoder struct {
	out   []byte
	depth int
}

func (e *encoder) entry(k, v any) error {
	if err := e.value(k); err != nil {
		return fmt.Errorf("cookiestore: the session key %s cannot be stored: %w", keyName(k), err)
	}
	if err := e.value(v); err != nil {
		return fmt.Errorf("cookiestore: the session value of %s cannot be stored: %w", keyName(k), err)
	}
	return nil
}

func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.tag(tagNil)
	case bool:
		e.bool(v)
	case string:
		e.tag(tagString)
		e.string(v)
	case time.Time:
		return e.time(v)
	case []byte:
		e.bytes(v)
	case []string:
		e.strings(v)
	case []any:
		return e.list(v)
	case map[string]any:
		return e.dict(v)
	default:
		if !e.number(v) {
			return e.gob(v)
		}
	}
	return nil
}

// number encodes v if it is a number, and reports whether it is.
func (e *encoder) number(v any) bool {
	switch v := v.(type) {
	case int:
		e.signed(tagInt, int64(v))
	case int8:
		e.signed(tagInt8, int64(v))
	case int16:
		e.signed(tagInt16, int64(v))
	case int32:
		e.signed(tagInt32, int64(v))
	case int64:
		e.signed(tagInt64, v)
	case uint:
		e.unsigned(tagUint, uint64(v))
	case uint8:
		e.unsigned(tagUint8, uint64(v))
	case uint16:
		e.unsigned(tagUint16, uint64(v))
	case uint32:
		e.unsigned(tagUint32, uint64(v))
	case uint64:
		e.unsigned(tagUint64, v)
	case uintptr:
		e.unsigned(tagUintptr, uint64(v))
	case float32:
		e.tag(tagFloat32)
		e.out = binary.LittleEndian.AppendUint32(e.out, math.Float32bits(v))
	case float64:
		e.tag(tagFloat64)
		e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(v))
	default:
		return false
	}
	return true
}

func (e *encoder) tag(t byte)      { e.out = append(e.out, t) }
func (e *encoder) count(n int)     { e.out = binary.AppendUvarint(e.out, uint64(n)) }
func (e *encoder) string(s string) { e.count(len(s)); e.out = append(e.out, s...) }

func (e *encoder) signed(t byte, v int64)    { e.tag(t); e.out = binary.AppendVarint(e.out, v) }
func (e *encoder) unsigned(t byte, v uint64) { e.tag(t); e.out = binary.AppendUvarint(e.out, v) }

func (e *encoder) bool(v bool) {
	if v {
		e.tag(tagTrue)
	} else {
		e.tag(tagFalse)
	}
}

func (e *encoder) bytes(v []byte) {
	if v == nil {
		e.tag(tagNilBytes)
		return
	}
	e.tag(tagBytes)
	e.count(len(v))
	e.out = append(e.out, v...)
}

func (e *encoder) time(v time.Time) error {
	start := e.begin(tagTime)
	out, err := v.AppendBinary(e.out)
	if err != nil {
		return err
	}
	e.out = out
	e.end(start)
	return nil
}

func (e *encoder) strings(v []string) {
	if v == nil {
		e.tag(tagNilStrings)
		return
	}
	start := e.begin(tagStrings)
	e.count(len(v))
	for _, s := range v {
		e.string(s)
	}
	e.end(start)
}

func (e *encoder) list(v []any) error {
	if v == nil {
		e.tag(tagNilList)
		return nil
	}
	return e.nested(tagList, len(v), func() error {
		for _, item := range v {
			if err := e.value(item); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *encoder) dict(v map[string]any) error {
	if v == nil {
		e.tag(tagNilMap)
		return nil
	}
	return e.nested(tagMap, len(v), func() error {
		for k, item := range v {
			e.string(k)
			if err := e.value(item); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *encoder) nested(tag byte, count int, items func() error) error {
	if e.depth == maxDepth {
		return fmt.Errorf("it is nested more than %d deep: keep it flat, and free of cycles", maxDepth)
	}
	e.depth++
	start := e.begin(tag)
	e.count(count)
	if err := items(); err != nil {
		return err
	}
	e.end(start)
	e.depth--
	return nil
}

// gob encodes what has no tag of its own. The stream repeats the description of the type in every cookie: that is what a gob
// costs, and why the usual types do without.
func (e *encoder) gob(v any) error {
	var stream bytes.Buffer
	if err := gob.NewEncoder(&stream).Encode(&v); err != nil {
		return fmt.Errorf("%w: store a simpler type than %T, or pass a value of it to gob.Register at start-up", err, v)
	}
	e.tag(tagGob)
	e.count(stream.Len())
	e.out = append(e.out, stream.Bytes()...)
	return nil
}

// begin writes a tag whose length is not known yet; end inserts the length before what was written since.
func (e *encoder) begin(tag byte) (start int) {
	e.tag(tag)
	return len(e.out)
}

func (e *encoder) end(start int) {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(e.out)-start))
	e.out = slices.Insert(e.out, start, length[:n]...)
}

// keyName names a session key in an error: text and numbers as they are, anything else by its type.
func keyName(k any) string {
	switch k := k.(type) {
	case string:
		if len(k) > 64 {
			return strconv.Quote(k[:64]) + "…"
		}
		return strconv.Quote(k)
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(k)
	}
	return fmt.Sprintf("of type %T", k)
}
