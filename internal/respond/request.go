package respond

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// IsRead reports whether a link can make the request again: it is a GET or a HEAD.
func IsRead(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}

// RedirectStatus returns the status that redirects the request to a page. It is never a
// permanent one, which browsers would remember beyond the login. 303 turns every method into
// a GET; 302 is Flask-Login's answer to a GET.
func RedirectStatus(req *http.Request) int {
	if IsRead(req) {
		return http.StatusFound
	}
	return http.StatusSeeOther
}

// CookiesWithheld reports whether a browser sends the request from another site, and so
// without our SameSite cookies. The visitor may still have a session. A response that saved a
// message would begin a new session in its place: a form on any site could log the visitor
// out.
//
// Without Sec-Fetch-Site and Origin the client withholds nothing: browsers send at least one of
// them with such a request, programs need neither.
func CookiesWithheld(req *http.Request) bool {
	if IsRead(req) {
		return false
	}
	if site := HeaderOf(req.Header, "Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	origin := HeaderOf(req.Header, "Origin")
	from, err := url.Parse(origin)
	return origin != "" && (err != nil || from.Host != req.Host)
}

// IsHTTPS reports whether the browser uses HTTPS, to this server or to a proxy that says so.
// Every client can claim it in a header: no protection may depend on it.
func IsHTTPS(req *http.Request) bool {
	proto, _, _ := strings.Cut(HeaderOf(req.Header, "X-Forwarded-Proto"), ",") // the browser's, of several proxies'
	return req.TLS != nil || strings.EqualFold(strings.TrimSpace(proto), "https")
}

// IsLocal reports whether a host, without its port, is the browser's own machine, to which
// browsers send Secure cookies over plain HTTP. The empty host of a Unix socket is.
func IsLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Hostname returns a host without its port, and an IPv6 address without its brackets.
func Hostname(host string) string { return (&url.URL{Host: host}).Hostname() }
