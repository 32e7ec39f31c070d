package visit

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/ginlogin/ginlogin/internal/respond"
	"github.com/ginlogin/ginlogin/internal/setcookie"
)

// warnings are those that a manager writes once each: mistakes that show only while
// serving, and that otherwise cost a newcomer an hour.
type warnings struct {
	plainHTTP, noPath, proxies, late, sibling         sync.Once
	mistake, notFound, useless, lost, otherType, form sync.Once              // of logins that do not last: see warn_login.go
	sessions, remembers                               sync.Once              // of which several came
	sessionName                                       atomic.Pointer[string] // of the cookie, which is not the remember cookie's; nil until known
	loaded                                            atomic.Bool            // a user, so that its type is known
	unresolved, as                                    sync.Once              // of questions that get no user: see warn_asked.go
	lasted                                            atomic.Bool            // a login, or one was forced
	newest                                            atomic.Pointer[trace]
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
			"and only the newest counts: a new Domain or Path takes a new name", "cookie", name, "setting", setting)
	})
}

// warnNoPath warns once of a session that a browser keeps for the folder of the page
// that set it: the user would be logged in there, and asked to log in elsewhere.
func (v *Visit) warnNoPath(path string) {
	if path != "" {
		return
	}
	v.m.warned.noPath.Do(func() {
		v.m.logger().Warn("ginlogin: the session cookie has no Path, so that browsers send it to no other folder than that of the "+
			"page which set it: give the session store's Options a Path of \"/\", or use ginlogin.SessionOptions()",
			"set by", v.c.Request.URL.Path)
	})
}

// warnProxies warns once when the client's address comes from a header and Gin
// believes that header from every client, which is its default: then session
// protection compares what the attacker writes. An address that is reserved for
// documentation is no proxy, so an engine that trusts it trusts all.
func (v *Visit) warnProxies() {
	if respond.HeaderOf(v.c.Request.Header, "X-Forwarded-For") == "" && respond.HeaderOf(v.c.Request.Header, "X-Real-Ip") == "" {
		return
	}
	v.m.warned.proxies.Do(func() {
		const stranger, claimed = "203.0.113.77", "198.51.100.77"
		probe := v.c.Copy()
		probe.Request = setcookie.With(v.c.Request, nil)
		probe.Request.RemoteAddr = stranger + ":1"
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip"} {
			probe.Request.Header.Set(name, claimed)
		}
		if probe.ClientIP() == claimed {
			v.m.logger().Warn("ginlogin: Gin takes the client's address from a header of any client, so that session protection stops " +
				"nobody: call SetTrustedProxies on the engine, with the addresses of your proxies or nil")
		}
	})
}

// warnLate warns once that a cookie could not be sent, because callers ignore errors.
func (v *Visit) warnLate() {
	v.m.warned.late.Do(func() {
		v.m.logger().Warn(ErrHeadersWritten.Error(), "method", v.c.Request.Method, "path", v.c.Request.URL.Path)
	})
}

// refuseOneName panics if the remember cookie has the session's name: each would
// overwrite the other. The session has to be open.
func (v *Visit) refuseOneName() {
	if v.m.warned.sessionName.Load() != nil {
		return
	}
	cookie, ok := v.session.Cookie()
	if ok && cookie.Name == v.m.Remember.Name {
		panic(fmt.Sprintf("ginlogin: LoginManager.Remember.Name is %q, which is the name of the session's cookie: give it another one", cookie.Name))
	}
	if ok {
		v.m.warned.sessionName.Store(&cookie.Name)
	}
}

// namedTypes has the user type behind each server and name of a manager.
var namedTypes sync.Map // siteName → reflect.Type

type siteName struct{ server, manager any }

// warnSibling warns once when two managers of one name on one server have different
// user types: they share their logins, so that customer 1 is employee 1.
func (v *Visit) warnSibling() {
	server, ok := v.c.Request.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || v.m.UserType == nil {
		return
	}
	first, _ := namedTypes.LoadOrStore(siteName{server, v.m.Name}, v.m.UserType)
	if first == v.m.UserType {
		return
	}
	v.m.warned.sibling.Do(func() {
		v.m.logger().Warn("ginlogin: two login managers of one Name have different user types and share their logins, "+
			"so that users of one are taken for users of the other: give one of them a LoginManager.Name",
			"name", v.m.Name, "types", fmt.Sprint(first.(reflect.Type), " and ", v.m.UserType))
	})
}
