package visit

import (
	"github.com/ginlogin/ginlogin/internal/respond"
)

// Vary tells caches that the response depends on the cookies.
func (v *Visit) Vary() {
	if !v.c.Writer.Written() {
		respond.Vary(v.c.Writer.Header())
	}
}

// Private keeps the response out of shared caches.
func (v *Visit) Private() {
	v.Vary()
	v.forbidStoring()
}

func (v *Visit) forbidStoring() {
	if v.m.CacheControl != nil && !v.c.Writer.Written() {
		respond.Private(v.c.Writer.Header(), v.m.CacheControl)
	}
}

// warnPlainHTTP warns once when a Secure cookie goes where a browser will not keep
// it. Browsers make an exception for their own machine.
func (v *Visit) warnPlainHTTP(secure bool, setting string) {
	req := v.c.Request
	if !secure || respond.IsHTTPS(req) || respond.IsLocal(v.c.RemoteIP()) || respond.IsLocal(respond.Hostname(req.Host)) {
		return
	}
	v.m.plainHTTP.Do(func() {
		v.m.logger().Warn("ginlogin: a Secure cookie is set over plain HTTP, where browsers drop it: "+
			"serve HTTPS (a proxy in front should send X-Forwarded-Proto), or for development turn Secure off "+
			"in the session store's Options and in LoginManager.Remember",
			"setting", setting, "host", req.Host)
	})
}

// warnNotFound warns once of a login whose user is not found right after it was
// made: such a user is sent from page to login and back for ever.
func (v *Visit) warnNotFound() {
	if !v.claim.JustMade(v.judgedAt()) {
		return
	}
	v.m.notFound.Do(func() {
		v.m.logger().Warn("ginlogin: a login was made, and the user loader does not find its user: "+
			"GetID of the user has to return the ID that the loader finds it by, from the same database (a replica may lag behind)",
			"user", v.claim.Record.UserID)
	})
}

// warnNoPath warns once of a session that a browser keeps for the folder of the page
// that set it: the user would be logged in there, and asked to log in elsewhere.
func (v *Visit) warnNoPath(path string) {
	if path != "" {
		return
	}
	v.m.noPath.Do(func() {
		v.m.logger().Warn("ginlogin: the session cookie has no Path, so that browsers send it to no other folder than that of the "+
			"page which set it: give the session store's Options a Path of \"/\", or use ginlogin.SessionOptions()",
			"set by", v.c.Request.URL.Path)
	})
}
