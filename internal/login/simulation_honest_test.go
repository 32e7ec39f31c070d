package login

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The bounds of honest use, as docs/design.md states them.
const (
	grace    = 60 // seconds
	mostLost = 2  // rotated remember cookies in a row
)

// A browser is honest. It has up to three requests in flight. Its answers come late,
// twice, in another order, or not at all, within the bounds that docs/design.md
// states: the way up and the way down together take less than the grace, and at most
// two rotated remember cookies in a row are lost.
type browser struct {
	*world
	jar
	client     Client
	remembered bool
	up, down   int64 // the longest ways
	losing     int   // percent of the answers
	number     int   // of the latest request
	inFlight   int   // requests whose answers the browser waits for
	underway   int   // these, and those that it has hung up
	closings   int
	closed     int64 // when it was closed last
	lost       int   // rotated cookies in a row
	ending     bool  // a request that ends the other logins is in flight
	ended      bool  // and the site has done it
	excused    int   // the latest request that may meet the end of its copies
	counts
}

// counts are what has happened to browsers.
type counts struct{ requests, rotated, unheard, confirmed, cut, falseAlarms, wronglyOut int }

func (c *counts) add(d counts) {
	c.requests += d.requests
	c.rotated += d.rotated
	c.unheard += d.unheard
	c.confirmed += d.confirmed
	c.cut += d.cut
	c.falseAlarms += d.falseAlarms
	c.wronglyOut += d.wronglyOut
}

// send sends a request. Some arrive twice.
func (b *browser) send(a act) {
	if b.inFlight >= 3 || b.ending && (b.renews() || !b.remembered) {
		return
	}
	b.number++
	req := request{jar: b.jar, client: b.client, act: a, number: b.number}
	b.ending = b.ending || a == endOthers
	b.carry(req)
	if a != endOthers && b.inFlight < 3 && b.chance(3) {
		b.carry(req)
	}
}

// renews reports whether requests get their remember cookie anew. The answer of one
// that was judged before the end of the other logins, and that arrives after it,
// puts a cookie back that has been cut: the next time the browser is opened, its
// user has to log in.
func (b *browser) renews() bool { return b.policy.RenewEach || b.policy.RenewAfter > 0 }

// carry takes a request to the site and its answer back.
func (b *browser) carry(req request) {
	b.inFlight++
	b.underway++
	b.requests++
	closings := b.closings
	b.after(b.delay(b.up), func() {
		v := b.receive(req, b.now)
		way := b.delay(b.down)
		work := b.between(0, way)
		b.after(work, func() {
			a := v.write(b.now)
			b.judge(req, a)
			twice := b.chance(2) && !b.ending
			b.after(way-work, func() { b.hear(req, a, closings) })
			if twice {
				b.after(b.between(way-work, b.down-work), func() { b.hearAgain(req, a, closings) })
			}
		})
	})
}

// delay is mostly short.
func (b *browser) delay(longest int64) int64 {
	if b.chance(80) {
		return b.between(0, min(1, longest))
	}
	return b.between(0, longest)
}

// judge checks what the site has made of an honest request. Only one that was under
// way while the user ended the other logins may find its copies ended.
func (b *browser) judge(req request, a answer) {
	if a.user && req.act == confirm {
		b.confirmed++
	}
	if a.ended {
		b.ended = true
		b.cut++
	}
	if a.rotated {
		b.rotated++
	}
	if !a.user && !b.ended && req.number > b.excused && !b.expired(req.jar) {
		b.wronglyOut++
	}
}

// renewed is the lifetime of remember cookies that are renewed.
const renewed = 30 * day

// expired reports whether the remember cookie has reached its own end.
func (b *browser) expired(j jar) bool {
	return b.remembered && (j.cookie == nil || !b.policy.Valid(*j.cookie, b.now))
}

// hear brings an answer, or loses it.
func (b *browser) hear(req request, a answer, closings int) {
	b.underway--
	if closings == b.closings {
		b.inFlight--
	}
	// A renewed cookie that comes late puts the one back that was rotated meanwhile.
	overwrites := a.cookie != nil && b.cookie != nil && a.cookie.Generation < b.cookie.Generation
	mayLose := !a.rotated || b.lost < mostLost
	switch {
	case closings != b.closings, mayLose && req.act != endOthers && b.remembered && b.chance(b.losing):
		b.unheard++
		if a.rotated {
			b.lost++
		}
		return
	case overwrites && b.lost == mostLost:
		return
	case overwrites:
		b.lost++
	case a.rotated:
		b.lost = 0
	}
	b.take(a)
	if req.act == endOthers {
		b.ending, b.ended, b.excused = false, false, b.number
	}
}

// hearAgain brings an answer once more.
func (b *browser) hearAgain(req request, a answer, closings int) {
	older := a.cookie != nil && b.cookie != nil && a.cookie.Generation < b.cookie.Generation
	if closings == b.closings && !b.ending && req.number > b.excused && !older {
		b.take(a)
	}
}

