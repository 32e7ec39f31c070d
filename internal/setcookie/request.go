package setcookie

import (
	"maps"
	"net/http"
	"strings"
)

// Mentions reports whether a Cookie line of the request contains the name, be it as a part of
// another name or of a value. It does not allocate, which parsing the cookies does: most
// requests of strangers need no more than this answer.
func Mentions(req *http.Request, name string) bool {
	for _, line := range req.Header["Cookie"] {
		if strings.Contains(line, name) {
			return true
		}
	}
	return false
}

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
