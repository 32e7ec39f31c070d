package redirect

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ginlogin/ginlogin/internal/respond"
)

// CheckView returns an error, which names the view and says what to use instead, unless view is
// a path, an http(s) URL with a host, or empty. A view is the developer's and not the
// visitor's, so any site is allowed. A relative path is not: it would lead to another page from
// each folder.
func CheckView(view string) error {
	if view == "" {
		return nil
	}
	u, err := url.Parse(view)
	if err != nil || !strings.HasPrefix(view, "/") && !(u.Host != "" && isHTTP(u.Scheme)) {
		return fmt.Errorf("%q: use a path that begins with / or an absolute http(s) URL", view)
	}
	return nil
}

// LoginURL returns the URL of a login page with next in its query, as NextParam shortens it. An
// empty next adds none. Without a host in view the
// URL is on forceHost, if that is set; the host of another site's login page is left alone.
func LoginURL(view, next, forceHost string) string {
	u, err := url.Parse(view)
	if err != nil {
		return view
	}
	if u.Host == "" {
		u.Host = forceHost
	}
	if next = NextParam(view, next); next != "" {
		query := u.Query()
		query.Set(NextKey, next)
		u.RawQuery = query.Encode()
	}
	return u.String()
}

// IsAt reports whether the request is for the view, so that a redirect to it would never end.
// Give the forceHost of the redirect: "" if the view is redirected to as it is. If the request
// has a route, a trailing slash makes no difference: Gin redirects from the path without a
// route to the path with one.
func IsAt(req *http.Request, view, forceHost string, hasRoute bool) bool {
	if !respond.IsRead(req) {
		return false // the redirect turns it into a GET, which may be open
	}
	path, own := pathOf(req, view)
	isForced := forceHost != "" && strings.HasPrefix(view, "/") && !strings.HasPrefix(view, "//")
	if isForced && !strings.EqualFold(forceHost, req.Host) {
		return false
	}
	here := requestPath(req)
	if hasRoute {
		path, here = strings.TrimSuffix(path, "/"), strings.TrimSuffix(here, "/")
	}
	return own && path == here
}

// IsView reports whether the request is for the path of view, by any method.
func IsView(req *http.Request, view string) bool {
	path, own := pathOf(req, view)
	return own && path == requestPath(req)
}

// pathOf returns the path of a view, and whether the view is on the host of the request.
func pathOf(req *http.Request, view string) (path string, own bool) {
	u, err := url.Parse(view)
	if err != nil || view == "" {
		return "", false
	}
	return u.EscapedPath(), u.Host == "" || strings.EqualFold(u.Host, req.Host)
}

func requestPath(req *http.Request) string {
	path, _, _ := strings.Cut(RequestURI(req), "?")
	return path
}

// IsFrom reports whether a page at view has made the request, as far as its Referer tells.
func IsFrom(req *http.Request, view string) bool {
	u, err := url.Parse(view)
	from, err2 := url.Parse(respond.HeaderOf(req.Header, "Referer"))
	return err == nil && err2 == nil && from.Host != "" && from.Host == req.Host && from.EscapedPath() == u.EscapedPath()
}
