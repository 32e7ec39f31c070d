package ginlogin

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// vary tells caches that the response depends on the cookies.
func (r *resolver) vary() {
	header := r.c.Writer.Header()
	lines := header["Vary"]
	if r.c.Writer.Written() || slices.ContainsFunc(lines, namesCookie) {
		return
	}
	if lines == nil {
		header["Vary"] = varyCookie
		return
	}
	header["Vary"] = append(lines, "Cookie")
}

// varyCookie is in the headers of all responses, as Gin's content types are: who
// adds to it gets a slice of his own.
var varyCookie = []string{"Cookie"}

func namesCookie(vary string) bool {
	for field := range strings.SplitSeq(vary, ",") {
		if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, "Cookie") {
			return true
		}
	}
	return false
}

// markPrivate keeps the response out of shared caches.
func (r *resolver) markPrivate() {
	r.vary()
	r.forbidStoring()
}

func (r *resolver) forbidStoring() {
	header := r.c.Writer.Header()
	if r.m.CacheControl != "" && !r.c.Writer.Written() && headerOf(header, "Cache-Control") == "" {
		header["Cache-Control"] = r.m.cacheControl
	}
}

// headerOf is Header.Get for a key in its canonical form.
func headerOf(h http.Header, key string) string {
	if lines := h[key]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// dropCookies takes back the Set-Cookie lines of that name.
func dropCookies(h http.Header, name string) {
	setCookies(h, slices.DeleteFunc(h["Set-Cookie"], func(line string) bool { return setsCookie(line, name) }))
}

// lastCookieOnly drops all Set-Cookie lines of that name but the last: what a
// browser does with two is not worth finding out.
func lastCookieOnly(h http.Header, name string) {
	var last string
	for _, line := range h["Set-Cookie"] {
		if setsCookie(line, name) {
			last = line
		}
	}
	if last != "" {
		dropCookies(h, name)
		h.Add("Set-Cookie", last)
	}
}

func setsCookie(line, name string) bool { return strings.HasPrefix(line, name+"=") }

func setCookies(h http.Header, lines []string) {
	if len(lines) == 0 {
		h.Del("Set-Cookie")
		return
	}
	h["Set-Cookie"] = lines
}

// isHTTPS reports whether the browser speaks HTTPS, to this server or to a proxy
// that says so. Nothing that protects anybody may depend on it.
func isHTTPS(req *http.Request) bool {
	browser, _, _ := strings.Cut(req.Header.Get("X-Forwarded-Proto"), ",")
	return req.TLS != nil || strings.EqualFold(strings.TrimSpace(browser), "https")
}

// warnPlainHTTP warns once when a Secure cookie goes where a browser will not
// keep it. Browsers make an exception for their own machine.
func (r *resolver) warnPlainHTTP(secure bool, setting string) {
	req := r.c.Request
	if !secure || isHTTPS(req) {
		return
	}
	if isLocal(r.c.RemoteIP()) || isLocal(hostname(req.Host)) {
		return
	}
	r.m.plainHTTP.Do(func() {
		r.m.logger().Warn("ginlogin: a Secure cookie is set over plain HTTP, where browsers drop it: "+
			"serve HTTPS (a proxy in front should send X-Forwarded-Proto), or for development turn Secure off "+
			"in the session store's Options and in LoginManager.Remember",
			"setting", setting, "host", req.Host)
	})
}

// isLocal reports whether a browser takes the host for its own machine.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// hostname returns a host without its port.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// warnNoPath warns once of a session that a browser keeps for the folder of the page
// that set it: the user would be logged in there, and asked to log in elsewhere.
func (r *resolver) warnNoPath(path string) {
	if path != "" {
		return
	}
	r.m.noPath.Do(func() {
		r.m.logger().Warn("ginlogin: the session cookie has no Path, so that browsers send it to no other folder than that of the "+
			"page which set it: give the session store's Options a Path of \"/\", or use ginlogin.SessionOptions()",
			"set by", r.c.Request.URL.Path)
	})
}