// close closes the browser, which forgets its session and hangs up. What it hangs up
// counts as lost.
func (b *browser) close() {
	hangsUp := b.underway > 0
	if !b.remembered || b.ending || hangsUp && (b.lost >= mostLost || b.now < b.closed+2*grace) {
		return
	}
	b.closed, b.inFlight = b.now, 0
	b.closings++
	b.session, b.id = nil, 0
}

// visit uses the site for some pages, and comes again within five days.
func (b *browser) visit(until int64) {
	if b.chance(70) {
		b.close()
	}
	if b.chance(10) && b.remembered {
		b.client = anotherClient
		if b.chance(50) {
			b.client = aClient
		}
	}
	var at int64
	for range b.between(1, 7) {
		b.after(at, b.page)
		at += b.between(0, 2) * b.between(1, 70)
	}
	if next := b.now + at + b.between(10*grace, 18*86400); next < until {
		b.after(next-b.now, func() { b.visit(until) })
	}
}

// page opens a page: requests for what is on it, at once, and now and then something
// that the user does.
func (b *browser) page() {
	if b.session == nil && b.id == 0 && b.expired(b.jar) {
		if b.underway > 0 {
			return
		}
		b.jar, b.lost = b.logIn(b.client, renewed, b.now), 0
	}
	switch {
	case b.underway == 0 && b.chance(4):
		b.send(confirm)
	case b.underway == 0 && b.chance(4):
		b.send(endOthers)
	case b.chance(3):
		b.close()
	}
	for range b.between(1, 3) {
		b.after(b.between(0, 1), func() { b.send(look) })
	}
}

// policyOf returns the settings of a site, drawn by lot.
func policyOf(w *world) Policy {
	p := Policy{Stored: true, Grace: grace * time.Second}
	if w.chance(30) {
		p.Idle = 5 * time.Minute
	}
	switch w.random.IntN(3) {
	case 0:
		p.RenewAfter = 7 * day
	case 1:
		p.RenewEach = true
	}
	if w.chance(20) {
		p.Protection = ProtectNone
	}
	return p
}

// honest plays the months of one browser.
func honest(seed uint64, edit func(*browser)) counts {
	w := newWorld(seed, Policy{})
	w.policy = policyOf(w)
	b := &browser{world: w, client: aClient, remembered: true, losing: 10}
	b.up = w.between(0, grace-1)
	b.down = grace - 1 - b.up
	lifetime := 365 * day
	switch {
	case w.sessions == nil && w.policy.Idle == 0 && w.chance(20):
		b.remembered, lifetime = false, 0
	case b.renews():
		lifetime = renewed
	}
	b.jar = w.logIn(b.client, lifetime, w.now)
	edit(b)
	b.visit(w.now + 100*86400)
	b.after(50*86400, func() { w.binding = "NEWER" })
	failed := func() bool { return w.alarms > 0 || b.wronglyOut > 0 }
	w.run(failed)
	if b.losing = 0; !failed() {
		b.page() // once nothing is in flight any more, the login still stands
		w.run(failed)
	}
	b.falseAlarms = w.alarms
	return b.counts
}

// playMonths plays so many browsers, or until one fails.
func playMonths(n int, edit func(*browser)) counts {
	var all counts
	var mu sync.Mutex
	var seed atomic.Int64
	var players sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		players.Go(func() {
			for s := seed.Add(1); s <= int64(n); s = seed.Add(1) {
				c := honest(uint64(s), edit)
				mu.Lock()
				all.add(c)
				failed := all.falseAlarms+all.wronglyOut > 0
				mu.Unlock()
				if failed {
					return
				}
			}
		})
	}
	players.Wait()
	return all
}

func TestMonthsOfHonestUseRaiseNoAlarm(t *testing.T) {
	n := sized(20_000)
	c := playMonths(n, func(*browser) {})
	t.Logf("%d browsers: %+v", n, c)
	if c.falseAlarms != 0 || c.wronglyOut != 0 {
		t.Error("false alarms, or logged out wrongly")
	}
	if c.rotated < 5*n || c.unheard < 5*n || c.confirmed < n || c.cut < n/8 {
		t.Error("too little has happened to tell anything")
	}
}

// What the simulation does not notice it cannot rule out.
func TestMonthsOfUseNoticeABrokenSite(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*browser)
	}{
		{"whose grace is shorter than the ways up and down", func(b *browser) { b.policy.Grace /= 2 }},
		{"without a grace", func(b *browser) { b.policy.Grace = 0 }},
		{"whose swap compares nothing", func(b *browser) { b.blind = true }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if c := playMonths(4_000, test.edit); c.falseAlarms == 0 {
				t.Errorf("no alarm: %+v", c)
			}
		})
	}
}
