package ginlogin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// LoginRequired returns a guard that lets only users pass who are logged in,
// authenticated and active.
//
// Others are sent to LoginManager.LoginView, with the page they asked for in the
// query's "next" (see [NextURL]) and LoginMessage flashed (see [Flashes]). Scripts
// get a 401 with a JSON body instead: those whose Accept ranks JSON above HTML, or
// whose Sec-Fetch-Mode is not a navigation. htmx gets a 401 with HX-Redirect.
// Without a LoginView all get a 401. When the user cannot be loaded because
// the loader or the session store fails, LoginManager.ErrorHandler answers, or a
// 503. Refusals to browsers have no body, so that a middleware of yours can render
// a page for the status.
//
// OPTIONS requests are not exempt, because r.Any would run the handler for
// every visitor: put CORS middleware before the guards.
func LoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).ofAnyAge("LoginRequired").withoutOtherwise("LoginRequired")
	return failClosed(func(c *gin.Context) { g.admit(c) })
}

// FreshLoginRequired returns a guard that is [LoginRequired] and also asks users
// whose login is not fresh for the password: they are sent to
// LoginManager.RefreshView, or get a 401, in the same way.
func FreshLoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).withoutOtherwise("FreshLoginRequired")
	return failClosed(func(c *gin.Context) {
		if v, _, ok := g.admit(c); ok && !v.FreshWithin(orElse(g.freshFor, settingsOf(v).FreshFor)) {
			g.needsRefresh(c, v)
		}
	})
}

// UserPasses returns a guard that is [LoginRequired] and also answers 403 to users
// for whom test is false, or redirects them with [Otherwise]. A method of your user
// type fits: UserPasses((*Account).IsAdmin). It is Django's user_passes_test.
//
// A user of another type than U never passes; the first is logged.
func UserPasses[U User](test func(u U) bool, opts ...GuardOption) gin.HandlerFunc {
	if test == nil {
		panic("ginlogin: UserPasses: the test is nil")
	}
	return passing("UserPasses", func(_ *gin.Context, u U) (bool, error) { return test(u), nil }, opts)
}

// RequestPasses is [UserPasses] for tests that need the request: whether the user is
// a member of the tenant in the path, or what a policy engine says. A test that
// returns an error is an outage: LoginManager.ErrorHandler answers, or a 503.
func RequestPasses[U User](test func(c *gin.Context, u U) (bool, error), opts ...GuardOption) gin.HandlerFunc {
	if test == nil {
		panic("ginlogin: RequestPasses: the test is nil")
	}
	return passing("RequestPasses", test, opts)
}

