package ginlogin_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A world is a site at the moment when the schedules begin.
type world struct {
	*stagedSite
	name string
	jars map[string]jar    // what is sent, and by whom
	ids  map[string]string // of the victim's login and the login on the device
	held []held            // every set of cookies that was issued before

	opened map[string]bool // whether cookies log in, by the state of the store
}

// A held is a set of cookies that was issued at some time, to any of the browsers.
type held struct {
	name    string
	cookies jar
	login   string // whose login it is: "victim", "device", or that of a new Login
	by      int    // the operation that issued it, or before
	made    int    // the store call that made the login, or before
	dead    bool   // it logs in at no time
}

const before = -1

// An ending is the end of logins by an operation that reported success, or that
// deleted the row.
type ending struct {
	by   int
	at   int    // the store call that ended the logins
	of   string // one login, or everyLogin, or otherLogins
	name string
}

const (
	everyLogin  = "all"
	otherLogins = "others"
)

// ends reports whether cookies must not log in any more.
func (e ending) ends(h held) bool {
	switch {
	case e.of == otherLogins && h.by == e.by:
		return false // the cookies that the login goes on with
	case e.of == otherLogins || e.of == everyLogin:
		return h.made <= e.at // a login made after the end is another matter
	}
	return h.login == e.of
}

// An outcome is a schedule that has been played.
type outcome struct {
	*world
	ops     []operation
	answers []answer
	calls   []storeCall
	rows    string // afterwards
	alarms  int
	ending  []ending
	told    []string // what was found, in words that are the same for all schedules
}

func (w *world) judge(ops []operation, answers []answer) *outcome {
	o := &outcome{world: w, ops: ops, answers: answers, calls: w.store.calls, rows: w.store.text(), alarms: w.alarms}
	for i := range ops {
		o.findEnding(i)
	}
	if w.store.revived != "" {
		o.find("a deleted row came back")
	}
	for i, a := range answers {
		o.checkRefused(i)
		if a.status == 500 {
			o.find("%s and gets an error: %s", ops[i], a.body)
		}
		if ops[i].isTheft() && (a.login() != "" || ops[i].path == "/others" && a.status == 200) {
			o.find("%s with success", ops[i])
		}
	}
	if o.alarms > 0 && !slices.ContainsFunc(ops, operation.isTheft) {
		o.find("a false alarm")
	}
	o.checkEnded()
	for _, browser := range []string{"victim", "device", "newcomer"} {
		o.checkKept(browser)
	}
	return o
}

func (o *outcome) find(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(o.told, text) {
		o.told = append(o.told, text)
	}
}

// last returns the last call of an operation with that method, and that ID unless it
// is "*", or before.
func (o *outcome) last(by int, method, id string) int {
	for i, call := range slices.Backward(o.calls) {
		if call.player == by && call.method == method && (id == "*" || call.id == id) {
			return i
		}
	}
	return before
}

// first returns the first call of an operation, or before.
func (o *outcome) first(by int) int {
	return slices.IndexFunc(o.calls, func(call storeCall) bool { return call.player == by })
}

// findEnding notes what the operation has ended.
func (o *outcome) findEnding(i int) {
	op := o.ops[i]
	e := ending{by: i, name: op.String()}
	done := o.answers[i].status == 200
	switch {
	case op.isTheft():
		e.of, e.at = everyLogin, o.last(i, "delete all but", "*")
		done = e.at != before
	case op.path == "/end-all":
		e.of, e.at = everyLogin, o.last(i, "delete all but", "*")
	case op.path == "/others":
		e.of, e.at = otherLogins, o.last(i, "delete all but", "*")
	case op.path == "/end" || op.path == "/end-of":
		e.of, e.at = op.target, o.last(i, "delete", o.ids[op.target])
	case op.path == "/login" || op.path == "/logout":
		e.of, e.at = op.login, o.last(i, "delete", o.ids[op.login])
		done = done && op.login != "" && e.at != before
	default:
		done = false
	}
	if done {
		o.ending = append(o.ending, e)
	}
}

// checkRefused checks an operation that began after its login had ended.
func (o *outcome) checkRefused(i int) {
	op, a, begun := o.ops[i], o.answers[i], o.first(i)
	for _, e := range o.ending {
		at := e.at
		if cut := o.last(e.by, "swap", o.ids[op.login]); e.of == otherLogins && cut != before {
			at = cut
		}
		if e.by == i || op.login == "" || at > begun || !e.ends(held{login: op.login, by: before, made: before}) {
			continue
		}
		deleted := o.last(i, "delete", o.ids[op.login])
		switch {
		case o.last(i, "delete all but", "*") != before:
			o.find("%s and ends all logins, although %s", op, e.name)
		case deleted != before && o.calls[deleted].done:
			o.find("%s and ends the login, although %s", op, e.name)
		case op.path == "/page" && a.login() != "" || op.path != "/page" && op.path != "/login" && op.path != "/logout" && a.status == 200:
			o.find("%s with success, although %s", op, e.name)
		}
	}
}

// checkEnded presents all cookies that any browser ever held.
func (o *outcome) checkEnded() {
	for _, h := range o.held {
		if why := o.mustNotLogIn(h); why != "" {
			if when := o.loggedIn(h.cookies, true); when != "" {
				o.find("%s logs in %s, although %s", h.name, when, why)
			}
		}
	}
	for i, op := range o.ops {
		why := o.mustNotLogIn(o.login(i))
		if why == "" {
			continue
		}
		for _, cookies := range o.brought(i) {
			if when := o.loggedIn(cookies, true); when != "" {
				o.find("a cookie in the answer to %q logs in %s, although %s", op, when, why)
			}
		}
	}
}

