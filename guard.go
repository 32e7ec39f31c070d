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
// authenticated and active. Register it before the handler: called inside a handler it
// guards nothing.
//
// A visitor who opens a page is sent to LoginManager.LoginView, with that page in the
// query's "next" (see [NextURL]) and LoginMessage flashed (see [Flashes]). htmx gets a
// 401 with HX-Redirect, which does the same. An iframe or a Turbo frame is redirected,
// too, but without "next" and message.
//
// All other clients get a 401 with a JSON body, without "next" and message: scripts,
// images, icons, downloads, EventSource and WebSocket, pages that are prefetched, and
// programs. Browsers say what they fetch in Sec-Fetch-Mode, Sec-Fetch-Dest and
// Sec-Purpose. A client that sends none of these counts as a program if its Accept ranks
// another type above HTML, or if it sends another method than GET, HEAD and POST, a
// token in Authorization, a JSON body, X-Requested-With or Upgrade. A key in a header of
// your own is not recognised: give such routes [NoRedirect]. Without a LoginView
// visitors get a 401, too.
//
// When the user cannot be loaded because the loader or the session store fails,
// LoginManager.ErrorHandler answers, by default with 503. Visitors get a 401, 403 or 503
// without a body, so that your own middleware can render a page for the status. Caches
// store no refusal, unless you set your own Cache-Control.
//
// OPTIONS requests are not exempt, because r.Any would run the handler for
// every visitor: put CORS middleware before the guards.
func LoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).takes("LoginRequired", "LoginView")
	return failClosed(func(c *gin.Context) { g.admit(c) })
}

// FreshLoginRequired returns a guard that is [LoginRequired] and also asks users with a
// stale login for the password: in the same way they are sent to
// LoginManager.RefreshView or get a 401, which names RFC 9470's
// insufficient_user_authentication and the max_age in seconds. With [Via] the
// credentials given last must be of these methods; the guard then needs its own
// [RefreshView]. Users who act as another one get a 403.
func FreshLoginRequired(opts ...GuardOption) gin.HandlerFunc {
	g := newGuard(opts).takes("FreshLoginRequired", "LoginView", "RefreshView", "FreshFor", "Via")
	if g.methods != nil && orElse(g.refreshView, "") == "" && !g.noRedirect {
		panic("ginlogin: FreshLoginRequired: Via needs the option RefreshView, a page that asks for the method: LoginManager.RefreshView asks for the password, which would be an endless loop")
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

// UserPasses returns a guard that is [LoginRequired] and also answers 403, or redirects
// with [Otherwise], if test is false for the user. A method of your user type fits:
// UserPasses((*Account).IsAdmin). It is Django's user_passes_test.
//
// A user of another type than U never passes; the first such user is logged.
func UserPasses[U User](test func(u U) bool, opts ...GuardOption) gin.HandlerFunc {
	if test == nil {
		panic("ginlogin: UserPasses: the test is nil")
	}
	return passing("UserPasses", func(_ *gin.Context, u U) (bool, error) { return test(u), nil }, opts)
}

// RequestPasses is [UserPasses] for tests that need the request: whether the user is a
// member of the tenant in the path, for instance, or passes a policy engine. A test that
// returns an error is an outage: LoginManager.ErrorHandler answers, by default with 503.
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

// LoginNotRequired opens a route or a group that LoginManager.LoginRequired would close:
//
//	r.GET("/about", ginlogin.LoginNotRequired(), about)
//
// It applies to managers whose middleware stands before it: an open group does not open
// another manager's closed area inside it.
func LoginNotRequired() gin.HandlerFunc { return loginNotRequired }

func loginNotRequired(*gin.Context) {}

var closedGuard = LoginRequired()

// failClosed makes a guard that panics abort the chain. Otherwise, after a recovery
// handler that does not abort, Gin would run the guarded handler.
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

// AnonymousRequired returns a guard for pages that make no sense for users who are
// logged in, such as login and registration. It sends these users to redirect, and never
// to "next", which could lead back here. All other visitors pass, even if the user
// cannot be loaded. It panics unless redirect begins with / or is an absolute URL.
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

// GuardOption is a choice for one guard. A guard panics when it is made with an option
// that it would ignore.
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

// mustLead is mustBeView for a path that must not be empty.
func mustLead(option, view string) {
	if view == "" {
		panic("ginlogin: " + option + ": the path to redirect to is empty: use one that begins with /")
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
		panic("ginlogin: FreshFor: the duration is negative: use 0 for no limit")
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
	forStrangers           string   // one of them that matters only to strangers, or ""
}

func newGuard(opts []GuardOption) *guard {
	g := &guard{}
	for _, opt := range opts {
		opt.applyGuard(g)
	}
	return g
}

// takenBy names the guards that take an option, for options that only some take.
var takenBy = map[string]string{
	"LoginView":   "the guards that send visitors to log in",
	"RefreshView": "FreshLoginRequired, which you can add to the route",
	"FreshFor":    "FreshLoginRequired, which you can add to the route",
	"Via":         "FreshLoginRequired, which you can add to the route",
	"Otherwise":   "UserPasses and RequestPasses",
}

// takes panics for options that the guard would ignore: with FreshFor, say, the route
// would look as if it asked for the password.
func (g *guard) takes(guard string, options ...string) *guard {
	for _, option := range g.given {
		if guards, some := takenBy[option]; some && !slices.Contains(options, option) {
			panic("ginlogin: " + guard + " would ignore the option " + option + ": it is for " + guards)
		}
		if option == "LoginView" || option == "NoRedirect" && guard == "LoginRequired" {
			g.forStrangers = option
		}
	}
	return g
}

// admit returns the user if it may pass, and refuses the request otherwise.
func (g *guard) admit(c *gin.Context) (*visit.Visit, User, bool) {
	v := g.visit(c)
	u, err := v.User(c)
	switch {
	case err != nil:
		v.Fail(c, err, g.noRedirect)
	case !visit.MayPass(u):
		g.unauthorized(c, v)
	default:
		if g.forStrangers != "" {
			settingsOf(v).warnOverruled(c, v, g.forStrangers)
		}
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
