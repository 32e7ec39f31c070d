package ginlogin_test

import (
	"maps"
	"slices"
)

// An ending is the end of logins by an operation.
type ending struct {
	by       int
	at       int    // the store call that ended the logins
	of       string // one login, or everyLogin, or otherLogins
	user     string // whose, with everyLogin and otherLogins
	except   string // one login, with everyLogin
	password bool   // by a new password, which ends what is bound to the one before
	name     string
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
	case e.password:
		return h.user == e.user && h.bound <= e.at
	case e.of == otherLogins || e.of == everyLogin:
		return h.user == e.user && h.login != e.except && h.made <= e.at // a login made after the end is another matter
	}
	return h.login == e.of
}

// findEndings notes what the operations have ended, as the store saw it.
func (o *outcome) findEndings() {
	for at, call := range o.calls {
		op := o.ops[call.player]
		e := ending{by: call.player, at: at, user: call.user, name: op.String()}
		switch {
		case call.method == "delete":
			e.of = o.heldOf(call.id, before).login
		case op.path == "/everywhere" && call.method == "delete all but":
			e.of, e.except = everyLogin, op.login // which it ends when it is done
		case call.method == "delete all but" && call.id == "":
			e.of = everyLogin
		case call.method == "delete all but":
			e.of = otherLogins
		case call.method == "write user":
			e.of, e.user, e.password = everyLogin, op.about(), true
		}
		if e.of != "" {
			o.ending = append(o.ending, e)
		}
	}
	for i := range o.ops {
		if o.answers[i].status == 200 {
			o.findPromise(i)
		}
	}
	for i, op := range o.ops {
		if op.path == "/act" && o.answers[i].status == 200 {
			o.endWith(newName(i), op.login)
		}
	}
	if o.ids["acting"] != "" {
		o.endWith("acting", "victim")
	}
}

// findPromise notes what an operation has ended because it says so, whatever the store
// saw.
func (o *outcome) findPromise(i int) {
	op := o.ops[i]
	e := ending{by: i, at: len(o.calls), name: op.String()}
	switch op.path {
	case "/stop", "/everywhere":
		e.of = op.login
	case "/end", "/end-of":
		e.of = op.target
	case "/end-external":
		e.of = "device"
	case "/end-all":
		e.of, e.user, e.at = everyLogin, op.about(), o.last(i, "delete all but", "*")
	case "/others":
		e.of, e.user, e.at = otherLogins, op.about(), o.last(i, "delete all but", "*")
	default:
		return
	}
	o.ending = append(o.ending, e)
}

// endWith notes that acting ends with the login that acts, and with a restore of that
// login: the one who was restored is not the one who began to act.
func (o *outcome) endWith(acting, actor string) {
	for _, e := range slices.Clone(o.ending) {
		if e.of != acting && e.ends(anchored(actor)) {
			o.ending = append(o.ending, ending{by: e.by, at: e.at, of: acting, name: e.name})
		}
	}
	for at, call := range o.calls {
		if call.raised && call.id == o.ids[actor] {
			o.ending = append(o.ending, ending{by: call.player, at: at, of: acting, name: o.ops[call.player].String()})
		}
	}
}

// checkKept checks that a browser whose login has not ended is still in it, in
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
		cookies, login := o.arrive(browser, order)
		if login.login == "" || slices.ContainsFunc(o.ending, func(e ending) bool { return o.endsFor(browser, e, login) }) {
			return
		}
		for _, moment := range moments[:2] {
			if found := o.heldOf(o.look(cookies, moment.after).login, before); found.login != login.login {
				o.find("the %s is logged out %s, after the answers to: %s", browser, moment.name, o.names(order))
				return
			}
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
// order, and the login that it should be in.
func (o *outcome) arrive(browser string, order []int) (cookies jar, login held) {
	cookies, login = maps.Clone(o.jars[browser]), anchored(loginOf(browser))
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
		made := o.last(i, "create", "*")
		switch path := o.ops[i].path; {
		case a.status == 200 && made != before:
			login = o.newLogin(i, made)
		case path == "/stop" && a.status == 200:
			login = anchored("victim")
			login.by = i
		case o.ops[i].ends() || path == "/everywhere":
			login = held{}
		case login.by != before && len(a.set) > 0:
			// An answer of the login before has overwritten the cookies of the new one.
			login = held{}
		}
	}
	return cookies, login
}

// checkSurplus checks what logins end because the user has too many: no more than are
// too many, and neither the new one nor the one of who acts as the user.
func (o *outcome) checkSurplus() {
	newcomers, all := map[string]int{}, 0
	for i, op := range o.ops {
		if listed := o.first(i, "list"); op.logsIn() && op.login == "" && listed != before {
			newcomers[op.about()]++
			all++
			o.checkSurplusOf(i, listed)
		}
	}
	if all < len(o.ops) || o.limit == manyLogins {
		return
	}
	// Who logs in does not end a login made later. The next login ends what is too many.
	for user, some := range newcomers {
		if left := o.ownRows(user); left < o.limit || left > o.limit+some-1 {
			o.find("%d logins of the user %q are left of at most %d", left, user, o.limit)
		}
	}
}

func (o *outcome) checkSurplusOf(i, listed int) {
	ended, tooMany := 0, -o.limit
	for _, row := range o.calls[listed].listed {
		if row.ActingUser == "" {
			tooMany++
		}
	}
	for _, call := range o.calls[listed:] {
		if call.player != i || call.method != "delete" {
			continue
		}
		ended++
		if name := o.heldOf(call.id, before).login; name == newName(i) || name == "acting" {
			o.find("%s and ends the login %q", o.ops[i], name)
		}
	}
	if ended > max(tooMany, 0) {
		o.find("%s and ends %d logins, %d too many", o.ops[i], ended, tooMany)
	}
}

// ownRows returns how many logins of a user are left.
func (o *outcome) ownRows(user string) int {
	left := 0
	for _, row := range o.store.rows {
		if row.User == user && row.ActingUser == "" {
			left++
		}
	}
	return left
}
