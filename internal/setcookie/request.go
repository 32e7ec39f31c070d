package setcookie

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// Mentions reports whether a Cookie line of the request contains the name, be it as a part of
// another name or of a value. It does not allocate, which parsing the cookies does: most
// requests of strangers need no more than this answer.
func Mentions(req *http.Request, name string) bool { return mentioned(req.Header["Cookie"], name) }

// Brought reports whether the request has a cookie of that name, whatever its value means.
func Brought(req *http.Request, name string) bool {
	if !Mentions(req, name) {
		return false
	}
	_, err := req.Cookie(name)
	return err == nil
}

// With returns a copy of req that has the cookie c and no other, or none if c is nil. Of c,
// name and value count.
func With(req *http.Request, c *http.Cookie) *http.Request {
	with := *req
	with.Header = maps.Clone(req.Header)
	delete(with.Header, "Cookie")
	if c != nil {
		with.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
	}
	return &with
}

// AsSent returns req as a browser would send it that has already received the cookie of that
// name from the response with header h. The copy has no other cookie. If the response does not
// set the cookie, it is req itself.
//
// Session stores look for the session by the cookie of the request. After a first save that
// cookie is outdated, and a second save would go to the wrong session.
func AsSent(req *http.Request, h http.Header, name string) *http.Request {
	sent := Sent(h, name)
	if sent == nil {
		return req
	}
	return With(req, sent)
}

// Named returns those of the request's first cookies of that name, most at the most, that differ
// in their values. A value that comes twice is one cookie, which a client or a proxy has doubled.
func Named(req *http.Request, name string, most int) []*http.Cookie {
	came := req.CookiesNamed(name)
	named := came[:0]
	for _, cookie := range came[:min(len(came), most)] {
		if !slices.ContainsFunc(named, func(c *http.Cookie) bool { return c.Value == cookie.Value }) {
			named = append(named, cookie)
		}
	}
	return named
}

// maxPairs is how many cookies of a request Several and Repeats look at: there may be thousands.
const maxPairs = 100

// Several reports whether the request has more than one cookie of that name. It does not
// allocate.
func Several(req *http.Request, name string) bool {
	lines, alike := req.Header["Cookie"], 0
	for _, line := range lines {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";") // faster than to look for the name in long values
			if strings.HasPrefix(textproto.TrimString(pair), name) {
				alike++
			}
		}
	}
	return alike > 1 && twice(lines, name)
}

// Repeats reports whether the request has two cookies of one name, whatever name. It does not
// allocate.
func Repeats(req *http.Request) bool {
	lines, looked := req.Header["Cookie"], 0
	for i, rest := range lines {
		for rest != "" && looked < maxPairs {
			var pair string
			pair, rest, _ = strings.Cut(rest, ";")
			name := nameOf(pair)
			looked++
			if name != "" && (strings.Contains(rest, name) || mentioned(lines[i+1:], name)) && twice(lines, name) {
				return true
			}
		}
	}
	return false
}

// twice reports whether the lines have two cookies of the name.
func twice(lines []string, name string) bool {
	looked, found := 0, 0
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			if nameOf(pair) == name {
				found++
			}
			if looked++; found == 2 || looked == maxPairs {
				return found == 2
			}
		}
	}
	return false
}

// nameOf returns the name of the cookie in a pair, as net/http finds it.
func nameOf(pair string) string {
	name, _, _ := strings.Cut(textproto.TrimString(pair), "=")
	return textproto.TrimString(name)
}

func mentioned(lines []string, name string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, name) })
}
