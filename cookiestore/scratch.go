package cookiestore

import "sync"

// A scratch is the memory in which one cookie is read or written. Nothing that outlives the call may point into it.
type scratch struct {
	additional []byte
	text       []byte // the Set-Cookie line
	sealed     []byte
	plain      []byte
}

var scratches = sync.Pool{New: func() any {
	return &scratch{
		additional: make([]byte, 0, 128),
		text:       make([]byte, 0, maxCookie+256),
		sealed:     make([]byte, 0, maxCookie),
		plain:      make([]byte, 0, maxCookie),
	}
}}

func newScratch() *scratch { return scratches.Get().(*scratch) }

// free makes the memory available again, unless a session far too large for a cookie has inflated it.
func (s *scratch) free() {
	if cap(s.plain) <= 4*maxCookie {
		scratches.Put(s)
	}
}
