package ginlogin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// LoginRequired returns a guard that lets only users pass who are logged in,
// authenticated and active.
//
// Others are sent to LoginManager.LoginView, with the page they asked for in the
// query's "next" (see [NextURL]) and LoginMessage flashed (see [Flashes]). Scripts
// get a 401 with a JSON body instead: those whose Accept ranks JSON above HTML, or
// whose Sec-Fetch-Mode is not a navigation. htmx gets a 401 with HX-Redirect.
// Without a LoginView everybody gets a 401. When the user cannot be loaded because
// the loader or the session store fails, LoginManager.ErrorHandler answers, or a
// 503. Refusals to browsers have no body, so that a middleware of yours can render
// a page for the status.
//
// OPTIONS requests are not exempt, because r.Any would run the handler for
// everybody: put CORS middleware before the guards.
func LoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).ofAnyAge("LoginRequired")
	return failClosed(func(c *gin.Context) { g.admit(c) })
}

// FreshLoginRequired returns a guard that is [LoginRequired] and also asks users
// whose login is not fresh for the password: they are sent to
// LoginManager.RefreshView, or get a 401, in the same way.
func FreshLoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts)
	return failClosed(func(c *gin.Context) {
		if r, _, ok := g.admit(c); ok && !r.freshWithin(orElse(g.freshFor, r.m.FreshFor)) {
			r.needsRefresh(c, g)
		}
	})
}

// UserPasses returns a guard that is [LoginRequired] and also answers 403 to users
// for whom test is false. It is Django's user_passes_test.
func UserPasses(test func(c *gin.Context, u User) bool, opts ...GuardOption) gin.HandlerFunc {
	if test == nil {
		panic("ginlogin: UserPasses: the test is nil")
	}
	g := newGuard(opts).ofAnyAge("UserPasses")
	return failClosed(func(c *gin.Context) {
		if _, u, ok := g.admit(c); ok && !test(c, u) {
			deny(c, http.StatusForbidden, "forbidden", g.noRedirect)
		}
	})
}

// failClosed makes a guard that panics abort the chain. A recovery handler that
// does not abort would have Gin go on with what the guard stands before.
func failClosed(check gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		answered := false
		defer func() {
			if !answered {
				c.Abort()
			}
		}()
		check(c)
		answered = true
	}
}

// AnonymousRequired returns a guard for pages that make no sense for users who
// are logged in, such as login and registration. It redirects them to redirect,
// and never to "next", which could lead back here; it panics if redirect is empty.
// Everybody else passes, also when the user cannot be loaded.
func AnonymousRequired(redirect string) gin.HandlerFunc {
	if redirect == "" {
		panic("ginlogin: AnonymousRequired: where shall users be redirected to?")
	}
	return func(c *gin.Context) {
		if !mayPass(CurrentUser(c)) {
			return
		}
		c.Abort()
		if !c.Writer.Written() {
			c.Redirect(redirectStatus(c.Request), redirect)
		}
	}
}

// Unauthorized answers a request whose user has to log in, as [LoginRequired]
// does, and aborts the chain. Return after calling it.
func Unauthorized(c *gin.Context, opts ...GuardOption) {
	g := newGuard(opts)
	g.resolver(c).unauthorized(c, g)
}

// NeedsRefresh answers a request whose user has to give the password again, as
// [FreshLoginRequired] does, and aborts the chain. Return after calling it.
func NeedsRefresh(c *gin.Context, opts ...GuardOption) {
	g := newGuard(opts)
	g.resolver(c).needsRefresh(c, g)
}

// GuardOption is a choice for one guard.
type GuardOption interface{ applyGuard(*guard) }

type guardOption func(*guard)

func (f guardOption) applyGuard(g *guard) { f(g) }

// LoginView sets the login view of one guard, as Flask-Login's
// blueprint_login_views do; with "" it answers 401.
func LoginView(view string) GuardOption {
	mustBeView("LoginView", view)
	return guardOption(func(g *guard) { g.loginView = &view })
}

// RefreshView sets the refresh view of one guard; with "" it answers 401.
func RefreshView(view string) GuardOption {
	mustBeView("RefreshView", view)
	return guardOption(func(g *guard) { g.refreshView = &view })
}

func mustBeView(option, view string) {
	if err := checkView(option, view); err != nil {
		panic("ginlogin: " + err.Error())
	}
}

