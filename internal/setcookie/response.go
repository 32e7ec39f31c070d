// Package setcookie edits the Set-Cookie lines of a response and reads the Cookie lines of a
// request. Sessions and remember cookies may be set more than once while a request is
// handled; a response must still set each cookie once, because browsers disagree about which
// of two lines counts.
package setcookie

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// MaxSize is how many bytes browsers keep of a cookie. A longer one is dropped silently.
const MaxSize = 4096

const setCookie = "Set-Cookie"

// Sent returns what the response sets the cookie of that name to, or nil. The last line that
// parses counts, as in a browser.
func Sent(h http.Header, name string) *http.Cookie {
	for _, line := range slices.Backward(h[setCookie]) {
		if sets(line, name) {
			if cookie, err := http.ParseSetCookie(line); err == nil {
				return cookie
			}
		}
	}
	return nil
}

// lastOf returns the last line of that name, or "".
func lastOf(h http.Header, name string) string {
	for _, line := range slices.Backward(h[setCookie]) {
		if sets(line, name) {
			return line
		}
	}
	return ""
}

// Set sets a cookie in place of one of the same name. A cookie that is not valid is left out.
func Set(h http.Header, c *http.Cookie) {
	Drop(h, c.Name)
	if line := c.String(); line != "" {
		h.Add(setCookie, line)
	}
}

// Drop removes the Set-Cookie lines of that name. Other cookies stay.
func Drop(h http.Header, name string) {
	Restore(h, slices.DeleteFunc(h[setCookie], func(line string) bool { return sets(line, name) }))
}

// KeepLast removes all Set-Cookie lines of that name but the last. Session stores add a line
// with every save.
func KeepLast(h http.Header, name string) {
	if last := lastOf(h, name); last != "" {
		Drop(h, name)
		h.Add(setCookie, last)
	}
}

// Lines returns a copy of the Set-Cookie lines, for [Restore]. It has to be a copy, because
// [Drop] edits the lines in place.
func Lines(h http.Header) []string { return slices.Clone(h[setCookie]) }

// Restore makes lines the Set-Cookie lines of the response. Without lines the header is
// removed.
func Restore(h http.Header, lines []string) {
	if len(lines) == 0 {
		delete(h, setCookie)
		return
	}
	h[setCookie] = lines
}

// sets reports whether a Set-Cookie line is for the cookie of that name. The white space that
// a hand-written line may have around the name is not part of it, as in a browser.
func sets(line, name string) bool {
	before, _, found := strings.Cut(line, "=")
	return found && textproto.TrimString(before) == name
}
