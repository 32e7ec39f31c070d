package cookiestore

import (
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/respond"
)

// A responseWriter adds Vary to the headers when they are sent, if the session was read. The read itself must not add it: a
// goroutine that read the session while the handler sets headers would crash the program (concurrent map writes).
type responseWriter struct {
	gin.ResponseWriter
	sessionRead atomic.Bool
}

func (w *responseWriter) vary() {
	if w.sessionRead.Load() && !w.Written() {
		respond.Vary(w.Header())
	}
}

func (w *responseWriter) WriteHeaderNow() {
	w.vary()
	w.ResponseWriter.WriteHeaderNow()
}

func (w *responseWriter) Write(data []byte) (int, error) {
	w.vary()
	return w.ResponseWriter.Write(data)
}

func (w *responseWriter) WriteString(s string) (int, error) {
	w.vary()
	return w.ResponseWriter.WriteString(s)
}

func (w *responseWriter) Flush() {
	w.vary()
	w.ResponseWriter.Flush()
}

// Unwrap lets http.ResponseController find the methods of the server's own writer.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// privateOnly is in the headers of all responses, so that no response allocates its own.
var privateOnly = []string{"private, no-store"}

// forbidStoring keeps a response that sets the session's cookie out of caches. The app's own Cache-Control stays.
func forbidStoring(h http.Header) {
	respond.Vary(h)
	respond.Private(h, privateOnly)
}