// loggedIn returns the first moment, "within the grace" or "after the grace", at
// which it is true or false that cookies log in, or "".
func (o *outcome) loggedIn(cookies jar, in bool) string {
	for _, moment := range []struct {
		name  string
		after time.Duration
	}{{"within the grace", 0}, {"after the grace", 2 * stagedGrace}} {
		if o.opens(cookies, moment.after) == in {
			return moment.name
		}
	}
	return ""
}

// opens reports whether cookies log in. Many schedules leave the same cookies and
// rows, so the answer is kept.
func (o *outcome) opens(cookies jar, after time.Duration) bool {
	key := fmt.Sprint(cookies[sessionCookie], " ", cookies[rememberCookie], " ", after, " ", o.rows)
	opens, known := o.opened[key]
	if !known {
		opens = o.logsIn(cookies, after) != ""
		o.opened[key] = opens
	}
	return opens
}

// mustNotLogIn returns why cookies must not log in, or "".
func (o *outcome) mustNotLogIn(h held) string {
	if h.dead {
		return "its generation has passed"
	}
	for _, e := range o.ending {
		if e.ends(h) {
			return e.name
		}
	}
	for i, op := range o.ops {
		if h.by == before && h.login == op.login && o.mustEnd(i) {
			return op.String()
		}
	}
	return ""
}

// mustEnd reports whether no cookie of before may log in after an operation. If it
// has deleted nothing, then because the other one has ended the login.
func (o *outcome) mustEnd(i int) bool {
	op := o.ops[i]
	switch op.path {
	case "/page":
		return op.isTheft()
	case "/login", "/logout":
		// Without the remember cookie the session may be a copy that a restore has ended,
		// which must end nothing. With an old one, that need not be judged. An operation
		// that plays alone has no such excuse.
		sure := !op.without(rememberCookie) && op.from != "mixed" || len(o.ops) == 1
		return sure && o.answers[i].status == 200
	}
	return false
}

// login is the login that an operation's answer has cookies of.
func (o *outcome) login(i int) held {
	h := held{login: o.ops[i].login, by: i, made: before}
	if o.ops[i].path == "/login" {
		h.login, h.made = fmt.Sprint("new ", i), o.last(i, "create", "*")
	}
	return h
}

// brought returns the cookies that an answer has brought: those that the browser has
// then, and each alone, since a thief may use them otherwise than a browser does.
func (o *outcome) brought(i int) []jar {
	got := jar{}.with(o.answers[i].set)
	if len(got) == 0 {
		return nil
	}
	sets := []jar{o.sends(o.ops[i]).with(o.answers[i].set)}
	if len(sets[0]) > 1 {
		for name, value := range got {
			sets = append(sets, jar{name: value})
		}
	}
	return sets
}

// checkKept checks that a browser whose login has not ended is still logged in, in
// whichever order its answers arrive.
func (o *outcome) checkKept(browser string) {
	var own []int
	for i, op := range o.ops {
		if op.browser == browser {
			own = append(own, i)
		}
	}
	if len(own) == 0 && o.jars[browser] == nil {
		return
	}
	permute(own, func(order []int) {
		cookies, login, kept := o.arrive(browser, order)
		if !kept || slices.ContainsFunc(o.ending, func(e ending) bool { return o.endsFor(browser, e, login) }) {
			return
		}
		if when := o.loggedIn(cookies, false); when != "" {
			o.find("the %s is logged out %s, after the answers to: %s", browser, when, o.names(order))
		}
	})
}

// endsFor is ending.ends for the cookies that a browser holds at last, which may be
// of several operations.
func (o *outcome) endsFor(browser string, e ending, login held) bool {
	if e.of == otherLogins && o.ops[e.by].browser == browser && login.login == browser {
		return false
	}
	return e.ends(login)
}

// arrive returns the cookies of a browser when its answers have arrived in that
// order, the login it is in, and whether it should be in one.
func (o *outcome) arrive(browser string, order []int) (cookies jar, login held, kept bool) {
	cookies, login, kept = maps.Clone(o.jars[browser]), held{login: browser, by: before, made: before}, browser != "newcomer"
	if cookies == nil {
		cookies = jar{}
	}
	for _, i := range order {
		if o.ops[i].without(sessionCookie) {
			delete(cookies, sessionCookie) // the browser was closed before
		}
	}
	for _, i := range order {
		a := o.answers[i]
		cookies = cookies.with(a.set)
		switch {
		case o.ops[i].path == "/login":
			login, kept = o.login(i), a.status == 200
		case o.ops[i].path == "/logout":
			kept = false
		case login.by != before && len(a.set) > 0:
			// An answer of the login before has overwritten the cookies of the new one.
			kept = false
		}
	}
	return cookies, login, kept
}

func (o *outcome) names(order []int) string {
	names := make([]string, len(order))
	for i, n := range order {
		names[i] = o.ops[n].String()
	}
	return strings.Join(names, ", then ")
}

// schedule tells the calls of the store in their order.
func (o *outcome) schedule() string {
	var b strings.Builder
	for _, call := range o.calls {
		outcome := ""
		if !call.done {
			outcome = " (no)"
		}
		fmt.Fprintf(&b, "\n\t%s: %s %s%s", o.ops[call.player], call.method, o.nameOf(call.id), outcome)
	}
	for i, a := range o.answers {
		fmt.Fprintf(&b, "\n\t%s: %d %s", o.ops[i], a.status, a.body)
	}
	return b.String()
}

func (o *outcome) nameOf(id string) string {
	for name, known := range o.ids {
		if id == known {
			return name
		}
	}
	return id
}
