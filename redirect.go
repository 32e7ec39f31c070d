package ginlogin

import (
	"cmp"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
)

// NextURL returns where to go after a login: the "next" of the query, else of
// the posted form, else the one that a guard has stored in the session
// (LoginManager.UseSessionForNext); and fallback if there is none or if it leads
// away from this site. Absolute URLs are accepted to LoginManager.ForceHost only.
// On a copy of the context it returns fallback.
//
// Flask-Login leaves the check to the app; without it, a link to your own login
// page can lead to any other site.
func NextURL(c *gin.Context, fallback string, opts ...AskOption) string {
	v := asked(c, opts)
	if !v.Owns(c) {
		return fallback
	}
	posted := ""
	if !respond.IsRead(c.Request) {
		// The body of a GET means nothing, and parsing it may cost memory and disk.
		posted = c.PostForm(redirect.NextKey)
	}
	next := cmp.Or(c.Query(redirect.NextKey), posted, v.Next(c))
	if !redirect.IsSafe(next, settingsOf(v).ForceHost) {
		return fallback
	}
	return next
}

// LoginURL returns the URL of a login page with next in its query, for links and
// redirects of your own. A next of "" or of more than 1,024 bytes is left out. An
// absolute next loses scheme and host if the login page is on the same site. If view
// has no host, the URL gets LoginManager.ForceHost, if that is set. It is
// Flask-Login's login_url.
func LoginURL(c *gin.Context, view, next string, opts ...AskOption) string {
	return redirect.LoginURL(view, next, settingsOf(asked(c, opts)).ForceHost)
}

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
// Of the paths that browsers request, it refuses those that begin like
// "//evil.example" and those with encoded control characters or encoded dot
// segments; dot segments that are not encoded, such as "../account", are refused as
// well.
//
// A safe target stays on this site; it may still be a page that acts when visited,
// such as a logout by GET. [http.Redirect] cleans the path of a relative URL, so it
// cannot lead to a page whose path holds another URL ("/web/https://example.org/").
func IsSafeRedirect(target string, hosts ...string) bool { return redirect.IsSafe(target, hosts...) }
