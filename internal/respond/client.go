// Package respond says how to answer a request: what kind of client it comes from, with which
// status to redirect it, and which headers keep the answer out of shared caches.
package respond

import (
	"net/http"
	"strings"
)

// A Client is a kind of client, as far as the answers to a refused request differ.
//
//	            answer                      body  message and next
//	Navigation  redirect to the login page  none  left
//	Frame       redirect to the login page  none  none
//	HTMX        401 with HX-Redirect        JSON  left
//	Program     401                         JSON  none
//
// Only a client that shows the login page next, with the page that the visitor wants behind
// it, leaves a message and a next. Otherwise the login page would show a message to a visitor
// who asked for nothing, and lead to an icon or to a stream of events.
type Client uint8

const (
	// Navigation is a page that the visitor wants to see.
	Navigation Client = iota
	// Frame is a page within a page: an iframe, or a frame of Turbo. The page around it chose
	// its URL, so it leaves nothing. It is redirected all the same, because whole apps live in
	// a frame of another site, and their visitors log in there.
	Frame
	// HTMX is a script that follows no redirect to another page, but the header HX-Redirect.
	// It then loads the login page in place of the page that the visitor sees. Hence it leaves
	// a message and a next, be it a boosted link or a part of the page.
	HTMX
	// Program cannot use a login page: scripts, the resources of a page, prefetches, and
	// programs.
	Program
)

// LeavesTrace reports whether a refusal leaves a message, and a next in the session or query.
func (c Client) LeavesTrace() bool { return c == Navigation || c == HTMX }

// ShowsPages reports whether the client is redirected to pages, and gets other refusals
// without a body, so that the app can render a page for their status.
func (c Client) ShowsPages() bool { return c == Navigation || c == Frame }

// ClientOf returns what kind of client sent the request. All that it reads can be sent by
// every program: the answer is a convenience and protects nothing.
func ClientOf(req *http.Request) Client {
	h := req.Header
	mode, dest := HeaderOf(h, "Sec-Fetch-Mode"), HeaderOf(h, "Sec-Fetch-Dest")
	switch {
	case isPrefetched(h):
		return Program
	case mode == "navigate" || mode == "" && dest != "":
		return navigating(h, dest)
	case isPreloaded(h):
		return Program
	case mode != "":
		return fetching(h)
	default:
		return unsaid(req.Method, h)
	}
}

// navigating returns the kind of a browser whose Sec-Fetch headers say that it navigates. Its
// other headers do not make it a program: a proxy may add a token to every request, and
// Android's WebView adds X-Requested-With.
func navigating(h http.Header, dest string) Client {
	ranks, named := wantsHTML(h["Accept"])
	if !ranks {
		return Program
	}
	switch dest {
	case "", "document":
		return Navigation
	case "iframe", "frame":
		return Frame
	case "empty":
		// A service worker that passes a navigation on names HTML. A link with the attribute
		// download does not: redirected, it would save the login page as the file.
		if named && !isPreloaded(h) {
			return navigationOrTurboFrame(h)
		}
	}
	// An embed or an object is a part of the page around it. On a 401 an object shows what
	// the page has in its place.
	return Program
}

// fetching returns the kind of a script, or of a resource of a page.
func fetching(h http.Header) Client {
	switch {
	case HeaderOf(h, "Hx-Request") == "true":
		return HTMX
	case isTurbo(h):
		return navigationOrTurboFrame(h)
	default:
		return Program
	}
}

// unsaid returns the kind of a client without Sec-Fetch headers: a browser on plain HTTP, an
// old browser, or a program. One sign of a program is enough; a WebSocket of Chromium has only
// Upgrade, and the player of Safari only the ID of its session.
func unsaid(method string, h http.Header) Client {
	if client := fetching(h); client != Program {
		return client
	}
	ranks, _ := wantsHTML(h["Accept"])
	if !ranks ||
		!isPagesMethod(method) ||
		HeaderOf(h, "Upgrade") != "" ||
		HeaderOf(h, "X-Playback-Session-Id") != "" ||
		!isBrowsersScheme(HeaderOf(h, "Authorization")) ||
		!isFormType(HeaderOf(h, "Content-Type")) ||
		isScripted(HeaderOf(h, "X-Requested-With")) {
		return Program
	}
	return Navigation
}

// isTurbo reports whether Turbo fetches a page because the visitor follows a link or sends a
// form. It follows the redirect, and shows the login page in place of the page. To a 401 that
// answers a form it would do nothing. Scripts that use Turbo's fetch add X-Requested-With, or
// want no HTML.
func isTurbo(h http.Header) bool {
	if HeaderOf(h, "X-Turbo-Request-Id") == "" || HeaderOf(h, "X-Requested-With") != "" {
		return false
	}
	ranks, named := wantsHTML(h["Accept"])
	return ranks && named
}

func navigationOrTurboFrame(h http.Header) Client {
	if HeaderOf(h, "Turbo-Frame") != "" {
		return Frame
	}
	return Navigation
}

// isPrefetched reports whether a browser fetches the page before the visitor asks for it. A
// 401 suits that best: the browser keeps neither a prefetched nor a prerendered page of such a
// status, and asks again when the visitor follows the link. A redirect would have it show the
// login page of a moment ago, even if the visitor has logged in since.
func isPrefetched(h http.Header) bool {
	return isPrefetch(HeaderOf(h, "Sec-Purpose")) ||
		isPrefetch(HeaderOf(h, "Purpose")) || // Safari, and Chromium of old
		isPrefetch(HeaderOf(h, "X-Purpose")) || // Safari of old, and the browser in Facebook's app
		isPrefetch(HeaderOf(h, "X-Moz")) // Firefox of old
}

// isPreloaded reports whether Turbo or htmx fetches the page before the visitor asks for it.
// Browsers forbid Sec-Purpose to scripts.
func isPreloaded(h http.Header) bool {
	return isPrefetch(HeaderOf(h, "X-Sec-Purpose")) || HeaderOf(h, "Hx-Preloaded") == "true"
}

// isPrefetch reports whether a purpose is "prefetch", "prefetch;prerender", "preview" or the
// like.
func isPrefetch(purpose string) bool {
	purpose, _, _ = strings.Cut(purpose, ";")
	return equalsAny(strings.TrimSpace(purpose), "prefetch", "prerender", "preview")
}

// isPagesMethod reports whether a link or a form can make a request of that method. Scripts
// make the others, and would mistake a redirect to the login page for a success.
func isPagesMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}

// isBrowsersScheme reports whether browsers send such an Authorization by themselves. All
// others, Bearer above all, are set by programs.
func isBrowsersScheme(authorization string) bool {
	scheme, _, _ := strings.Cut(authorization, " ")
	return equalsAny(scheme, "", "basic", "digest", "negotiate", "ntlm")
}

// isFormType reports whether a form can send a body of that type.
func isFormType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return equalsAny(strings.TrimSpace(media), "", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
}

// isScripted reports whether X-Requested-With names a script, mostly as XMLHttpRequest.
// Android's WebView names its app there, as in com.example.app, when it navigates.
func isScripted(requestedWith string) bool {
	return requestedWith != "" && !strings.Contains(requestedWith, ".")
}

// equalsAny reports whether s is one of words, in capitals or not. Unlike lower-casing s it
// does not allocate.
func equalsAny(s string, words ...string) bool {
	for _, word := range words {
		if strings.EqualFold(s, word) {
			return true
		}
	}
	return false
}
