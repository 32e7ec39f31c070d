// Package redirect says where a visitor may be sent: which targets stay on this site, the URL
// of a login page, and the page to return to after the login ("next").
package redirect

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsSafe reports whether a redirect to target keeps the visitor on this site. Check every
// target that a visitor can choose, such as the "next" parameter. Otherwise phishers can use
// your site: their link leads to the real login page, and from there to a forged one ("wrong
// password, please try again").
//
// Safe are relative URLs ("/account?tab=2", "account", "?page=2") and the http, https and
// scheme-relative URLs ("//shop.example/cart") of one of hosts. A host must match as a whole,
// regardless of case: "shop.example" allows neither "www.shop.example" nor
// "shop.example:8443". Give an internationalised host in its ASCII form ("xn--…"). An empty
// entry in hosts allows nothing.
//
// In doubt the answer is no: for the empty string, and for every target that a browser,
// [http.Redirect] or a router could turn into another host along the way. Browsers request few
// paths that are refused for this: paths that begin like "//evil.example", encoded or not;
// paths with an encoded control character ("/a%0Ab"); paths with a dot segment once they are
// decoded ("/a%2F..%2Fb"); and paths with a percent sign that encodes nothing ("/100%").
// Relative targets with dot segments, such as "../account", are refused, too.
//
// A safe target stays on this site. It may still be a page that acts when it is visited, such
// as a logout by GET.
func IsSafe(target string, hosts ...string) bool {
	// Browsers drop white space at the ends, and tabs and line breaks anywhere, before they
	// look for a host: to them "/\t/evil.example" is "//evil.example". No honest URL needs any
	// of it.
	if target == "" || target != strings.TrimSpace(target) || !utf8.ValidString(target) || hasControl(target) {
		return false
	}

	// url.Parse is no help here: it sees no host in "/\evil.example", and in
	// "//evil%E3%80%82example" one that it has already decoded. The browser gets the text, so
	// the text is compared.
	rest := target
	if scheme, after, _ := strings.Cut(target, ":"); isHTTP(scheme) && strings.HasPrefix(after, "//") {
		rest = after
	}
	if authority, absolute := strings.CutPrefix(rest, "//"); absolute {
		var host string
		host, rest = splitBefore(authority, "/?#")
		if !slices.ContainsFunc(hosts, func(allowed string) bool { return sameHost(host, allowed) }) {
			return false
		}
	} else if segment, _ := splitBefore(rest, "/?#"); strings.Contains(segment, ":") {
		return false // "javascript:alert(1)", or "http:evil.example", which needs no slashes to name a host
	}

	// The query is cut off at the first "?" only, as http.Redirect does: it cleans a fragment
	// as if it were a path, and so makes "/\evil.example" of "#/../\evil.example".
	path, _, _ := strings.Cut(rest, "?")
	return isSafePath(path)
}

// isSafePath reports whether path, put behind a host, cannot come to mean another one.
func isSafePath(path string) bool {
	// To a browser "\" is "/".
	if strings.Contains(path, `\`) {
		return false
	}
	// The server sees the path decoded, and Gin sends it back so when it mends a trailing
	// slash: asked for "/%2Fevil.example", a site with the route "/:shop/:page/" redirects to
	// "//evil.example/".
	decoded, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil || hasControl(decoded) {
		return false
	}
	segments := strings.Split(strings.ReplaceAll(decoded, `\`, "/"), "/")
	if segments[0] == "" && len(segments) > 1 {
		return false
	}
	// Dot segments bring what follows to the front: "/a/..//evil.example" in a browser, and
	// "./https:/evil.example" in http.Redirect behind http.StripPrefix. Browsers resolve dot
	// segments before they request a path, unless a slash beside them is encoded.
	return !slices.Contains(segments, ".") && !slices.Contains(segments, "..")
}

// sameHost reports whether host, as a visitor wrote it, is the allowed one. Only ASCII is
// compared without regard to case, because beyond it Go and browsers differ: strings.EqualFold
// holds the two Greek small sigmas equal, which are two letters in a domain name, and
// strings.ToLower makes "i" of "İ".
func sameHost(host, allowed string) bool {
	isASCII := !strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII })
	return host != "" && isASCII && strings.EqualFold(host, allowed)
}

func isHTTP(scheme string) bool {
	scheme = strings.ToLower(scheme)
	return scheme == "http" || scheme == "https"
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, unicode.IsControl)
}

// splitBefore splits s before the first of chars.
func splitBefore(s, chars string) (before, rest string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
