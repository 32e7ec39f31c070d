package main

import "fmt"

// A bar is a goal, and what was measured.
type bar struct {
	request, bar string
	measured     string
	reached      bool
	stretch      bool // and the figure beyond it, too
}

// bars compares what was measured with the goals.
func (r *report) bars() []bar {
	return []bar{
		r.timesLimit("authenticated, `cookiestore.Sessions`, basic protection", onOurs, 2.5, 2.0),
		r.allocations("the same", onOurs, 10),
		r.faster("the same, against the hand-rolled guard on the cookie store", onOurs, handCookie, 9),
		r.faster("the same, against gin-jwt", onOurs, ginJWT, 3.5),
		r.faster("the same, against scs", onOurs, scsMemory, 8),
		r.timesLimit("authenticated, `cookiestore.Sessions`, protection off", onOursOff, 1.7, 1.5),
		r.allocations("the same", onOursOff, 8),
		r.faster("authenticated, `sessions.Sessions` over `cookiestore`, against the cookie store", onStore, onStock, 5),
		r.atMost("authenticated, cookie store, basic protection, against the hand-rolled guard", theAuthenticated, onStock, handCookie, 1.10),
		r.atMost("untouched route, against `sessions.Sessions(cookie)` alone", theUntouched, onStock, aloneStock, 1.25),
		r.addsTo("the same", theUntouched, onStock, aloneStock, 100, 1),
		r.atMost("untouched route, against `cookiestore.Sessions` alone", theUntouched, onOurs, aloneOurs, 1.25),
		r.addsTo("the same", theUntouched, onOurs, aloneOurs, 100, 1),
		r.atMost("anonymous without cookies, cookie store, against the hand-rolled guard", theAnonymous, onStock, handCookie, 0.5),
		r.atMost("anonymous without cookies, `cookiestore.Sessions`, against the hand-rolled guard", theAnonymous, onOurs, handCookie, 0.5),
		r.atMost("anonymous with foreign cookies, `cookiestore.Sessions`, against the hand-rolled guard", theForeign, onOurs, handCookie, 0.6),
		r.fastestLogin(),
	}
}

func (r *report) timesLimit(request, site string, most, stretch float64) bar {
	measured := r.ratio(theAuthenticated, site, handWritten)
	return bar{
		request:  request,
		bar:      fmt.Sprintf("≤ %.1f × the limit (stretch: %.1f)", most, stretch),
		measured: measured.String(), reached: measured.value <= most, stretch: measured.value <= stretch,
	}
}

func (r *report) allocations(request, site string, most float64) bar {
	measured := r.race(theAuthenticated).entrant(site).allocs
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.0f allocations", most),
		measured: fmt.Sprintf("%.0f", measured), reached: measured < most+0.5,
	}
}

func (r *report) faster(request, site, than string, least float64) bar {
	measured := r.ratio(theAuthenticated, than, site)
	return bar{
		request: request, bar: fmt.Sprintf("≥ %.3g × as fast", least),
		measured: measured.String(), reached: measured.value >= least,
	}
}

func (r *report) atMost(request, race, site, other string, most float64) bar {
	measured := r.ratio(race, site, other)
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.2f ×", most),
		measured: measured.String(), reached: measured.value <= most,
	}
}

func (r *report) addsTo(request, race, site, alone string, ns, allocs float64) bar {
	with, without := r.race(race).entrant(site), r.race(race).entrant(alone)
	time, more := with.ns()-without.ns(), with.allocs-without.allocs
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.0f ns and %.0f allocation more", ns, allocs),
		measured: fmt.Sprintf("%.0f ns and %.0f", time, more), reached: time <= ns && more < allocs+0.5,
	}
}

// fastestLogin compares with the fastest of the peers; the hand-written limit is none.
func (r *report) fastestLogin() bar {
	race := r.race(theLogin)
	var fastest *entrant
	for _, name := range []string{ginJWT, scsMemory, authbossCookie, handCookie, handMemstore} {
		if e := race.entrant(name); fastest == nil || e.ns() < fastest.ns() {
			fastest = e
		}
	}
	measured := r.ratio(theLogin, onOurs, fastest.name())
	return bar{
		request: "login, `cookiestore.Sessions`, against the fastest peer (" + fastest.name() + ")", bar: "< 1 ×",
		measured: measured.String(), reached: measured.value < 1,
	}
}

func (b bar) verdict() string {
	switch {
	case b.stretch:
		return "yes, and the stretch"
	case b.reached:
		return "yes"
	}
	return "**no**"
}
