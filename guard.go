package ginlogin

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// LoginRequired returns a guard that lets only users pass who are logged in,
// authenticated and active. It goes before handlers: called in one, it guards nothing.
//
// A visitor who opens a page is sent to LoginManager.LoginView, with that page in
// the query's "next" (see [NextURL]) and LoginMessage flashed (see [Flashes]). htmx
// gets a 401 with HX-Redirect, which does the same. An iframe, or a frame of Turbo,
// is sent there without next and message.
//
// All other clients get a 401 with a JSON body, and leave neither next nor message:
// scripts, images, icons, downloads, EventSource and WebSocket, pages that are
// prefetched, and programs. Browsers tell by Sec-Fetch-Mode, Sec-Fetch-Dest and
// Sec-Purpose. A client that sends none of these is a program if its Accept ranks
// another type above HTML, or if it sends another method than GET, HEAD and POST, a
// token in Authorization, a JSON body, X-Requested-With or Upgrade. A key in a header of
// your own is no sign: give such routes [NoRedirect]. Without a LoginView visitors get a
// 401, too.
//
// When the user cannot be loaded because the loader or the session store fails,
// LoginManager.ErrorHandler answers, or a 503. Visitors get a 401, 403 or 503 without
// a body, so that a middleware of yours can render a page for the status. No refusal
// is kept by a cache, unless you set a Cache-Control of your own.
//
// OPTIONS requests are not exempt, because r.Any would run the handler for
// every visitor: put CORS middleware before the guards.
func LoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).takes("LoginRequired", "LoginView")
	return failClosed(func(c *gin.Context) { g.admit(c) })
}

// FreshLoginRequired returns a guard that is [LoginRequired] and also asks users
// whose login is not fresh for the password: they are sent to
// LoginManager.RefreshView, or get a 401, in the same way; for scripts it names RFC
// 9470's insufficient_user_authentication and the max_age in seconds. With [Via] the
// credentials given last have to be of these methods; the guard then needs a
// [RefreshView] of its own. Users who act as another one get a 403.
func FreshLoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).takes("FreshLoginRequired", "LoginView", "RefreshView", "FreshFor", "Via")
	if g.methods != nil && orElse(g.refreshView, "") == "" && !g.noRedirect {
		panic("ginlogin: FreshLoginRequired: Via needs a RefreshView of its own that asks for the method: the page that asks for the password would be asked for again and again")
	}
	return failClosed(func(c *gin.Context) {
		v, _, ok := g.admit(c)
		switch {
		case !ok:
		case v.Acting(c): // a redirect to the password's page would come back here
			v.Forbid(c, "", g.noRedirect)
		case !v.FreshWithin(g.freshness(v)) || !v.ConfirmedBy(g.methods):
			g.needsRefresh(c, v)
		}
	})
}

func (g *guard) freshness(v *visit.Visit) time.Duration {
	return orElse(g.freshFor, settingsOf(v).FreshFor)
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
	g := newGuard(opts).takes(name, "LoginView", "Otherwise")
	return failClosed(func(c *gin.Context) {
		v, u, ok := g.admit(c)
		if !ok {
			return
		}
		typed, ok := u.(U)
		if !ok {
			settingsOf(v).warnOfType(name, u, typed)
			v.Forbid(c, g.otherwise, g.noRedirect)
			return
		}
		switch passes, err := test(c, typed); {
		case err != nil:
			v.Report(fmt.Errorf("ginlogin: %s: %w", name, err))
			v.Fail(c, err, g.noRedirect)
		case !passes:
			v.Forbid(c, g.otherwise, g.noRedirect)
		}
	})
}

// LoginNotRequired opens the routes that have it among their handlers, or whose group
// has, where LoginManager.LoginRequired closes all:
//
//	r.GET("/about", ginlogin.LoginNotRequired(), about)
//
// It counts for managers whose middleware stands before it, so that an open group does
// not open the closed area of another manager within it.
func LoginNotRequired() gin.HandlerFunc { return loginNotRequired }

func loginNotRequired(*gin.Context) {}

