package ginlogin_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// An operation is a request of a browser.
type operation struct {
	browser string // victim, device (another device of the victim), thief, newcomer, site
	does    string
	path    string
	from    string   // the cookies that it sends are these, unless ""
	names   []string // which of them; nil: all
	login   string   // the login that the cookies are of
	target  string   // the login that /end or /end-of ends
}

func (op operation) String() string { return "the " + op.browser + " " + op.does }

// isTheft reports whether the operation presents a remember cookie that was replaced.
func (op operation) isTheft() bool {
	return op.from == "oldest" || op.from == "replaced" || op.from == "mixed"
}

func (op operation) without(name string) bool {
	return op.names != nil && !slices.Contains(op.names, name)
}

var (
	sessionOnly  = []string{sessionCookie}
	rememberOnly = []string{rememberCookie}
)

// operations are played in pairs, each with each and with itself.
var operations = []operation{
	{"victim", "views a page", "/page", "victim", nil, "victim", ""},
	{"victim", "restores the login", "/page", "victim", rememberOnly, "victim", ""},
	{"victim", "restores from a cookie that is being replaced", "/page", "late", nil, "victim", ""},
	{"victim", "confirms the login", "/confirm", "victim", nil, "victim", ""},
	{"victim", "logs in again", "/login", "victim", nil, "victim", ""},
	{"victim", "logs out", "/logout", "victim", nil, "victim", ""},
	{"victim", "logs out after a restart of the browser", "/logout", "victim", rememberOnly, "victim", ""},
	{"victim", "logs out the others", "/others", "victim", nil, "victim", ""},
	{"victim", "ends the device's login", "/end", "victim", nil, "victim", "device"},
	{"device", "views a page", "/page", "device", nil, "device", ""},
	{"device", "restores the login", "/page", "device", rememberOnly, "device", ""},
	{"device", "confirms the login", "/confirm", "device", nil, "device", ""},
	{"device", "logs out", "/logout", "device", nil, "device", ""},
	{"device", "logs out the others", "/others", "device", nil, "device", ""},
	{"device", "ends the victim's login", "/end", "device", nil, "device", "victim"},
	{"thief", "views a page", "/page", "victim", sessionOnly, "victim", ""},
	{"thief", "restores the login", "/page", "victim", rememberOnly, "victim", ""},
	{"thief", "logs out", "/logout", "victim", sessionOnly, "victim", ""},
	{"thief", "logs out the others", "/others", "victim", nil, "victim", ""},
	{"thief", "presents the oldest cookie", "/page", "oldest", nil, "victim", ""},
	{"thief", "presents the cookie before the newest", "/page", "replaced", nil, "victim", ""},
	{"thief", "logs out with the oldest cookie", "/logout", "oldest", nil, "victim", ""},
	{"thief", "logs out with the oldest cookie beside the session", "/logout", "mixed", nil, "victim", ""},
	{"thief", "logs out the others with the oldest cookie beside the session", "/others", "mixed", nil, "victim", ""},
	{"newcomer", "logs in as the same user", "/login", "", nil, "", ""},
	{"site", "ends all logins", "/end-all", "", nil, "", ""},
	{"site", "ends the victim's login", "/end-of", "", nil, "", "victim"},
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
	sent := w.sends(op)
	return op.from == "" || len(sent) > 0 && len(sent) >= len(op.names)
}

// worlds are the states in which the schedules begin. The victim has restored the
// login twice from remember cookies, so that it is of the third generation.
var worlds = []struct {
	name  string
	enter func(*world)
}{
	{"settled", (*world).settled},
	{"right after a restore", (*world).rightAfterARestore},
	{"after a lost answer", (*world).afterALostAnswer},
}

func newWorld(name string, enter func(*world), broken change) *world {
	w := &world{name: name, jars: map[string]jar{}, ids: map[string]string{}}
	w.stagedSite = newStagedSite(broken)
	w.jars["device"] = w.loginAndLater(jar{})
	enter(w)
	w.hold("device")
	w.hold("victim")
	return w
}

// loginAndLater logs in, and views a page when the grace has passed.
func (w *world) loginAndLater(cookies jar) jar {
	cookies, _ = w.do("/login", cookies)
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
	first := w.loginAndLater(jar{})
	second := w.restore(first)
	w.wait(2 * stagedGrace)
	third := w.restore(second)
	third, _ = w.do("/confirm", third)
	w.jars["oldest"], w.jars["replaced"] = first.only(rememberCookie), second.only(rememberCookie)
	w.jars["victim"] = third
	w.jars["mixed"] = jar{sessionCookie: third[sessionCookie], rememberCookie: first[rememberCookie]}
	w.passed("the session of the first generation", first.only(sessionCookie))
	w.passed("the session of the second generation", second.only(sessionCookie))
}

// settled: all cookies are older than the grace, and the newest have come back.
func (w *world) settled() {
	w.restored()
	w.wait(2 * stagedGrace)
	for _, browser := range []string{"victim", "device"} {
		w.jars[browser], _ = w.do("/page", w.jars[browser])
	}
	w.wait(2 * stagedGrace)
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
	w.ids[browser] = w.logsIn(w.jars[browser], 0)
	w.issued(browser, "the cookies of the "+browser, w.jars[browser])
	w.issued(browser, "the session of the "+browser, w.jars[browser].only(sessionCookie))
	w.issued(browser, "the remember cookie of the "+browser, w.jars[browser].only(rememberCookie))
}

func (w *world) issued(login, name string, cookies jar) {
	w.held = append(w.held, held{name: name, cookies: cookies, login: login, by: before, made: before})
}

