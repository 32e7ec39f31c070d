package ginlogin

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// nextKey is where a stored next is in the session, as in Flask-Login.
const nextKey = "next"

// NextURL returns where to go after a login: the "next" of the query, else of
// the posted form, else the one that a guard has stored in the session
// (LoginManager.UseSessionForNext); and fallback if there is none or if it leads
// away from this site. Absolute URLs are accepted to LoginManager.ForceHost only.
//
// Flask-Login leaves the check to the app; without it, a link to your own login
// page can lead to any other site.
func NextURL(c *gin.Context, fallback string) string {
	r := resolverOf(c)
	posted := ""
	if !isRead(c.Request) {
		// The body of a GET means nothing, and parsing it may cost memory and disk.
		posted = c.PostForm(nextKey)
	}
	next := cmp.Or(c.Query(nextKey), posted, r.storedNext(c))
	if !IsSafeRedirect(next, r.m.ForceHost) {
		return fallback
	}
	return next
}

// storedNext returns the next that the session has, or had before a login.
func (r *resolver) storedNext(c *gin.Context) string {
	if !r.m.UseSessionForNext {
		return ""
	}
	if !r.begin(c) {
		return r.snapshot().next
	}
	r.vary()
	if r.answer.next != "" || !r.opened && !r.hasCookies() || r.openSession() != nil {
		return r.answer.next
	}
	return (&sessionData{r}).get(nextKey)
}

// takeNext takes the stored next out of the session.
func (r *resolver) takeNext(s *sessionData) {
	if !r.m.UseSessionForNext {
		return
	}
	if next := s.get(nextKey); next != "" {
		a := r.answer
		a.next = next
		r.publish(a)
		s.remove(nextKey)
	}
}

// LoginURL returns the URL of a login page with next in its query, for links and
// redirects of your own. next "" adds none; of one that is an absolute URL,
// scheme and host are left out if the page is on the same site. Without a host in
// view, the URL is to LoginManager.ForceHost if that is set. It is Flask-Login's
// login_url.
func LoginURL(c *gin.Context, view, next string) string {
	return resolverOf(c).m.loginURL(view, next)
}

func (m *manager) loginURL(view, next string) string {
	u, err := url.Parse(view)
	if err != nil {
		return view
	}
	if u.Host == "" {
		u.Host = m.ForceHost
	}
	if next != "" {
		query := u.Query()
		query.Set(nextKey, nextParam(view, next))
		u.RawQuery = query.Encode()
	}
	return u.String()
}

// nextParam shortens the URL of a page to what a login page needs to lead back.
func nextParam(view, next string) string {
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

// maxStoredNext is how long a next may be in the session, which may be a cookie.
const maxStoredNext = 1024

// storableNext returns what to keep in the session of the page that was asked
// for: nothing if that is too long, since the visitor decides how long it is.
func storableNext(view, next string) string {
	if next = nextParam(view, next); len(next) > maxStoredNext {
		return ""
	}
	return next
}

// here returns the URL of the page that was asked for, or "" if a link cannot
// ask for it again: a login page that led back to where a form was posted to
// would lead to an error.
func (r *resolver) here() string {
	req := r.c.Request
	if req.Header.Get("HX-Request") == "true" && req.Header.Get("HX-Boosted") != "true" {
		// What htmx asks for is a part of the page that the visitor sees.
		return r.htmxPage()
	}
	if !isRead(req) {
		return ""
	}
	return r.origin() + r.requestURI()
}

// htmxPage returns the page an htmx request comes from, if it is one of ours.
func (r *resolver) htmxPage() string {
	page, err := url.Parse(r.c.GetHeader("HX-Current-URL"))
	if err != nil || page.Host == "" || page.Host != r.c.Request.Host && page.Host != r.m.ForceHost {
		return ""
	}
	return r.origin() + page.RequestURI()
}

// origin returns scheme and host of this site. Without ForceHost these are what
// the client says, which only the client is sent to.
func (r *resolver) origin() string {
	scheme, host := "http://", r.m.ForceHost
	if isHTTPS(r.c.Request) {
		scheme = "https://"
	}
	if host == "" {
		host = r.c.Request.Host
	}
	return scheme + host
}

// requestURI is what the browser asked for, before a StripPrefix or a rewriting
// middleware.
func (r *resolver) requestURI() string {
	req := r.c.Request
	if strings.HasPrefix(req.RequestURI, "/") {
		return req.RequestURI
	}
	return req.URL.RequestURI()
}