func passing[U User](name string, test func(c *gin.Context, u U) (bool, error), opts []GuardOption) gin.HandlerFunc {
	g := newGuard(opts).ofAnyAge(name)
	return failClosed(func(c *gin.Context) {
		v, u, ok := g.admit(c)
		if !ok {
			return
		}
		typed, ok := u.(U)
		if !ok {
			settingsOf(v).warnOfType(name, u, typed)
			g.forbid(c, v)
			return
		}
		switch passes, err := test(c, typed); {
		case err != nil:
			v.Report(fmt.Errorf("ginlogin: %s: %w", name, err))
			fail(c, v, err, g.noRedirect)
		case !passes:
			g.forbid(c, v)
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
// All others pass, also when the user cannot be loaded.
func AnonymousRequired(redirect string, opts ...GuardOption) gin.HandlerFunc {
	if redirect == "" {
		panic("ginlogin: AnonymousRequired: the path to redirect users to is empty")
	}
	g := newGuard(opts).ofAnyAge("AnonymousRequired").withoutOtherwise("AnonymousRequired")
	return func(c *gin.Context) {
		u, _ := g.visit(c).User(c)
		if !visit.MayPass(u) {
			return
		}
		if g.noRedirect {
			deny(c, http.StatusForbidden, "already logged in", true)
			return
		}
		redirectTo(c, redirect)
	}
}

// redirectTo aborts the chain and redirects, unless the response has begun.
func redirectTo(c *gin.Context, url string) {
	c.Abort()
	if !c.Writer.Written() {
		c.Redirect(respond.RedirectStatus(c.Request), url)
	}
}

// Unauthorized answers a request whose user has to log in, as [LoginRequired]
// does, and aborts the chain. Return after calling it.
func Unauthorized(c *gin.Context, opts ...GuardOption) {
	g := newGuard(opts)
	g.unauthorized(c, g.visit(c))
}

// NeedsRefresh answers a request whose user has to give the password again, as
// [FreshLoginRequired] does, and aborts the chain. Return after calling it.
func NeedsRefresh(c *gin.Context, opts ...GuardOption) {
	g := newGuard(opts)
	g.needsRefresh(c, g.visit(c))
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
	if err := redirect.CheckView(view); err != nil {
		panic("ginlogin: " + option + " " + err.Error())
	}
}

// Otherwise makes [UserPasses] or [RequestPasses] redirect browsers to view instead
// of answering 403. Other guards panic when they are given this option.
func Otherwise(view string) GuardOption {
	if view == "" {
		panic("ginlogin: Otherwise: the view is empty")
	}
	mustBeView("Otherwise", view)
	return guardOption(func(g *guard) { g.otherwise = view })
}

// FreshFor sets LoginManager.FreshFor for one [FreshLoginRequired]; 0 is no limit.
// Other guards panic when they are given this option.
func FreshFor(d time.Duration) GuardOption {
	if d < 0 {
		panic("ginlogin: FreshFor: the duration is negative")
	}
	return guardOption(func(g *guard) { g.freshFor = &d })
}

// NoRedirect makes a guard answer with a status and a JSON body, as an API should,
// instead of redirecting.
func NoRedirect() GuardOption { return guardOption(func(g *guard) { g.noRedirect = true }) }

type guard struct {
	scope
	loginView, refreshView *string
	otherwise              string
	freshFor               *time.Duration
	noRedirect             bool
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

// withoutOtherwise refuses an option for a guard that has no test to fail.
func (g *guard) withoutOtherwise(name string) *guard {
	if g.otherwise != "" {
		panic("ginlogin: Otherwise is an option of UserPasses and RequestPasses, and " + name + " would ignore it: " +
			"use LoginView or RefreshView")
	}
	return g
}

// admit returns the user if it may pass, and has refused the request otherwise.
func (g *guard) admit(c *gin.Context) (*visit.Visit, User, bool) {
	v := g.visit(c)
	u, err := v.User(c)
	switch {
	case err != nil:
		fail(c, v, err, g.noRedirect)
	case !visit.MayPass(u):
		g.unauthorized(c, v)
	default:
		return v, u, true
	}
	return v, nil, false
}

// fail answers an outage. It must not look like a logout, and no user may be let
// in: the login is still good.
func fail(c *gin.Context, v *visit.Visit, err error, forScript bool) {
	c.Abort()
	if handle := settingsOf(v).ErrorHandler; handle != nil {
		handle(c, err)
		return
	}
	deny(c, http.StatusServiceUnavailable, "service unavailable", forScript)
}

const loginRequired = "login required"

func (g *guard) unauthorized(c *gin.Context, v *visit.Visit) {
	m := settingsOf(v)
	g.refuse(c, v, refusal{
		event:    visit.UserUnauthorized,
		handler:  m.UnauthorizedHandler,
		view:     orElse(g.loginView, m.LoginView),
		message:  m.LoginMessage,
		category: m.LoginMessageCategory,
		reason:   loginRequired,
	})
}

func (g *guard) needsRefresh(c *gin.Context, v *visit.Visit) {
	m := settingsOf(v)
	g.refuse(c, v, refusal{
		event:    visit.UserNeedsRefresh,
		handler:  m.NeedsRefreshHandler,
		view:     orElse(g.refreshView, m.RefreshView),
		message:  m.NeedsRefreshMessage,
		category: m.NeedsRefreshMessageCategory,
		reason:   "fresh login required",
	})
}

// forbid answers a user who may not pass here, and whom no login would help.
func (g *guard) forbid(c *gin.Context, v *visit.Visit) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Private()
	v.Happened(visit.UserForbidden, "forbidden")
	if g.otherwise != "" && !g.noRedirect && respond.ClientOf(c.Request) == respond.Browser {
		redirectTo(c, g.otherwise)
		return
	}
	deny(c, http.StatusForbidden, "forbidden", g.noRedirect)
}

func orElse[T any](option *T, otherwise T) T {
	if option != nil {
		return *option
	}
	return otherwise
}

// A refusal is what the two ways to be refused differ in.
type refusal struct {
	event             visit.Event
	handler           gin.HandlerFunc
	view              string
	message, category string
	reason            string
}

func (g *guard) refuse(c *gin.Context, v *visit.Visit, why refusal) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Vary()
	v.Happened(why.event, why.reason)
	m := settingsOf(v)
	client := respond.ClientOf(c.Request)
	switch {
	case c.Writer.Written(): // an event's handler has answered
	case why.handler != nil:
		why.handler(c)
	case why.view == "" || g.noRedirect:
		m.challenge(c, why.reason, g.noRedirect)
	case client == respond.HTMX:
		c.Header("HX-Redirect", sendTo(c, v, why))
		m.challenge(c, why.reason, true)
	case client == respond.Script:
		m.challenge(c, why.reason, true)
	case redirect.IsAt(c.Request, why.view, m.redirectHost()):
		v.Report(fmt.Errorf("ginlogin: a guard stands before the login page it redirects to, %s: "+
			"register that page outside of the guarded group", why.view))
		m.challenge(c, why.reason, false)
	default:
		c.Redirect(respond.RedirectStatus(c.Request), sendTo(c, v, why))
	}
}

// redirectHost returns the host of redirects to login pages. A next in the session
// is in another session on another host, so then ForceHost is not for redirects.
func (m *settings) redirectHost() string {
	if m.UseSessionForNext {
		return ""
	}
	return m.ForceHost
}

// All responses share these lines, as they share Gin's content types.
var sessionScheme, bearerScheme = []string{"Session"}, []string{"Bearer"}

// challenge answers 401. RFC 9110 wants a scheme named; "Basic" would open a
// browser's own dialog.
func (m *settings) challenge(c *gin.Context, reason string, forScript bool) {
	scheme := sessionScheme
	if m.RequestLoader != nil {
		scheme = bearerScheme
	}
	c.Writer.Header()["Www-Authenticate"] = scheme
	deny(c, http.StatusUnauthorized, reason, forScript)
}

// deny ends a request, for a script with a JSON body, for a browser with none.
func deny(c *gin.Context, status int, reason string, forScript bool) {
	c.Abort()
	switch {
	case c.Writer.Written(): // there is an answer already
	case forScript || respond.IsScript(c.Request):
		c.JSON(status, gin.H{"error": reason})
	default:
		c.Status(status)
	}
}

// sendTo flashes why and returns where to send the visitor. A flash that cannot be
// saved is no reason not to.
func sendTo(c *gin.Context, v *visit.Visit, why refusal) string {
	m := settingsOf(v)
	var message *visit.Flash
	if why.message != "" {
		text := why.message
		if m.Localize != nil {
			text = m.Localize(c, text)
		}
		message = visit.NewFlash(why.category, text)
	}
	next := redirect.Here(c.Request, m.ForceHost)
	stored := ""
	if m.UseSessionForNext {
		stored = redirect.StorableNext(why.view, next)
	}
	if !respond.CookiesWithheld(c.Request) {
		if err := v.Leave(message, stored); err != nil {
			v.Report(err)
		}
	}
	if m.UseSessionForNext {
		return why.view
	}
	return redirect.LoginURL(why.view, next, m.ForceHost)
}
