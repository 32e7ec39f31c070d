// Package respond says how to answer a request: what kind of client it comes from, with which
// status to redirect it, and which headers keep the answer out of shared caches.
package respond

import (
	"net/http"
	"strings"
)

// A Client is a kind of program that sends requests, as far as answers to it differ.
type Client uint8

const (
	// Browser shows what it gets. It is redirected to pages.
	Browser Client = iota
	// Script cannot use an HTML page. It gets a status with a JSON body.
	Script
	// HTMX is a script of a page. It follows no redirect to another page, but the header
	// HX-Redirect.
	HTMX
)

// ClientOf returns what kind of client sent the request. A client that cannot be told apart
// is a browser.
func ClientOf(req *http.Request) Client {
	switch {
	case HeaderOf(req.Header, "Hx-Request") == "true":
		// It comes first, because fetch, which htmx uses, looks like any other script.
		return HTMX
	case IsScript(req):
		return Script
	default:
		return Browser
	}
}

// IsScript reports whether the client can do nothing with HTML: it says that it is not
// navigating, or prefers JSON. htmx may be such a client or not, depending on the browser.
func IsScript(req *http.Request) bool {
	if mode := HeaderOf(req.Header, "Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return true
	}
	return prefersJSON(req.Header["Accept"])
}

func prefersJSON(accept []string) bool {
	if len(accept) > 0 && strings.HasPrefix(accept[0], "text/html,") {
		return false // All browsers begin like this, and no preference is above it.
	}
	html, json := acceptable(accept)
	return json.above(html)
}
