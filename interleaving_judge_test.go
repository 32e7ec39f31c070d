package ginlogin_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
	o.findEndings()
	if w.store.revived != "" {
		o.find("a deleted row came back")
	}
	for i, a := range answers {
		o.checkAnswer(i, a)
		o.checkRefused(i)
	}
	if o.alarms > 0 && !slices.ContainsFunc(ops, operation.isTheft) {
		o.find("a false alarm")
	}
	o.checkEnded()
	o.checkSurplus()
	for _, browser := range []string{"victim", "device", "newcomer", "starter", "actor", "customer"} {
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

// first returns the first call of an operation, of that method unless it is "*", or
// before.
func (o *outcome) first(by int, method string) int {
	return slices.IndexFunc(o.calls, func(call storeCall) bool {
		return call.player == by && (method == "*" || call.method == method)
	})
}

// checkAnswer checks what an operation must not do at any time.
func (o *outcome) checkAnswer(i int, a answer) {
	op, done := o.ops[i], a.status == 200
	switch {
	case a.status == 500:
		o.find("%s and gets an error: %s", op, a.body)
	case op.isTheft() && (a.shown().login != "" || op.path == "/others" && done):
		o.find("%s with success", op)
	case op.path == "/others" && op.login == "acting" && done:
		o.find("%s with success", op)
	}
	if op.path == "/page" && done {
		o.checkShown(op.String(), a.shown())
	}
}

// checkShown checks that a page names the user whose login it is, and who acts.
func (o *outcome) checkShown(who string, s shown) {
	acting := o.isActing(s.login)
	switch {
	case s.login == "" && s != (shown{}):
		o.find("%s is nobody and yet somebody", who)
	case acting && (s.user != "2" || s.actor != "1"):
		o.find("%s acts as the user %q and is %q", who, s.user, s.actor)
	case acting && s.fresh:
		o.find("%s acts, and the login is fresh", who)
	case !acting && s.actor != "":
		o.find("%s acts without having begun to", who)
	}
}

// isActing reports whether a login is one in which the victim acts as the customer.
func (o *outcome) isActing(id string) bool {
	h := o.heldOf(id, before)
	return h.login == "acting" || h.by != before && o.ops[h.by].path == "/act"
}

// checkRefused checks an operation that began after its login had ended.
func (o *outcome) checkRefused(i int) {
	op, a, begun := o.ops[i], o.answers[i], o.first(i, "*")
	if op.login == "" {
		return
	}
	for _, e := range o.ending {
		at := e.at
		if cut := o.last(e.by, "swap", o.ids[op.login]); e.of == otherLogins && cut != before {
			at = cut
		}
		if e.by == i || at > begun || !e.ends(anchored(op.login)) {
			continue
		}
		deleted := o.last(i, "delete", o.ids[op.login])
		switch {
		case op.path == "/page" && a.shown().login == o.ids[op.login]:
			o.find("%s, although %s", op, e.name)
		case e.password && (op.ends() || op.isTheft() || op.path == "/others"):
			// The row is still there and may end. LogoutOthers is given the user with the
			// new password, whose credentials the app has checked.
		case o.last(i, "delete all but", "*") != before && op.login != "acting":
			o.find("%s and ends all logins, although %s", op, e.name)
		case deleted != before && o.calls[deleted].done:
			o.find("%s and ends the login, although %s", op, e.name)
		case op.path != "/page" && !op.ends() && a.status == 200:
			o.find("%s with success, although %s", op, e.name)
		}
	}
}

// checkEnded presents all cookies that any browser ever held.
func (o *outcome) checkEnded() {
	for _, h := range o.held {
		o.present(h.name, h.cookies, h)
	}
	for i, op := range o.ops {
		for _, cookies := range o.brought(i) {
			h := held{by: i, dead: op.path == "/begin" && o.answers[i].status == 200}
			o.present(fmt.Sprintf("a cookie in the answer to %q", op), cookies, h)
		}
	}
}

// moments are when cookies are presented. After the hour nobody acts any more.
var moments = []struct {
	name  string
	after time.Duration
}{{"within the grace", 0}, {"after the grace", 2 * stagedGrace}, {"after an hour", time.Hour}}

// present shows cookies to the site and checks that they do not log in to a login that
// has ended.
func (o *outcome) present(name string, cookies jar, h held) {
	acted := false
	for i, moment := range moments {
		if i == len(moments)-1 && !acted {
			return // it makes no difference to others
		}
		s := o.look(cookies, moment.after)
		if s.login == "" {
			continue
		}
		acted = acted || s.actor != ""
		o.checkShown(name, s)
		if i == 0 {
			o.checkCode(name, cookies, h)
		}
		switch why := o.mustNotLogIn(o.heldOf(s.login, h.by)); {
		case h.dead:
			o.find("%s logs in %s", name, moment.name)
			return
		case why != "":
			o.find("%s logs in %s, although %s", name, moment.name, why)
			return
		case i == len(moments)-1 && s.actor != "":
			o.find("%s acts for more than an hour", name)
		case !acted:
			return // what may log in now may do so later
		}
	}
}

// checkCode checks that a login is one by code only if a code was given in it.
func (o *outcome) checkCode(name string, cookies jar, h held) {
	byCode := h.by != before && (o.ops[h.by].path == "/confirm-by-code" || o.ops[h.by].path == "/finish") && o.answers[h.by].status == 200
	confirms := func(op operation) bool { return op.path == "/confirm-by-code" || op.path == "/finish" }
	if slices.ContainsFunc(o.ops, confirms) && !byCode && o.lookAt("/code-page", cookies, 0).login != "" {
		o.find("%s passes for a login by code", name)
	}
}

// look returns what cookies see. Many schedules leave the same cookies and rows, so the
// answer is kept.
func (o *outcome) look(cookies jar, after time.Duration) shown {
	return o.lookAt("/page", cookies, after)
}

func (o *outcome) lookAt(path string, cookies jar, after time.Duration) shown {
	key := fmt.Sprint(path, " ", cookies[sessionCookie], " ", cookies[rememberCookie], " ", after, " ", o.rows, o.store.passwords)
	seen, known := o.seen[key]
	if !known {
		seen = o.sees(path, cookies, after)
		o.seen[key] = seen
	}
	return seen
}

// heldOf returns the login of that ID, as it is in cookies that an operation has issued.
func (o *outcome) heldOf(id string, by int) held {
	for i := range o.ops {
		if made := o.last(i, "create", id); made != before {
			return o.newLogin(i, made)
		}
	}
	h := anchored(o.nameOf(id))
	if h.by = by; by != before && o.ops[by].path == "/others" {
		h.bound = o.first(by, "read user")
	}
	return h
}

// newLogin returns the login that an operation has made.
func (o *outcome) newLogin(i, made int) held {
	h := held{login: newName(i), user: o.ops[i].about(), by: i, made: made, bound: o.first(i, "read user")}
	if o.ops[i].path == "/finish" {
		h.bound = before // to the password of the first step
	}
	return h
}

func newName(i int) string { return fmt.Sprint("new ", i) }

// mustNotLogIn returns why cookies must not log in, or "".
func (o *outcome) mustNotLogIn(h held) string {
	if h.login == "" {
		return "nobody knows the login"
	}
	for _, e := range o.ending {
		if e.ends(h) {
			return e.name
		}
	}
	for i, op := range o.ops {
		if h.by == before && o.mustEnd(i) && (h.login == op.login || op.login == "acting" && h.login == "victim") {
			return op.String()
		}
	}
	return ""
}

// mustEnd reports whether no cookie of before may log in after an operation. If it
// has deleted nothing, then because the other one has ended the login.
func (o *outcome) mustEnd(i int) bool {
	op := o.ops[i]
	switch {
	case op.path == "/page":
		return op.isTheft()
	case op.ends():
		// Without the remember cookie the session may be a copy that a restore has ended,
		// which must end nothing. With an old one, that need not be judged. An operation
		// that plays alone has no such excuse.
		sure := !op.without(rememberCookie) && op.from != "mixed" || len(o.ops) == 1
		return sure && o.answers[i].status == 200
	}
	return false
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
		name := call.id
		if known := o.heldOf(call.id, before).login; known != "" {
			name = known
		}
		fmt.Fprintf(&b, "\n\t%s: %s %s%s", o.ops[call.player], call.method, name, outcome)
	}
	for i, a := range o.answers {
		fmt.Fprintf(&b, "\n\t%s: %d %s", o.ops[i], a.status, a.body)
	}
	return b.String()
}
