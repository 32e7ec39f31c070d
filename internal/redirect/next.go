package redirect

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ginlogin/ginlogin/internal/respond"
)

// NextKey names the page to return to after a login, as in Flask-Login: in the query or form
// of a login page, and in the session.
const NextKey = "next"

// MaxNext is how long a next may be, in bytes. The visitor decides how long a URL is: a longer
// one could fill the session, which may be a cookie of 4,096 bytes, and makes a Location that
// proxies refuse.
const MaxNext = 1024

// NextParam shortens the URL of a page to what the login page at view needs to lead back: to
// path and query if both are on the same site. A URL without scheme or host counts as on the
// same site. Credentials and fragment are then left out, too. It returns "" if more than
// MaxNext is left: half of a URL would lead to another page.
func NextParam(view, next string) string {
	if next = relativeTo(view, next); len(next) > MaxNext {
		return ""
	}
	return next
}

func relativeTo(view, next string) string {
	v, err := url.Parse(view)
	n, err2 := url.Parse(next)
	if err != nil || err2 != nil {
		return next
	}
	sameScheme := v.Scheme == "" || n.Scheme == "" || v.Scheme == n.Scheme
	sameHost := v.Host == "" || n.Host == "" || v.Host == n.Host
	if !sameScheme || !sameHost {
		return next
	}
	n.Scheme, n.Host, n.User, n.Fragment = "", "", nil, ""
	return n.String()
}

// Here returns the URL of the page that the visitor is to return to after a login, or "" if
// there is none. Usually it is the URL of the request. A posted form is no such page: a login
// page that led back to it would lead to an error.
func Here(req *http.Request, forceHost string) string {
	switch {
	case isPart(req):
		return htmxPage(req, forceHost)
	case !respond.IsRead(req):
		return ""
	default:
		return Origin(req, forceHost) + RequestURI(req)
	}
}

// isPart reports whether htmx requests a part of the page that the visitor sees. A boosted
// link or form stands for a whole page.
func isPart(req *http.Request) bool {
	return respond.HeaderOf(req.Header, "Hx-Request") == "true" && respond.HeaderOf(req.Header, "Hx-Boosted") != "true"
}

// htmxPage returns the page that an htmx request comes from, or "" if it is not one of ours.
func htmxPage(req *http.Request, forceHost string) string {
	page, err := url.Parse(respond.HeaderOf(req.Header, "Hx-Current-Url"))
	if err != nil || page.Host == "" || page.Host != req.Host && page.Host != forceHost {
		return ""
	}
	return Origin(req, forceHost) + page.RequestURI()
}

// Origin returns scheme and host of this site. Without forceHost they are those that the
// client claims, and no other client may be sent there.
func Origin(req *http.Request, forceHost string) string {
	scheme, host := "http://", forceHost
	if respond.IsHTTPS(req) {
		scheme = "https://"
	}
	if host == "" {
		host = req.Host
	}
	return scheme + host
}

// RequestURI returns path and query as the browser requested them, before http.StripPrefix or
// a middleware that rewrites the URL.
func RequestURI(req *http.Request) string {
	if strings.HasPrefix(req.RequestURI, "/") {
		return req.RequestURI
	}
	return req.URL.RequestURI()
}
