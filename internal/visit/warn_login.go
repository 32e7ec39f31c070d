package visit

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
)

// The warnings here are of logins that do not last. The visitor gives the password, is
// sent from the page to the login again, and nothing says why.

// A mistake is an error that no visitor and no outage can cause. Its text names the cure.
type mistake struct{ error }

// warnMistake warns once of a mistake, because callers ignore errors. A post from another
// site is one on the developer's machine only: elsewhere it may be an attack.
func (v *Visit) warnMistake(err error) {
	if _, ok := errors.AsType[mistake](err); ok || errors.Is(err, ErrNoSecretKey) || errors.Is(err, ErrCrossSite) && isDevelopment(v) {
		v.m.warned.mistake.Do(func() {
			v.m.logger().Warn(err.Error(), "method", v.c.Request.Method, "path", v.c.Request.URL.Path)
		})
	}
}

// warnUseless warns once of a login that is invalid right after it was made. key is what
// binds it to u. A password may change, and a user be banned, just as soon: once a login
// has lasted, the program is right, and nothing is warned of.
func (v *Visit) warnUseless(u User, key int) {
	switch {
	case u != nil && v.m.warned.lasted.Load(): // no warning, and no look at the clock
	case !v.claim.JustMade(v.judgedAt()):
	case u == nil:
		v.m.warned.notFound.Do(func() {
			v.m.logger().Warn("ginlogin: the user loader does not find the user who has just logged in: "+
				"GetID has to return the ID by which the loader finds the user, in the same database (a replica may lag behind)",
				"user", v.claim.Record.UserID)
		})
	case key == login.Unbound:
		v.warnOnce("ginlogin: the SessionHash of the user who has just logged in has changed: it has to be the same for the user " +
			"given to Login and for the one that the loader returns, until the password changes; SecretKeys must not change either")
	case !MayPass(u):
		v.warnOnce("ginlogin: no guard lets the user pass who has just logged in, since IsActive or IsAuthenticated is false " +
			"for the user that the loader returns: check that the loader reads their columns")
	default:
		v.m.warned.lasted.Store(true)
	}
}

// warnRowMissing warns once of a login that was just made and has no row.
func (v *Visit) warnRowMissing() {
	if v.claim.Record.Acting != "" || !v.claim.JustMade(v.judgedAt()) {
		return // impersonations often end soon
	}
	v.m.warned.rowMissing.Do(func() {
		v.m.logger().Warn("ginlogin: LoginManager.Logins has no row of a login that was just made: unless the login was ended at once, "+
			"give all instances the same store, and read from its primary", "user", v.claim.Record.UserID)
	})
}

// warnClientDiffers warns once of a login whose client changes right after the
// credentials were given, as if each request had another client.
func (v *Visit) warnClientDiffers(userID string, authAt int64) {
	if !login.JustNow(authAt, v.judgedAt()) {
		return
	}
	v.m.warned.clientDiffers.Do(func() {
		v.m.logger().Warn("ginlogin: session protection found another client in the request after a login: the address (call SetTrustedProxies "+
			"with your proxies), the User-Agent, or the result of Identifier has to be the same in all requests of a browser", "user", userID)
	})
}

func (v *Visit) warnOnce(text string) {
	v.m.warned.useless.Do(func() { v.m.logger().Warn(text, "user", v.claim.Record.UserID) })
}

// warnType warns once of a login of another type than the user loader returns: its ID may
// be another user's there, as when a manager of customers logs an administrator in.
func (v *Visit) warnType(u User) {
	is, loads := reflect.TypeOf(u), v.m.UserType
	if loads == nil || loads.Kind() == reflect.Interface || v.m.Load == nil || embeds(is, loads) {
		return
	}
	v.m.warned.otherType.Do(func() {
		v.m.logger().Warn(fmt.Sprintf("ginlogin: Login was given a %v, but the next request loads a %v with the same ID, which may be another user: "+
			"use a LoginManager of that type, with its own Name", is, loads))
	})
}

// embeds reports whether a is b or a struct around it, whichever of them is a pointer.
func embeds(a, b reflect.Type) bool {
	a, b = structOf(a), structOf(b)
	if a == b {
		return true
	}
	for i := range fieldsOf(a) {
		if field := a.Field(i); field.Anonymous && structOf(field.Type) == b {
			return true
		}
	}
	return false
}

func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func fieldsOf(t reflect.Type) int {
	if t.Kind() != reflect.Struct {
		return 0
	}
	return t.NumField()
}

// A trace is what is known of the newest login over plain HTTP on the developer's
// machine.
type trace struct {
	host, agent string
	cookie      http.Cookie // the session's, without its value
	at          int64
}

// leaveTrace notes a login for warnLost.
func (v *Visit) leaveTrace() {
	if cookie, ok := v.session.Cookie(); ok && isDevelopment(v) {
		v.m.warned.newest.Store(&trace{v.c.Request.Host, v.c.Request.UserAgent(), cookie, v.m.seconds()})
	}
}

// warnLost warns once of a browser that a guard refuses because it has not kept, or does
// not send, the cookie of the login that it has just made. In production a stranger may
// look like the user who has just logged in, so it is for the developer's machine.
func (v *Visit) warnLost() {
	t, req := v.m.warned.newest.Load(), v.c.Request
	if t == nil || !isDevelopment(v) || !login.JustNow(t.at, v.m.seconds()) ||
		req.UserAgent() != t.agent || len(req.CookiesNamed(t.cookie.Name)) > 0 {
		return
	}
	v.m.warned.lost.Do(func() {
		v.m.logger().Warn("ginlogin: a client has logged in and come back without the session's cookie: "+t.whyLost(req),
			"cookie", t.cookie.Name, "logged in at", t.host, "came back to", req.Host)
	})
}

// whyLost returns the likeliest reason for which req lacks the cookie, and the cure.
func (t *trace) whyLost(req *http.Request) string {
	switch {
	case !strings.EqualFold(respond.Hostname(t.host), respond.Hostname(req.Host)):
		return "localhost and 127.0.0.1 have separate cookies, so use the same name everywhere"
	case t.cookie.Domain != "":
		return fmt.Sprintf("browsers drop one with the Domain %q here, so set no Domain in the session store's Options", t.cookie.Domain)
	case strings.HasPrefix(t.cookie.Name, "__") && !t.cookie.Secure:
		return "browsers drop one with this prefix that is not Secure, so give it another name in development"
	case respond.HeaderOf(req.Header, "Sec-Fetch-Mode") == "cors":
		return `fetch needs credentials: "include" for another origin, at the login too, and the CORS middleware has to allow credentials`
	case t.cookie.Secure:
		return "Safari and some programs keep no Secure cookie over plain HTTP, so for development turn Secure off " +
			"in the session store's Options and in LoginManager.Remember; a test needs a cookie jar"
	}
	return "a test or a program needs a cookie jar"
}

func isDevelopment(v *Visit) bool {
	return !respond.IsHTTPS(v.c.Request) && respond.IsLocal(respond.Hostname(v.c.Request.Host))
}

// warnForm warns once of a form of the login page that a guard sends to the login page.
func (v *Visit) warnForm(why Refusal) {
	if why.View == "" || respond.IsRead(v.c.Request) || !redirect.IsFrom(v.c.Request, why.View) {
		return
	}
	v.m.warned.form.Do(func() {
		v.m.logger().Warn("ginlogin: a form of a login page was posted to a route that a guard closes: if it is the form that logs in, "+
			"remove the guard from that route, or with LoginManager.LoginRequired add LoginNotRequired",
			"page", why.View, "posted to", v.c.Request.URL.Path)
	})
}