// FreshFor sets LoginManager.FreshFor for one [FreshLoginRequired]; 0 is no limit.
// Other guards panic when they are given this option.
func FreshFor(d time.Duration) GuardOption {
	if d < 0 {
		panic("ginlogin: FreshFor: the duration is negative")
	}
	return guardOption(func(g *guard) { g.freshFor = &d })
}

// NoRedirect makes a guard answer 401 with a JSON body, as an API should, instead
// of redirecting.
func NoRedirect() GuardOption { return guardOption(func(g *guard) { g.noRedirect = true }) }

// For makes a guard ask lm for the user where the middlewares of several managers
// are nested. On a route without lm's middleware the guard panics at the first
// request: otherwise it would accept the login of another manager.
func For(lm *LoginManager) GuardOption {
	if lm == nil {
		panic("ginlogin: For: the manager is nil")
	}
	return guardOption(func(g *guard) { g.manager = lm })
}

type guard struct {
	loginView, refreshView *string
	freshFor               *time.Duration
	noRedirect             bool
	manager                *LoginManager
}

func newGuard(opts []GuardOption) *guard {
	g := &guard{}
	for _, opt := range opts {
		opt.applyGuard(g)
	}
	return g
}

// ofAnyAge refuses an option about freshness for a guard that does not ask for it:
// it would look as if it did.
func (g *guard) ofAnyAge(name string) *guard {
	if g.freshFor != nil {
		panic("ginlogin: FreshFor is an option of FreshLoginRequired, and " + name + " would ignore it: " +
			"put FreshLoginRequired(ginlogin.FreshFor(…)) on the route as well")
	}
	return g
}

// resolver returns the resolver of the guard's manager.
func (g *guard) resolver(c *gin.Context) *resolver {
	innermost := resolverOf(c)
	if g.manager == nil {
		return innermost
	}
	for r := innermost; r != nil; r = r.outer {
		if r.m.origin == g.manager {
			return r
		}
	}
	panic("ginlogin: a guard with For is on a route without the middleware of its manager: " +
		"add r.Use(lm.Middleware()) of that manager")
}

// admit returns the user if it may pass, and has refused the request otherwise.
func (g *guard) admit(c *gin.Context) (*resolver, User, bool) {
	r := g.resolver(c)
	if g.challenges(r.m) && r.surelyNobody(c) {
		r.vary()
		r.challenge(loginRequired, g.noRedirect)
		return r, nil, false
	}
	u, err := r.userOf(c)
	switch {
	case err != nil:
		r.fail(c, g, err)
	case !mayPass(u):
		r.unauthorized(c, g)
	default:
		return r, u, true
	}
	return r, nil, false
}

// challenges reports whether the guard answers nobody with nothing but a challenge.
func (g *guard) challenges(m *manager) bool {
	return m.UnauthorizedHandler == nil && (g.noRedirect || orElse(g.loginView, m.LoginView) == "")
}

// surelyNobody reports whether it is plain, without finding out who it is, that
// the user is nobody, and that no function of the app is to be asked or told.
func (r *resolver) surelyNobody(c *gin.Context) bool {
	m := r.m
	return m.RequestLoader == nil && m.AnonymousUser == nil && m.AuditLog == nil &&
		len(m.handlers[UserAccessed]) == 0 && len(m.handlers[UserUnauthorized]) == 0 &&
		r.owns(c) && r.resolution == nil && !r.mayBringLogin()
}

// fail answers a request whose user could not be loaded. Nobody is told to log
// in: the login is still good.
func (r *resolver) fail(c *gin.Context, g *guard, err error) {
	c.Abort()
	if r.m.ErrorHandler != nil {
		r.m.ErrorHandler(c, err)
		return
	}
	deny(c, http.StatusServiceUnavailable, "service unavailable", g.noRedirect)
}

const loginRequired = "login required"

func (r *resolver) unauthorized(c *gin.Context, g *guard) {
	r.refuse(c, g, refusal{
		event:    UserUnauthorized,
		handler:  r.m.UnauthorizedHandler,
		view:     orElse(g.loginView, r.m.LoginView),
		message:  r.m.LoginMessage,
		category: r.m.LoginMessageCategory,
		reason:   loginRequired,
	})
}

func (r *resolver) needsRefresh(c *gin.Context, g *guard) {
	r.refuse(c, g, refusal{
		event:    UserNeedsRefresh,
		handler:  r.m.NeedsRefreshHandler,
		view:     orElse(g.refreshView, r.m.RefreshView),
		message:  r.m.NeedsRefreshMessage,
		category: r.m.NeedsRefreshMessageCategory,
		reason:   "fresh login required",
	})
}

