package main

import "fmt"

// A bar is a goal, and what was measured.
type bar struct {
	request, bar string
	measured     string
	floor        string // what was measured of the site's floor, or a dash
	reached      bool
	stretch      bool // and the figure beyond it, too
	missing      bool // was not measured: there is no server
}

// bars compares what was measured with the goals.
func (r *report) bars() []bar {
	bars := []bar{
		r.timesLimit("authenticated, `cookiestore.Sessions`, no protection", onOursOff, 2.5, 2.2),
		r.timesFloor("the same", onOursOff, 1.35),
		r.allocations("the same", theAuthenticated, onOursOff, 5),
		r.timesLimit("authenticated, `cookiestore.Sessions`, basic protection", onOurs, 3.1, 2.8),
		r.timesFloor("the same", onOurs, 1.30),
		r.allocations("the same", theAuthenticated, onOurs, 6),
		r.faster("the same, against gin-jwt", onOurs, ginJWT, 3.2),
		r.faster("the same, against scs", onOurs, scsMemory, 7),
		r.faster("the same, against hand-rolled on the cookie store", onOurs, handCookie, 7.5),
		r.atMost("authenticated, stock cookie store, basic protection, against hand-rolled", theAuthenticated, onStock, handCookie, 1.10),
	}
	for _, on := range []struct{ middleware, site, alone string }{
		{"cookiestore.Sessions", onOurs, aloneOurs},
		{"sessions.Sessions(cookiestore)", onStore, aloneStore},
		{"sessions.Sessions(cookie)", onStock, aloneStock},
	} {
		bars = append(bars, r.addsTo("untouched route, against `"+on.middleware+"` alone", on.site, on.alone, 160, 1))
	}
	return append(bars,
		r.atMost("refused stranger without cookies, `cookiestore.Sessions`, against hand-rolled on the cookie store", theAnonymous, onOurs, handCookie, 0.85),
		r.atMost("the same on the stock cookie store", theAnonymous, onStock, handCookie, 0.85),
		r.allocations("restored by the remember cookie, `cookiestore.Sessions`", theRemembered, onOurs, 28),
		r.allocations("login, `cookiestore.Sessions`", theLogin, onOurs, 18),
		r.allocations("logout, `cookiestore.Sessions`", theLogout, onOurs, 24),
		r.rowAdds("what a row in SQLite adds, against one prepared SELECT", withSQLiteRows, selectSQLite, 1.25),
		r.rowAdds("what a row in PostgreSQL adds, against one prepared SELECT", withPostgreRows, selectPostgre, 1.25),
	)
}

// floors are the sites that do by hand what another site does. A bar that its floor misses is out of reach on the
// machine.
var floors = map[string]string{onOursOff: handFloorOff, onOurs: handFloor}

func (r *report) ofFloor(race, site, other string) string {
	floor, ok := floors[site]
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", r.ratio(race, floor, other).value)
}

func (r *report) timesLimit(request, site string, most, stretch float64) bar {
	measured := r.ratio(theAuthenticated, site, handWritten)
	return bar{
		request:  request,
		bar:      fmt.Sprintf("≤ %.1f × the limit (stretch: %.1f)", most, stretch),
		measured: measured.String(), floor: r.ofFloor(theAuthenticated, site, handWritten),
		reached: measured.value <= most, stretch: measured.value <= stretch,
	}
}

func (r *report) timesFloor(request, site string, most float64) bar {
	measured := r.ratio(theAuthenticated, site, floors[site])
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.2f × its floor", most),
		measured: measured.String(), floor: "–", reached: measured.value <= most,
	}
}

func (r *report) allocations(request, race, site string, most float64) bar {
	measured := r.race(race).entrant(site).allocs
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.0f allocations", most),
		measured: fmt.Sprintf("%.0f", measured), floor: "–", reached: measured < most+0.5,
	}
}

func (r *report) faster(request, site, than string, least float64) bar {
	measured := r.ratio(theAuthenticated, than, site)
	return bar{
		request: request, bar: fmt.Sprintf("≥ %.3g × as fast", least),
		measured: measured.String(), floor: "–", reached: measured.value >= least,
	}
}

func (r *report) atMost(request, race, site, other string, most float64) bar {
	measured := r.ratio(race, site, other)
	return bar{
		request: request, bar: fmt.Sprintf("≤ %.2f ×", most),
		measured: measured.String(), floor: r.ofFloor(race, site, other), reached: measured.value <= most,
	}
}

func (r *report) addsTo(request, site, alone string, ns, allocs float64) bar {
	time, more := r.adds(site, alone)
	b := bar{
		request: request, bar: fmt.Sprintf("≤ %.0f ns and %.0f allocation more", ns, allocs),
		measured: fmt.Sprintf("%.0f ns and %.0f", time, more), floor: "–", reached: time <= ns && more < allocs+0.5,
	}
	if floor, ok := floors[site]; ok {
		time, more := r.adds(floor, alone)
		b.floor = fmt.Sprintf("%.0f ns and %.0f", time, more)
	}
	return b
}

// adds returns the nanoseconds and the allocations that a site takes more than its sessions alone.
func (r *report) adds(site, alone string) (ns, allocs float64) {
	with, without := r.race(theUntouched).entrant(site), r.race(theUntouched).entrant(alone)
	return median(differences(with.took, without.took)), with.allocs - without.allocs
}

// rowAdds compares what a login store adds to an authenticated request with a look-up alone.
func (r *report) rowAdds(request, site, lookUp string, most float64) bar {
	b := bar{request: request, bar: fmt.Sprintf("≤ %.2f ×", most), floor: "–"}
	race := r.race(theRows)
	with, without, alone := race.entrant(site), race.entrant(onOurs), race.entrant(lookUp)
	if with == nil || alone == nil {
		b.missing = true
		return b
	}
	before := without.took
	if with.waits {
		before = without.wall
	}
	measured := ratioOf(differences(with.took, before), alone.took)
	b.measured, b.reached = measured.String(), measured.value <= most
	return b
}

func (b bar) verdict() string {
	switch {
	case b.missing:
		return "not measured"
	case b.stretch:
		return "yes, and the stretch"
	case b.reached:
		return "yes"
	}
	return "**no**"
}
