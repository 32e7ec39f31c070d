package ginlogin_test

import "slices"

// A world is a site at the moment when the schedules begin.
type world struct {
	*stagedSite
	name  string
	limit int               // MaxLogins
	plays []string          // the operations that are of interest; nil: all
	jars  map[string]jar    // what is sent, and by whom
	ids   map[string]string // of the victim's login, the login on the device, the customer's, and of acting as the customer
	held  []held            // every set of cookies that was issued before

	seen map[string]shown // what cookies see, by the state of the store
}

// A held is a set of cookies that was issued at some time, to any of the browsers.
type held struct {
	name    string
	cookies jar
	login   string // whose login it is: "victim", "device", …, or that of a new Login
	user    string
	by      int  // the operation that issued it, or before
	made    int  // the store call that made the login, or before
	bound   int  // the store call that read the user to whose password it is bound, or before
	dead    bool // it logs in at no time
}

const before = -1

// anchored is a login of before the schedule.
func anchored(login string) held {
	h := held{login: login, user: "1", by: before, made: before, bound: before}
	if login == "customer" || login == "acting" {
		h.user = "2"
	}
	return h
}

// A stage is a state in which schedules begin. The victim has restored the login twice
// from remember cookies, so that it is of the third generation.
type stage struct {
	name  string
	enter func(*world)
	limit int
	plays []string
}

// manyLogins is a MaxLogins that no schedule reaches.
const manyLogins = 100

var stages = []stage{
	{"settled", (*world).settled, manyLogins, nil},
	{"right after a restore", (*world).rightAfterARestore, manyLogins, nil},
	{"after a lost answer", (*world).afterALostAnswer, manyLogins, nil},
	{"at the limit of logins", (*world).settled, 2, []string{
		"the newcomer logs in as the same user", "the newcomer logs in as the customer", "the starter finishes the login", "the victim logs in again",
		"the victim views a page", "the victim restores the login", "the victim logs out", "the victim logs out the others",
		"the victim acts as the customer", "the actor views a page", "the actor stops acting",
		"the device views a page", "the device logs out", "the site ends all logins",
	}},
}

func newWorld(at stage, broken change) *world {
	w := &world{name: at.name, limit: at.limit, plays: at.plays, jars: map[string]jar{}, ids: map[string]string{}}
	w.stagedSite = newStagedSite(at.limit, broken)
	w.jars["device"] = w.loginAndLater("/login?external=" + provider)
	at.enter(w)
	w.hold("device")
	w.hold("victim")
	return w
}

// loginAndLater logs in, and views a page when the grace has passed.
func (w *world) loginAndLater(path string) jar {
	cookies, _ := w.do(path, jar{})
	w.wait(2 * stagedGrace)
	cookies, _ = w.do("/page", cookies)
	return cookies
}

// restore closes the browser and opens it again.
func (w *world) restore(cookies jar) jar {
	cookies, _ = w.do("/page", cookies.only(rememberCookie))
	return cookies
}

// restored brings the victim to the third generation, and keeps the cookies of the
// first two.
func (w *world) restored() {
	first := w.loginAndLater("/login")
	second := w.restore(first)
	w.wait(2 * stagedGrace)
	third := w.restore(second)
	third, _ = w.do("/confirm", third)
	w.jars["oldest"], w.jars["replaced"] = first.only(rememberCookie), second.only(rememberCookie)
	w.jars["victim"] = third
	w.jars["mixed"] = jar{sessionCookie: third[sessionCookie], rememberCookie: first[rememberCookie]}
	w.dead("the session of the first generation", first.only(sessionCookie))
	w.dead("the session of the second generation", second.only(sessionCookie))
}

// settled: all cookies are older than the grace, and the newest have come back. One
// browser has begun a login in two steps, and in a copy of the victim's cookies the
// victim acts as the customer.
func (w *world) settled() {
	w.restored()
	w.wait(2 * stagedGrace)
	w.jars["customer"] = w.loginAndLater("/login?user=2")
	w.jars["starter"], _ = w.do("/begin", jar{})
	w.jars["actor"], _ = w.do("/act?user=2", w.jars["victim"])
	for _, browser := range []string{"victim", "device"} {
		w.jars[browser], _ = w.do("/page", w.jars[browser])
	}
	w.wait(2 * stagedGrace)
	w.dead("the session between password and code", w.jars["starter"])
	w.hold("customer")
	w.ids["acting"] = w.sees("/page", w.jars["actor"], 0).login
	w.issued("acting", "the session of acting as the customer", w.jars["actor"].only(sessionCookie))
}

// rightAfterARestore: the second generation's cookie is good for a while.
func (w *world) rightAfterARestore() {
	w.restored()
	w.wait(stagedGrace / 2)
	w.jars["late"] = w.jars["replaced"]
	w.issued("victim", "the cookie that is being replaced", w.jars["late"])
	delete(w.jars, "replaced")
}

// afterALostAnswer: the browser holds the second generation's cookie, because the
// answer with the third did not arrive.
func (w *world) afterALostAnswer() {
	w.restored()
	w.wait(2 * stagedGrace)
	w.jars["victim"] = w.jars["replaced"]
	delete(w.jars, "replaced")
	delete(w.jars, "mixed") // the browser never had the session of the third generation
}

// hold notes the ID of a browser's login and the cookies that were issued for it.
func (w *world) hold(browser string) {
	w.ids[browser] = w.sees("/page", w.jars[browser], 0).login
	w.issued(browser, "the cookies of the "+browser, w.jars[browser])
	w.issued(browser, "the session of the "+browser, w.jars[browser].only(sessionCookie))
	w.issued(browser, "the remember cookie of the "+browser, w.jars[browser].only(rememberCookie))
}

func (w *world) issued(login, name string, cookies jar) {
	h := anchored(login)
	h.name, h.cookies = name, cookies
	w.held = append(w.held, h)
}

// dead notes a session that logs nobody in.
func (w *world) dead(name string, cookies jar) {
	w.issued("victim", name, cookies)
	w.held[len(w.held)-1].dead = true
}

// nameOf returns the name of a login that was there before, or "".
func (w *world) nameOf(id string) string {
	for _, name := range []string{"victim", "device", "customer", "acting"} {
		if id != "" && w.ids[name] == id {
			return name
		}
	}
	return ""
}

// loginOf returns the login in which a browser is when the schedules begin, or "".
func loginOf(browser string) string {
	switch {
	case browser == "actor":
		return "acting"
	case slices.Contains([]string{"victim", "device", "customer"}, browser):
		return browser
	}
	return ""
}
