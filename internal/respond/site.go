package respond

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// IsCrossSite reports whether a browser posts the request from another site that is
// not trusted. Other hosts of this site pass, and so do clients that send neither
// Sec-Fetch-Site nor Origin: no browser of today is among them, and a program can
// claim any origin. The header Sec-Fetch-Site is the browser's own judgement and
// comes first: behind a proxy, Host may not be what the browser asked for.
func IsCrossSite(req *http.Request, forceHost string, trusted []string) bool {
	if isSafe(req.Method) {
		return false
	}
	origin := HeaderOf(req.Header, "Origin")
	if origin != "" && slices.Contains(trusted, origin) {
		return false
	}
	if site := HeaderOf(req.Header, "Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	if origin == "" {
		return false
	}
	from, err := url.Parse(origin)
	return err != nil || from.Host == "" || !strings.EqualFold(from.Host, req.Host) && !strings.EqualFold(from.Host, forceHost)
}

// isSafe reports whether a request with that method must not change anything (RFC
// 9110, 9.2.1).
func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}
