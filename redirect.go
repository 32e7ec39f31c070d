package ginlogin

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsSafeRedirect reports whether a redirect to target keeps the visitor on this
// site. Check every target that a visitor can choose, such as the "next"
// parameter. Otherwise phishers can use your site: their link leads to the real
// login page, and from there to a forged one ("wrong password, please try again").
//
// Safe are relative URLs ("/account?tab=2", "account", "?page=2") and the http,
// https and scheme-relative URLs ("//shop.example/cart") of one of hosts. A host
// must match as a whole, regardless of case: "shop.example" allows neither
// "www.shop.example" nor "shop.example:8443". Give an internationalised host in
// its ASCII form ("xn--…"). An empty entry in hosts allows nothing.
//
// In doubt the answer is no: for the empty string, and for everything that a
// browser, [http.Redirect] or a router could turn into another host along the way.
// Hardly any path that a browser requests is refused for this, only those that
// begin like "//evil.example"; paths with dot segments, such as "../account", are.
//
// A safe target stays on this site; it may still be a page that acts when visited,
// such as a logout by GET.
func IsSafeRedirect(target string, hosts ...string) bool {
	// Browsers drop white space at the ends, and tabs and line breaks anywhere,
	// before they look for a host: to them "/\t/evil.example" is
	// "//evil.example". No honest URL needs any of it.
	if target == "" || target != strings.TrimSpace(target) || !utf8.ValidString(target) || hasControl(target) {
		return false
	}

	// url.Parse is of no help here: it sees no host in "/\evil.example", and in
	// "//evil%E3%80%82example" one that it has already decoded. What counts is
	// the text that the browser gets, so the text is what is compared.
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
		return false // "javascript:alert(1)", or "http:evil.example", which need not have slashes to name a host
	}

	// The query is cut off at the first "?" only, as http.Redirect does: it
	// cleans a fragment as if it were path, and so makes "/\evil.example" of
	// "#/../\evil.example".
	path, _, _ := strings.Cut(rest, "?")
	return isSafePath(path)
}

// isSafePath reports whether path, put behind a host, cannot come to mean
// another one.
func isSafePath(path string) bool {
	// To a browser "\" is "/".
	if strings.Contains(path, `\`) {
		return false
	}
	// The server sees the path decoded, and Gin sends it back so when it mends
	// a trailing slash: asked for "/%2Fevil.example", a site with the route
	// "/:shop/:page/" redirects to "//evil.example/".
	decoded, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil || hasControl(decoded) {
		return false
	}
	segments := strings.Split(strings.ReplaceAll(decoded, `\`, "/"), "/")
	if segments[0] == "" && len(segments) > 1 {
		return false
	}
	// Dot segments bring what follows to the front: "/a/..//evil.example" in a
	// browser, and "./https:/evil.example" in http.Redirect behind
	// http.StripPrefix. The paths that browsers ask for have none: they are
	// resolved before.
	return !slices.Contains(segments, ".") && !slices.Contains(segments, "..")
}

// sameHost reports whether host, as a visitor wrote it, is the allowed one.
// Only ASCII is compared without regard to case, for beyond it Go and browsers
// differ: strings.EqualFold holds the two Greek small sigmas equal, which are
// two letters in a domain name, and strings.ToLower makes "i" of "İ".
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