// passed notes a session that logs in no more.
func (w *world) passed(name string, cookies jar) {
	w.held = append(w.held, held{name: name, cookies: cookies, login: "victim", by: before, made: before, dead: true})
}

// playAll plays every schedule of some operations, and collects what they find.
func (w *world) playAll(ops []operation, f *findings) {
	for _, op := range ops {
		if !w.playable(op) {
			return
		}
	}
	f.plays++
	w.playEach(ops, f.add)
}

func (w *world) playEach(ops []operation, played func(*outcome)) {
	rows := maps.Clone(w.store.rows)
	w.opened = map[string]bool{}
	everySchedule(func(choose func(int) int) {
		w.store.reset(rows)
		played(w.playOne(ops, choose))
	})
	w.store.reset(rows)
}

func (w *world) playOne(ops []operation, choose func(int) int) *outcome {
	answers := make([]answer, len(ops))
	requests := make([]func(context.Context), len(ops))
	for i, op := range ops {
		path, cookies := op.path, w.sends(op)
		if op.target != "" {
			path += "?id=" + w.ids[op.target]
		}
		requests[i] = func(ctx context.Context) { answers[i] = w.serve(ctx, path, cookies) }
	}
	w.alarms, w.store.playing = 0, true
	play(requests, choose, time.After(time.Minute))
	w.store.playing = false
	return w.judge(ops, answers)
}

// A change breaks a site on purpose.
type change func(*ginlogin.LoginManager, *stagedStore)

// sideBySide runs jobs on all processors, each with findings of its own, and returns
// what they have found.
func sideBySide(jobs []func(*findings)) *findings {
	all := newFindings()
	var mu sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, job := range jobs {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			own := newFindings()
			job(own)
			mu.Lock()
			defer mu.Unlock()
			all.merge(own)
		})
	}
	group.Wait()
	return all
}

func TestAllInterleavingsOfTwoOperations(t *testing.T) {
	var jobs []func(*findings)
	for _, at := range worlds {
		for i, first := range operations {
			jobs = append(jobs, func(f *findings) {
				w := newWorld(at.name, at.enter, nil)
				for _, second := range operations[i:] {
					w.playAll([]operation{first, second}, f)
				}
			})
		}
	}
	f := sideBySide(jobs)
	t.Logf("%d pairs in %d schedules", f.plays, f.schedules)
	f.report(t)
}

func TestAllInterleavingsOfThreeOperations(t *testing.T) {
	// More would take minutes.
	ops := operationsNamed(t, "the victim logs out the others", "the victim restores the login", "the thief restores the login",
		"the thief presents the oldest cookie", "the device ends the victim's login", "the site ends all logins")
	var jobs []func(*findings)
	for i, first := range ops {
		for j, second := range ops[:i] {
			jobs = append(jobs, func(f *findings) {
				w := newWorld(worlds[0].name, worlds[0].enter, nil)
				for _, third := range ops[:j] {
					w.playAll([]operation{first, second, third}, f)
				}
			})
		}
	}
	f := sideBySide(jobs)
	t.Logf("%d times three operations in %d schedules", f.plays, f.schedules)
	f.report(t)
}

// operationsNamed returns operations by what they do.
func operationsNamed(t *testing.T, names ...string) []operation {
	t.Helper()
	var ops []operation
	for _, name := range names {
		i := slices.IndexFunc(operations, func(op operation) bool { return op.String() == name })
		if i < 0 {
			t.Fatalf("there is no operation %q", name)
		}
		ops = append(ops, operations[i])
	}
	return ops
}

// Otherwise the suite could be green because every operation is refused.
func TestAnOperationThatPlaysAloneSucceeds(t *testing.T) {
	for _, at := range worlds[:2] {
		w := newWorld(at.name, at.enter, nil)
		for _, op := range operations {
			if !w.playable(op) {
				continue
			}
			w.playEach([]operation{op}, func(o *outcome) {
				want := ""
				if op.path == "/page" && !op.isTheft() {
					want = w.ids[op.login]
				}
				a := o.answers[0]
				if a.status != 200 && !op.isTheft() || a.login() != want || (o.alarms > 0) != op.isTheft() || len(o.told) > 0 {
					t.Errorf("%s: %s: status %d, login %q and not %q, %d alarms, %q", at.name, op, a.status, a.login(), want, o.alarms, o.told)
				}
			})
		}
	}
}

// What the suite is for: each row breaks something, and must be noticed.
func TestTheSuiteNotices(t *testing.T) {
	for name, broken := range map[string]struct {
		change change
		ops    []string
	}{
		"a store that swaps without comparing": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			[]string{"the victim logs out the others", "the thief restores the login"},
		},
		"a store that swaps a use of the login over its end": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			[]string{"the victim logs out the others", "the thief views a page"},
		},
		"a store whose swap makes the row that was deleted": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsRevive = true },
			[]string{"the thief restores the login", "the site ends all logins"},
		},
		"a remember cookie without grace": {
			func(lm *ginlogin.LoginManager, _ *stagedStore) { lm.Remember.Grace = 0 },
			[]string{"the victim restores the login", "the victim restores the login"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sound, found := newFindings(), newFindings()
			newWorld(worlds[0].name, worlds[0].enter, nil).playAll(operationsNamed(t, broken.ops...), sound)
			newWorld(worlds[0].name, worlds[0].enter, broken.change).playAll(operationsNamed(t, broken.ops...), found)
			sound.report(t)
			if len(found.count) == 0 {
				t.Errorf("%d schedules found nothing", found.schedules)
			}
			for text, count := range found.count {
				t.Logf("%s, in %d schedules", text, count)
			}
		})
	}
}
