package visit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/norow"
	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/respond"
)

// A Refusal holds what differs between the refusals.
type Refusal struct {
	Event             Event
	Handler           gin.HandlerFunc // answers instead, if set
	View              string          // where to send clients that show pages; "": nowhere
	Message, Category string          // flashed before
	Reason            string
	Bare              bool          // the answer is a status with a JSON body for all
	StepUp            bool          // the user is logged in, and has to give credentials again
	MaxAge            time.Duration // how old they may be; 0 is any age
}

// Refuse answers a request that a guard stops, and aborts the chain. The answer is
// private: kept by a shared cache, it would be served to those who are logged in.
func (v *Visit) Refuse(c *gin.Context, why Refusal) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Private()
	v.warnLost()
	v.warnForm(why)
	v.Happened(why.Event, why.Reason)
	switch client := respond.ClientOf(c.Request); {
	case c.Writer.Written(): // an event's handler has answered
	case why.Handler != nil:
		why.Handler(c)
	case why.View == "" || why.Bare || client == respond.Program:
		v.challenge(why, why.Bare || !client.ShowsPages())
	case client == respond.HTMX:
		c.Header("HX-Redirect", v.sendTo(why, client))
		v.challenge(why, true)
	case redirect.IsAt(c.Request, why.View, v.redirectHost(), c.FullPath() != ""):
		v.Report(fmt.Errorf("ginlogin: a guard stands before the login page it redirects to, %s: "+
			"register that page outside the guarded group, and write the view like its route, with or without a trailing slash", why.View))
		v.challenge(why, false)
	default:
		c.Redirect(respond.RedirectStatus(c.Request), v.sendTo(why, client))
	}
}

// Forbid answers a user who may not pass, even with a new login. Clients that
// show pages are sent to otherwise if there is one.
func (v *Visit) Forbid(c *gin.Context, otherwise string, bare bool) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Private()
	v.Happened(UserForbidden, "forbidden")
	if otherwise != "" && !bare && respond.ClientOf(c.Request).ShowsPages() && !v.Loops(c, "a guard with Otherwise", otherwise) {
		RedirectTo(c, otherwise)
		return
	}
	Deny(c, http.StatusForbidden, "forbidden", bare)
}

// Loops reports whether a guard that sends users away stands before one of these views, to
// which it or another guard sends them: an endless loop.
func (v *Visit) Loops(c *gin.Context, guard string, views ...string) bool {
	for _, view := range views {
		if view != "" && redirect.IsAt(c.Request, view, "", c.FullPath() != "") {
			v.Report(fmt.Errorf("ginlogin: %s stands before %s, the page to which it or another guard redirects: remove %[1]s from that route", guard, view))
			return true
		}
	}
	return false
}

// Fail answers an outage. It must not look like a logout, since the login is still valid, and
// no user may pass.
//
// A client that has hung up is answered with nginx's 499, which no client sees: in
// metrics it is no outage.
func (v *Visit) Fail(c *gin.Context, err error, bare bool) {
	c.Abort()
	if v.Writable(c) == nil {
		v.Private()
		if errors.Is(err, errToProve) {
			v.askAgain(c)
			return
		}
	}
	if isHangUp(c.Request.Context(), err) {
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

// isHangUp reports whether an error is that of a store whose request was canceled because the
// client has hung up. PostgreSQL's is SQLSTATE 57014, and lib/pq returns nothing else.
func isHangUp(ctx context.Context, err error) bool {
	if !errors.Is(ctx.Err(), context.Canceled) {
		return false
	}
	return errors.Is(err, context.Canceled) || norow.SQLState(err) == "57014"
}

// Reject answers a request that is refused for every user. Caches must not store the answer:
// otherwise they may store a 405.
func (v *Visit) Reject(c *gin.Context, status int, reason string) {
	c.Abort()
	if v.Writable(c) != nil {
		return
	}
	v.Vary()
	v.Private()
	Deny(c, status, reason, false)
}

// Deny ends a request. Clients that show pages get no body, so that the app can
// render a page for the status; others get one in JSON, and so do all with asJSON.
func Deny(c *gin.Context, status int, reason string, asJSON bool) {
	c.Abort()
	if !c.Writer.Written() {
		deny(c, status, reason, asJSON || !respond.ClientOf(c.Request).ShowsPages())
	}
}

func deny(c *gin.Context, status int, reason string, asJSON bool) {
	if asJSON {
		c.JSON(status, gin.H{"error": reason})
		return
	}
	c.Status(status)
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
func (v *Visit) challenge(why Refusal, asJSON bool) {
	scheme := sessionScheme
	if v.m.LoadRequest != nil {
		scheme = bearerScheme
	}
	if why.StepUp {
		scheme = []string{scheme[0] + stepUp(why.MaxAge)}
	}
	v.c.Writer.Header()["Www-Authenticate"] = scheme
	deny(v.c, http.StatusUnauthorized, why.Reason, asJSON)
}

// stepUp asks for credentials in the form of RFC 9470.
func stepUp(maxAge time.Duration) string {
	text := ` error="insufficient_user_authentication", error_description="fresh login required"`
	if maxAge > 0 {
		text += fmt.Sprintf(`, max_age="%d"`, int64(maxAge/time.Second))
	}
	return text
}

// redirectHost returns the host of redirects to login pages. With UseSessionForNext it is
// none: another host has another session, without the stored next.
func (v *Visit) redirectHost() string {
	if v.m.ForNext {
		return ""
	}
	return v.m.ForceHost
}

// sendTo returns where to send the visitor. A client that leaves a trace finds a
// message there, and a way back to the page that it asked for.
func (v *Visit) sendTo(why Refusal, client respond.Client) string {
	next := ""
	if client.LeavesTrace() {
		next = redirect.Here(v.c.Request, v.m.ForceHost)
		v.leaveFor(why, next)
	}
	if v.m.ForNext {
		return why.View
	}
	return redirect.LoginURL(why.View, next, v.m.ForceHost)
}

// leaveFor puts the message, and next if it is kept there, into the session. If saving fails,
// the visitor is redirected all the same.
func (v *Visit) leaveFor(why Refusal, next string) {
	if respond.CookiesWithheld(v.c.Request) {
		return
	}
	var message *Flash
	if why.Message != "" {
		text := why.Message
		if v.m.Localize != nil {
			text = v.m.Localize(v.c, text)
		}
		message = NewFlash(why.Category, text)
	}
	stored := ""
	if v.m.ForNext {
		stored = redirect.NextParam(why.View, next)
	}
	if err := v.leaveAtGuard(message, stored); err != nil {
		v.Report(err)
	}
}
