package visit

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
)

// A Refusal is what the ways to be refused differ in.
type Refusal struct {
	Event             Event
	Handler           gin.HandlerFunc // answers instead, if set
	View              string          // where to send browsers; "": nowhere
	Message, Category string          // flashed before
	Reason            string
	Bare              bool // the answer is a status with a JSON body, for browsers too
}

// Refuse answers a request that a guard stops, and aborts the chain.
func (v *Visit) Refuse(c *gin.Context, why Refusal) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Vary()
	v.Happened(why.Event, why.Reason)
	client := respond.ClientOf(c.Request)
	switch {
	case c.Writer.Written(): // an event's handler has answered
	case why.Handler != nil:
		why.Handler(c)
	case why.View == "" || why.Bare:
		v.challenge(why.Reason, why.Bare)
	case client == respond.HTMX:
		c.Header("HX-Redirect", v.sendTo(why))
		v.challenge(why.Reason, true)
	case client == respond.Script:
		v.challenge(why.Reason, true)
	case redirect.IsAt(c.Request, why.View, v.redirectHost()):
		v.Report(fmt.Errorf("ginlogin: a guard stands before the login page it redirects to, %s: "+
			"register that page outside of the guarded group", why.View))
		v.challenge(why.Reason, false)
	default:
		c.Redirect(respond.RedirectStatus(c.Request), v.sendTo(why))
	}
}

// Forbid answers a user who may not pass, and whom no login would help. Browsers
// are sent to otherwise if there is one.
func (v *Visit) Forbid(c *gin.Context, otherwise string, bare bool) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Private()
	v.Happened(UserForbidden, "forbidden")
	if otherwise != "" && !bare && respond.ClientOf(c.Request) == respond.Browser {
		RedirectTo(c, otherwise)
		return
	}
	Deny(c, http.StatusForbidden, "forbidden", bare)
}

// Loops reports whether a guard that sends users away stands before one of these
// views, to which it or another guard sends them: that would never end.
func (v *Visit) Loops(c *gin.Context, guard string, views ...string) bool {
	for _, view := range views {
		if view != "" && redirect.IsAt(c.Request, view, "") {
			v.Report(fmt.Errorf("ginlogin: %s stands before %s, where users who are logged in are sent: take it from that route", guard, view))
			return true
		}
	}
	return false
}

// Fail answers an outage. It must not look like a logout, since the login is still
// good, and no user may be let in.
//
// A client that has hung up is answered with nginx's 499, which no client sees: in
// metrics it is no outage.
func (v *Visit) Fail(c *gin.Context, err error, bare bool) {
	c.Abort()
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		c.Status(clientGone)
		return
	}
	if v.m.ErrorHandler != nil {
		v.m.ErrorHandler(c, err)
		return
	}
	Deny(c, http.StatusServiceUnavailable, "service unavailable", bare)
}

const clientGone = 499

// Deny ends a request, for a script with a JSON body, for a browser with none.
func Deny(c *gin.Context, status int, reason string, forScript bool) {
	c.Abort()
	switch {
	case c.Writer.Written(): // there is an answer already
	case forScript || respond.IsScript(c.Request):
		c.JSON(status, gin.H{"error": reason})
	default:
		c.Status(status)
	}
}

// RedirectTo aborts the chain and redirects, unless the response has begun.
func RedirectTo(c *gin.Context, url string) {
	c.Abort()
	if !c.Writer.Written() {
		c.Redirect(respond.RedirectStatus(c.Request), url)
	}
}

// All responses share these lines, as they share Gin's content types.
var sessionScheme, bearerScheme = []string{"Session"}, []string{"Bearer"}

// challenge answers 401. RFC 9110 wants a scheme named; "Basic" would open a
// browser's own dialog.
func (v *Visit) challenge(reason string, forScript bool) {
	scheme := sessionScheme
	if v.m.LoadRequest != nil {
		scheme = bearerScheme
	}
	v.c.Writer.Header()["Www-Authenticate"] = scheme
	Deny(v.c, http.StatusUnauthorized, reason, forScript)
}

// redirectHost returns the host of redirects to login pages. A next in the session
// is in another session on another host, so then ForceHost is not for redirects.
func (v *Visit) redirectHost() string {
	if v.m.ForNext {
		return ""
	}
	return v.m.ForceHost
}

// sendTo flashes why and returns where to send the visitor. A flash that cannot be
// saved is no reason not to.
func (v *Visit) sendTo(why Refusal) string {
	var message *Flash
	if why.Message != "" {
		text := why.Message
		if v.m.Localize != nil {
			text = v.m.Localize(v.c, text)
		}
		message = NewFlash(why.Category, text)
	}
	next := redirect.Here(v.c.Request, v.m.ForceHost)
	stored := ""
	if v.m.ForNext {
		stored = redirect.StorableNext(why.View, next)
	}
	if !respond.CookiesWithheld(v.c.Request) {
		if err := v.leaveAtGuard(message, stored); err != nil {
			v.Report(err)
		}
	}
	if v.m.ForNext {
		return why.View
	}
	return redirect.LoginURL(why.View, next, v.m.ForceHost)
}
