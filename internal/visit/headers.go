package visit

import "github.com/ginlogin/ginlogin/internal/respond"

// Vary tells caches that the response depends on the cookies.
func (v *Visit) Vary() {
	if !v.c.Writer.Written() {
		respond.Vary(v.c.Writer.Header())
	}
}

// Private keeps the response out of shared caches.
func (v *Visit) Private() {
	v.Vary()
	v.forbidStoring()
}

func (v *Visit) forbidStoring() {
	if v.m.CacheControl != nil && !v.c.Writer.Written() {
		respond.Private(v.c.Writer.Header(), v.m.CacheControl)
	}
}