var closedGuard = LoginRequired()

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
// and never to "next", which could lead back here; it panics unless redirect is a path that
// begins with / or an absolute URL.
// All others pass, also when the user cannot be loaded.
func AnonymousRequired(redirect string, opts ...GuardOption) gin.HandlerFunc {
	mustLead("AnonymousRequired", redirect)
	g := newGuard(opts).takes("AnonymousRequired")
	return func(c *gin.Context) {
		v := g.visit(c)
		if u, _ := v.User(c); !visit.MayPass(u) || v.Loops(c, "AnonymousRequired", redirect, settingsOf(v).RefreshView) {
			return
		}
		if g.noRedirect {
			visit.Deny(c, http.StatusForbidden, "already logged in", true)
			return
		}
		visit.RedirectTo(c, redirect)
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

// GuardOption is a choice for one guard. A guard panics when it is made with one that
// it would ignore.
type GuardOption interface{ applyGuard(*guard) }

type guardOption struct {
	name  string
	apply func(*guard)
}

func (o guardOption) applyGuard(g *guard) {
	o.apply(g)
	g.given = append(g.given, o.name)
}

// LoginView sets the login view of one guard, as Flask-Login's
// blueprint_login_views do; with "" it answers 401.
func LoginView(view string) GuardOption {
	mustBeView("LoginView", view)
	return guardOption{"LoginView", func(g *guard) { g.loginView = &view }}
}

// RefreshView sets the refresh view of one [FreshLoginRequired]; with "" it answers
// 401.
func RefreshView(view string) GuardOption {
	mustBeView("RefreshView", view)
	return guardOption{"RefreshView", func(g *guard) { g.refreshView = &view }}
}

func mustBeView(option, view string) {
	if err := redirect.CheckView(view); err != nil {
		panic("ginlogin: " + option + " " + err.Error())
	}
}

// mustLead is mustBeView for what is never left empty.
func mustLead(option, view string) {
	if view == "" {
		panic("ginlogin: " + option + ": the path to redirect to is empty")
	}
	mustBeView(option, view)
}

// Otherwise makes [UserPasses] or [RequestPasses] redirect browsers to view instead
// of answering 403.
func Otherwise(view string) GuardOption {
	mustLead("Otherwise", view)
	return guardOption{"Otherwise", func(g *guard) { g.otherwise = view }}
}

// FreshFor sets LoginManager.FreshFor for one [FreshLoginRequired]; 0 is no limit.
func FreshFor(d time.Duration) GuardOption {
	if d < 0 {
		panic("ginlogin: FreshFor: the duration is negative")
	}
	return guardOption{"FreshFor", func(g *guard) { g.freshFor = &d }}
}

// NoRedirect makes a guard answer with a status and a JSON body, as an API should,
// instead of redirecting.
func NoRedirect() GuardOption {
	return guardOption{"NoRedirect", func(g *guard) { g.noRedirect = true }}
}

type guard struct {
	scope
	loginView, refreshView *string
	otherwise              string
	freshFor               *time.Duration
	methods                []string
	noRedirect             bool
	given                  []string // the names of its options
}

func newGuard(opts []GuardOption) *guard {
	g := &guard{}
	for _, opt := range opts {
		opt.applyGuard(g)
	}
	return g
}

// takenBy tells of options that not every guard takes which guards do.
var takenBy = map[string]string{
	"LoginView":   "the guards that send visitors to log in",
	"RefreshView": "FreshLoginRequired, which may stand on the route as well",
	"FreshFor":    "FreshLoginRequired, which may stand on the route as well",
	"Via":         "FreshLoginRequired, which may stand on the route as well",
	"Otherwise":   "UserPasses and RequestPasses",
}

// takes refuses all options but these: a route with FreshFor, say, would look as if
// it asked for the password.
func (g *guard) takes(guard string, options ...string) *guard {
	for _, option := range g.given {
		if guards, some := takenBy[option]; some && !slices.Contains(options, option) {
			panic("ginlogin: " + guard + " would ignore the option " + option + ": it is for " + guards)
		}
	}
	return g
}

// admit returns the user if it may pass, and has refused the request otherwise.
func (g *guard) admit(c *gin.Context) (*visit.Visit, User, bool) {
	v := g.visit(c)
	u, err := v.User(c)
	switch {
	case err != nil:
		v.Fail(c, err, g.noRedirect)
	case !visit.MayPass(u):
		g.unauthorized(c, v)
	default:
		return v, u, true
	}
	return v, nil, false
}

func (g *guard) unauthorized(c *gin.Context, v *visit.Visit) {
	m := settingsOf(v)
	v.Refuse(c, visit.Refusal{
		Event:    visit.UserUnauthorized,
		Handler:  m.UnauthorizedHandler,
		View:     orElse(g.loginView, m.LoginView),
		Message:  m.LoginMessage,
		Category: m.LoginMessageCategory,
		Reason:   "login required",
		Bare:     g.noRedirect,
	})
}

func (g *guard) needsRefresh(c *gin.Context, v *visit.Visit) {
	m := settingsOf(v)
	v.Refuse(c, visit.Refusal{
		Event:    visit.UserNeedsRefresh,
		Handler:  m.NeedsRefreshHandler,
		View:     orElse(g.refreshView, m.RefreshView),
		Message:  m.NeedsRefreshMessage,
		Category: m.NeedsRefreshMessageCategory,
		Reason:   "fresh login required",
		Bare:     g.noRedirect,
		StepUp:   true,
		MaxAge:   g.freshness(v),
	})
}

func orElse[T any](option *T, otherwise T) T {
	if option != nil {
		return *option
	}
	return otherwise
}
