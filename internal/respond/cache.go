package respond

import (
	"net/http"
	"slices"
	"strings"
)

// varyCookie is in the headers of all responses, so that no response allocates its own. Its
// capacity is its length: an append by other code copies it.
var varyCookie = []string{"Cookie"}

// Vary tells caches that the response depends on the cookies of the request. A response that
// says so already stays as it is.
func Vary(h http.Header) {
	lines := h["Vary"]
	switch {
	case slices.ContainsFunc(lines, namesCookie):
	case lines == nil:
		h["Vary"] = varyCookie
	default:
		h["Vary"] = append(lines, "Cookie")
	}
}

func namesCookie(vary string) bool {
	if vary == "Cookie" { // as Vary writes it
		return true
	}
	for field := range strings.SplitSeq(vary, ",") {
		if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, "Cookie") {
			return true
		}
	}
	return false
}

// Private sets Cache-Control to line, which responses may share, so that shared caches do not
// keep a response to one user. A Cache-Control that the app has set stays. A line that is
// empty sets nothing.
func Private(h http.Header, line []string) {
	if len(line) > 0 && line[0] != "" && HeaderOf(h, "Cache-Control") == "" {
		h["Cache-Control"] = line
	}
}

// HeaderOf returns the first value of a header, or "". The key has to be in its canonical
// form ("Hx-Request"): unlike Header.Get it is looked up as it is, which is faster.
func HeaderOf(h http.Header, key string) string {
	if lines := h[key]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}
