package visit

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// warnings are those that a manager writes once each: mistakes that show only while
// serving, and that otherwise cost a newcomer an hour.
type warnings struct {
	plainHTTP, noPath, dropped, proxies, late, rowMissing, clientDiffers, sibling sync.Once
	mistake, notFound, useless, lost, otherType, form                             sync.Once              // of logins that do not last: see warn_login.go
	sessions, remembers                                                           sync.Once              // of which several came
	device                                                                        sync.Once              // of DeviceBound, which is set but binds no login
	sessionName                                                                   atomic.Pointer[string] // of the cookie, which is not the remember cookie's; nil until known
	loaded                                                                        atomic.Bool            // a user, so that its type is known
	unresolved, as                                                                sync.Once              // of questions that get no user: see warn_asked.go
	lasted                                                                        atomic.Bool            // a login, or one was forced
	newest                                                                        atomic.Pointer[trace]
}

// warnPlainHTTP warns once when a Secure cookie goes where a browser will not keep
// it. Browsers make an exception for their own machine.
func (v *Visit) warnPlainHTTP(secure bool, setting string) {
	req := v.c.Request
	if !secure || respond.IsHTTPS(req) || respond.IsLocal(v.c.RemoteIP()) || respond.IsLocal(respond.Hostname(req.Host)) {
		return
	}
	v.m.warned.plainHTTP.Do(func() {
		v.m.logger().Warn("ginlogin: a Secure cookie is set over plain HTTP, where browsers drop it: "+
			"serve HTTPS (a proxy in front should send X-Forwarded-Proto), or for development turn Secure off "+
			"in the session store's Options and in LoginManager.Remember",
			"setting", setting, "host", req.Host)
	})
}

// warnSeveral warns once of a cookie that a browser has sent more than once.
func (v *Visit) warnSeveral(once *sync.Once, name, setting string) {
	once.Do(func() {
		v.m.logger().Warn("ginlogin: a browser has sent several valid cookies of one name, as after a change of the cookie's Domain or Path, "+
			"and only the newest counts: change the name together with Domain or Path", "cookie", name, "setting", setting)
	})
}

// warnNoPath warns once of a session that a browser keeps for the folder of the page
// that set it: the user would be logged in there, and asked to log in elsewhere.
func (v *Visit) warnNoPath(path string) {
	if path != "" {
		return
	}
	v.m.warned.noPath.Do(func() {
		v.m.logger().Warn("ginlogin: the session cookie has no Path, so browsers send it only to the folder of the page that set it: "+
			"set Path to \"/\" in the session store's Options, or use ginlogin.SessionOptions()",
			"set by", v.c.Request.URL.Path)
	})
}

// warnDropped warns once of a cookie that browsers drop: users would have to log in again
// and again.
func (v *Visit) warnDropped(cookie *http.Cookie, setting string) {
	if why := setcookie.Dropped(cookie); why != "" && !isDevelopment(v) { // there warnLost says more
		v.m.warned.dropped.Do(func() {
			v.m.logger().Warn("ginlogin: browsers drop this cookie: "+why, "cookie", cookie.Name, "setting", setting)
		})
	}
}

// warnProxies warns once when the client's address comes from a header and Gin believes
// that header from every client, which is its default: then session protection compares
// what the attacker writes. An address that is reserved for documentation is no proxy, so
// an engine that trusts it trusts all.
func (v *Visit) warnProxies(address string) {
	if strings.Contains(v.c.Request.RemoteAddr, address) {
		return // it is the connection's
	}
	v.m.warned.proxies.Do(func() {
		const stranger = "203.0.113.77"
		probe := v.c.Copy()
		probe.Request = setcookie.With(v.c.Request, nil)
		probe.Request.RemoteAddr = ""
		if probe.ClientIP() != "" {
			return // TrustedPlatform: the app trusts a header on purpose
		}
		probe.Request.RemoteAddr = stranger + ":1"
		if probe.ClientIP() != stranger {
			v.m.logger().Warn("ginlogin: Gin takes the client's address from a header that every client can forge, so session protection " +
				"does not work: call SetTrustedProxies on the engine, with the addresses of your proxies or nil")
		}
	})
}

// warnIgnored warns once of an error that callers may ignore.
func (v *Visit) warnIgnored(once *sync.Once, c *gin.Context, err error) {
	once.Do(func() {
		var attrs []any
		if req := c.Request; req != nil {
			attrs = []any{"method", req.Method, "path", req.URL.Path}
		}
		v.m.logger().Warn(err.Error(), attrs...)
	})
}

// refuseOneName panics if two of the cookies have one name: each would overwrite the
// other. The session has to be open.
func (v *Visit) refuseOneName() {
	if v.m.warned.sessionName.Load() != nil {
		return
	}
	cookie, ok := v.session.Cookie()
	notesActivity := v.m.Policy.Idle > 0 && v.m.Store == nil
	switch {
	case ok && cookie.Name == v.m.Remember.Name:
		panic(fmt.Sprintf("ginlogin: LoginManager.Remember.Name is %q, which is the name of the session's cookie: give it another name", cookie.Name))
	case notesActivity && v.m.Remember.Name == v.activityName():
		panic(fmt.Sprintf("ginlogin: LoginManager.Remember.Name is %q, which is the name of the cookie for IdleTimeout: give it another name", v.m.Remember.Name))
	case notesActivity && ok && cookie.Name == v.activityName():
		panic(fmt.Sprintf("ginlogin: the session's name is %q, which is the name of the cookie for IdleTimeout: give it another name", cookie.Name))
	case ok:
		v.m.warned.sessionName.Store(&cookie.Name)
	}
}

// siblings has what the first manager of each server has under a name.
var siblings sync.Map // sibling → any

type sibling struct{ server, what, name any }

// firstOf returns what the first manager on the server of this request has under a name,
// which is own if it is the first.
func (v *Visit) firstOf(what, name string, own any) any {
	server, ok := v.c.Request.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return own
	}
	first, _ := siblings.LoadOrStore(sibling{server, what, name}, own)
	return first
}

// warnSibling warns once when two managers on one server disturb each other: those of
// one name with different user types share their logins, so that customer 1 is employee 1,
// and those with one name for their remember cookies delete each other's.
func (v *Visit) warnSibling() {
	if v.m.UserType == nil {
		return
	}
	types, names := v.firstOf("type", v.m.Name, v.m.UserType), v.firstOf("remember cookie", v.m.Remember.Name, v.m.Name)
	if types == v.m.UserType && names == v.m.Name {
		return
	}
	v.m.warned.sibling.Do(func() {
		if types != v.m.UserType {
			v.m.logger().Warn("ginlogin: two managers with the same LoginManager.Name have different user types and share their logins, "+
				"so a user of one is logged in as a user of the other: give one of them another Name",
				"name", v.m.Name, "types", fmt.Sprint(types, " and ", v.m.UserType))
			return
		}
		v.m.logger().Warn("ginlogin: two managers have the same LoginManager.Remember.Name and delete each other's remember cookies: "+
			"give one of them another LoginManager.Remember.Name", "cookie", v.m.Remember.Name, "managers", fmt.Sprintf("%q and %q", names, v.m.Name))
	})
}