func orElse[T any](option *T, otherwise T) T {
	if option != nil {
		return *option
	}
	return otherwise
}

// A refusal is what the two ways to be refused differ in.
type refusal struct {
	event             Event
	handler           gin.HandlerFunc
	view              string
	message, category string
	reason            string
}

func (r *resolver) refuse(c *gin.Context, g *guard, why refusal) {
	c.Abort()
	if r.writable(c) != nil {
		return
	}
	r.vary()
	r.queueFor(why.event, nil, why.reason)
	r.fire()
	switch {
	case c.Writer.Written(): // a listener has answered
	case why.handler != nil:
		why.handler(c)
	case why.view == "" || g.noRedirect:
		r.challenge(why.reason, g.noRedirect)
	case c.GetHeader("HX-Request") == "true":
		c.Header("HX-Redirect", r.sendTo(why))
		r.challenge(why.reason, true)
	case isScript(c.Request):
		r.challenge(why.reason, true)
	case r.isAt(why.view):
		r.report(fmt.Errorf("ginlogin: a guard stands before the login page it redirects to, %s: "+
			"register that page outside of the guarded group", why.view))
		r.challenge(why.reason, false)
	default:
		c.Redirect(redirectStatus(c.Request), r.sendTo(why))
	}
}

// isAt reports whether the request is for the view, where a redirect to it would
// never end.
func (r *resolver) isAt(view string) bool {
	u, err := url.Parse(view)
	path, _, _ := strings.Cut(r.requestURI(), "?")
	here := r.m.ForceHost == "" || r.m.UseSessionForNext || strings.EqualFold(r.m.ForceHost, r.c.Request.Host)
	return err == nil && isRead(r.c.Request) && here && u.Host == "" && u.EscapedPath() == path
}

// All responses share these lines, as they share Gin's content types.
var sessionScheme, bearerScheme = []string{"Session"}, []string{"Bearer"}

// challenge answers 401. RFC 9110 wants a scheme named; "Basic" would open a
// browser's own dialog.
func (r *resolver) challenge(reason string, forScript bool) {
	scheme := sessionScheme
	if r.m.RequestLoader != nil {
		scheme = bearerScheme
	}
	r.c.Writer.Header()["Www-Authenticate"] = scheme
	deny(r.c, http.StatusUnauthorized, reason, forScript)
}

// deny ends a request, for a script with a JSON body, for a browser with none.
func deny(c *gin.Context, status int, reason string, forScript bool) {
	c.Abort()
	switch {
	case c.Writer.Written(): // somebody has answered already
	case forScript || isScript(c.Request):
		c.JSON(status, gin.H{"error": reason})
	default:
		c.Status(status)
	}
}

// sendTo flashes why and returns where to send the visitor. That the flash
// cannot be saved is no reason not to.
func (r *resolver) sendTo(why refusal) string {
	var message *Flash
	if why.message != "" {
		text := why.message
		if r.m.Localize != nil {
			text = r.m.Localize(r.c, text)
		}
		message = newFlash(why.category, text)
	}
	next := r.here()
	stored := ""
	if r.m.UseSessionForNext {
		stored = storableNext(why.view, next)
	}
	if !cookiesWithheld(r.c.Request) {
		if err := r.flash(message, stored); err != nil {
			r.report(err)
		}
	}
	if r.m.UseSessionForNext {
		// On another host there would be another session: ForceHost is not for
		// this redirect.
		return why.view
	}
	return r.m.loginURL(why.view, next)
}

// cookiesWithheld reports whether a browser sends the request for another site,
// without the SameSite cookies of ours. The visitor may well have a session, and
// a message saved into a new one would take its place: a form on any site could
// log the visitor out.
func cookiesWithheld(req *http.Request) bool {
	if isRead(req) {
		return false
	}
	if site := req.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "cross-site"
	}
	origin := req.Header.Get("Origin")
	from, err := url.Parse(origin)
	return origin != "" && (err != nil || from.Host != req.Host)
}

// redirectStatus never is a permanent one, which browsers would remember. 303
// makes a GET of whatever was sent; 302 is Flask-Login's answer to a GET.
func redirectStatus(req *http.Request) int {
	if isRead(req) {
		return http.StatusFound
	}
	return http.StatusSeeOther
}

// isRead reports whether the request can be made again by following a link.
func isRead(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Method == http.MethodHead
}
