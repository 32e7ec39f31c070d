package ginlogin_test

import "slices"

// An operation is a request of a browser.
type operation struct {
	browser string // victim, device (another device of the victim), actor, customer, starter, newcomer, thief, site
	does    string
	path    string
	from    string   // the cookies that it sends are these, unless ""
	names   []string // which of them; nil: all
	login   string   // the login that the cookies are of
	target  string   // the login that /end and /end-of end
	user    string   // whom it is about; "": the victim
	limited bool     // it is of interest only where logins are limited
}

func (op operation) String() string { return "the " + op.browser + " " + op.does }

// isTheft reports whether the operation presents a remember cookie that was replaced.
func (op operation) isTheft() bool {
	return op.from == "oldest" || op.from == "replaced" || op.from == "mixed"
}

func (op operation) without(name string) bool {
	return op.names != nil && !slices.Contains(op.names, name)
}

// logsIn reports whether the operation makes a new login of the user.
func (op operation) logsIn() bool { return op.path == "/login" || op.path == "/finish" }

// ends reports whether the operation ends the login that its cookies are of, and needs
// no good one for that.
func (op operation) ends() bool {
	return op.path == "/login" || op.path == "/logout" || op.path == "/begin"
}

var (
	sessionOnly  = []string{sessionCookie}
	rememberOnly = []string{rememberCookie}
)

// operations are played in pairs, each with each and with itself.
var operations = slices.Concat(loginOperations, theftOperations, twoStepOperations, actingOperations)

var loginOperations = []operation{
	{browser: "victim", does: "views a page", path: "/page", from: "victim", login: "victim"},
	{browser: "victim", does: "restores the login", path: "/page", from: "victim", names: rememberOnly, login: "victim"},
	{browser: "victim", does: "restores from a cookie that is being replaced", path: "/page", from: "late", login: "victim"},
	{browser: "victim", does: "confirms the login", path: "/confirm-by-code", from: "victim", login: "victim"},
	{browser: "victim", does: "logs in again", path: "/login", from: "victim", login: "victim"},
	{browser: "victim", does: "logs out", path: "/logout", from: "victim", login: "victim"},
	{browser: "victim", does: "logs out after a restart of the browser", path: "/logout", from: "victim", names: rememberOnly, login: "victim"},
	{browser: "victim", does: "logs out the others", path: "/others", from: "victim", login: "victim"},
	{browser: "victim", does: "logs out everywhere", path: "/everywhere", from: "victim", login: "victim"},
	{browser: "victim", does: "ends the device's login", path: "/end", from: "victim", login: "victim", target: "device"},
	{browser: "device", does: "views a page", path: "/page", from: "device", login: "device"},
	{browser: "device", does: "restores the login", path: "/page", from: "device", names: rememberOnly, login: "device"},
	{browser: "device", does: "confirms the login", path: "/confirm-by-code", from: "device", login: "device"},
	{browser: "device", does: "logs out", path: "/logout", from: "device", login: "device"},
	{browser: "device", does: "logs out the others", path: "/others", from: "device", login: "device"},
	{browser: "device", does: "logs out everywhere", path: "/everywhere", from: "device", login: "device"},
	{browser: "device", does: "ends the victim's login", path: "/end", from: "device", login: "device", target: "victim"},
	{browser: "newcomer", does: "logs in as the same user", path: "/login"},
	{browser: "site", does: "ends all logins", path: "/end-all"},
	{browser: "site", does: "ends the victim's login", path: "/end-of", target: "victim"},
	{browser: "site", does: "ends the login that a provider calls the device's", path: "/end-external"},
	{browser: "site", does: "changes the password", path: "/password"},
}

var theftOperations = []operation{
	{browser: "thief", does: "views a page", path: "/page", from: "victim", names: sessionOnly, login: "victim"},
	{browser: "thief", does: "restores the login", path: "/page", from: "victim", names: rememberOnly, login: "victim"},
	{browser: "thief", does: "logs out", path: "/logout", from: "victim", names: sessionOnly, login: "victim"},
	{browser: "thief", does: "logs out the others", path: "/others", from: "victim", login: "victim"},
	{browser: "thief", does: "presents the oldest cookie", path: "/page", from: "oldest", login: "victim"},
	{browser: "thief", does: "presents the cookie before the newest", path: "/page", from: "replaced", login: "victim"},
	{browser: "thief", does: "logs out with the oldest cookie", path: "/logout", from: "oldest", login: "victim"},
	{browser: "thief", does: "logs out with the oldest cookie beside the session", path: "/logout", from: "mixed", login: "victim"},
	{browser: "thief", does: "logs out the others with the oldest cookie beside the session", path: "/others", from: "mixed", login: "victim"},
}

// The starter has given the password and not yet the code.
var twoStepOperations = []operation{
	{browser: "victim", does: "begins a login in two steps", path: "/begin", from: "victim", login: "victim"},
	{browser: "starter", does: "finishes the login", path: "/finish", from: "starter"},
}

// The actor is the victim's browser while the victim acts as the customer. It still
// has the remember cookie of the victim's login.
var actingOperations = []operation{
	{browser: "victim", does: "acts as the customer", path: "/act", from: "victim", login: "victim", user: "2"},
	{browser: "actor", does: "views a page", path: "/page", from: "actor", login: "acting"},
	{browser: "actor", does: "stops acting", path: "/stop", from: "actor", login: "acting"},
	{browser: "actor", does: "logs out", path: "/logout", from: "actor", login: "acting"},
	{browser: "actor", does: "logs out the customer's others", path: "/others", from: "actor", login: "acting", user: "2"},
	{browser: "thief", does: "stops acting", path: "/stop", from: "actor", names: sessionOnly, login: "acting"},
	{browser: "thief", does: "logs out from acting", path: "/logout", from: "actor", names: sessionOnly, login: "acting"},
	{browser: "customer", does: "views a page", path: "/page", from: "customer", login: "customer", user: "2"},
	{browser: "customer", does: "logs out the others", path: "/others", from: "customer", login: "customer", user: "2"},
	{browser: "newcomer", does: "logs in as the customer", path: "/login", user: "2", limited: true},
	{browser: "site", does: "ends the customer's logins", path: "/end-all", user: "2"},
}

// sends returns the cookies of an operation.
func (w *world) sends(op operation) jar {
	cookies := w.jars[op.from]
	if op.names != nil {
		return cookies.only(op.names...)
	}
	return cookies.only(sessionCookie, rememberCookie)
}

// playable reports whether a world has the cookies that an operation sends.
func (w *world) playable(op operation) bool {
	if w.plays != nil && !slices.Contains(w.plays, op.String()) || op.limited && w.limit == manyLogins {
		return false
	}
	sent := w.sends(op)
	return op.from == "" || len(sent) > 0 && len(sent) >= len(op.names)
}

// request returns the path of an operation with its query.
func (w *world) request(op operation) string {
	path := op.path + "?user=" + op.about()
	if op.target != "" {
		path += "&id=" + w.ids[op.target]
	}
	return path
}

// about returns the ID of the user whom the operation is about.
func (op operation) about() string {
	if op.user != "" {
		return op.user
	}
	return "1"
}
