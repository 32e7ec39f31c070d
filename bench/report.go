package main

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ginlogin/ginlogin/bench/internal/paper"
)

// A report is what one run has measured.
type report struct {
	races         map[string]*race
	bySize        []*race
	unavailable   []string
	date, machine string
	rounds        int
	batch         time.Duration
}

func newReport(races []*race, servers *servers, rounds int, batch time.Duration) *report {
	r := &report{
		races: map[string]*race{}, unavailable: servers.unavailable,
		date: time.Now().Format(time.DateOnly), machine: paper.Machine(), rounds: rounds, batch: batch,
	}
	for _, race := range races {
		r.races[race.title] = race
		if strings.HasPrefix(race.title, contentTitle) {
			r.bySize = append(r.bySize, race)
		}
	}
	return r
}

func (r *report) race(title string) *race { return r.races[title] }

// ratio says how many times as long one site takes as another in that race.
func (r *report) ratio(race, site, other string) ratio {
	return ratioOf(r.race(race).entrant(site).took, r.race(race).entrant(other).took)
}

func (q ratio) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", q.value, q.low, q.high) }

// markdown returns all tables.
func (r *report) markdown() string {
	w := &strings.Builder{}
	fmt.Fprintf(w, "Measured on %s: %s. %s. %d rounds of batches of %v of %s; a ratio is the median of the ratios of all rounds, with the interval of 95 %%, and not the quotient of two times below.\n",
		r.date, r.machine, strings.Join(versions(), ", "), r.rounds, r.batch, clockName)
	for _, reason := range r.unavailable {
		fmt.Fprintf(w, "Not there, and left out: %s.\n", reason)
	}
	r.ladderTable(w)
	r.changesTable(w)
	r.barTable(w)
	r.authenticatedTable(w)
	r.kindTable(w)
	r.contentTable(w)
	r.serverTable(w)
	r.optionTable(w)
	r.processorTable(w)
	return w.String()
}

// The rungs of the ladder, from below.
var rungs = []string{handWritten, handOurs, handFloorOff, onOursOff, handFloor, onOurs}

func (r *report) ladderTable(w *strings.Builder) {
	paper.Section(w, "The ladder: an authenticated request", "", "µs", "× the limit", "× its floor", "allocations")
	for _, rung := range rungs {
		e, distance := r.race(theAuthenticated).entrant(rung), "–"
		if floor, ok := floors[rung]; ok {
			distance = r.ratio(theAuthenticated, rung, floor).String()
		}
		paper.Row(w, rung, micro(e), r.ratio(theAuthenticated, rung, handWritten).String(), distance, fmt.Sprintf("%.0f", e.allocs))
	}
}

// changesTable shows what changes a login. Ratios can be compared with those of an
// earlier run, and times cannot.
func (r *report) changesTable(w *strings.Builder) {
	paper.Section(w, "Login, logout and restore on `cookiestore.Sessions`, basic protection", "", "µs", "× the floor", "allocations")
	for _, change := range []struct{ race, floor string }{
		{theLogin, handFloor}, {theLogout, handFloor}, {theRemembered, loginByFloor},
	} {
		e := r.race(change.race).entrant(onOurs)
		paper.Row(w, change.race, micro(e), r.ratio(change.race, onOurs, change.floor).String(), fmt.Sprintf("%.0f", e.allocs))
	}
	w.WriteString("\nThe restore is compared with the floor's login.\n")
}

func (r *report) barTable(w *strings.Builder) {
	paper.Section(w, "Bars", "request", "bar", "measured", "the floor itself", "reached")
	for _, b := range r.bars() {
		paper.Row(w, b.request, b.bar, b.measured, b.floor, b.verdict())
	}
}

func (r *report) authenticatedTable(w *strings.Builder) {
	paper.Section(w, "An authenticated request", "", "µs", "× the limit", "allocations", "bytes")
	race := r.race(theAuthenticated)
	for _, e := range byTime(race.entrants) {
		paper.Row(w, e.name(), micro(e), r.ratio(race.title, e.name(), handWritten).String(),
			fmt.Sprintf("%.0f", e.allocs), fmt.Sprintf("%.0f", e.bytes))
	}
}

func byTime(entrants []*entrant) []*entrant {
	return slices.SortedStableFunc(slices.Values(entrants), func(a, b *entrant) int {
		switch {
		case a.ns() < b.ns():
			return -1
		case a.ns() > b.ns():
			return 1
		}
		return 0
	})
}

func micro(e *entrant) string {
	switch us := e.ns() / 1000; {
	case us < 10:
		return fmt.Sprintf("%.2f", us)
	default:
		return fmt.Sprintf("%.1f", us)
	}
}

// cell is time and allocations, or a dash for who does not take part.
func cell(e *entrant) string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%s (%.0f)", micro(e), e.allocs)
}

func (r *report) kindTable(w *strings.Builder) {
	titles := []string{theUntouched, theAnonymous, theForeign, theTampered, theLogin, theLogout, theRemembered}
	paper.Section(w, "Every kind of request: µs (allocations)", append([]string{""}, titles...)...)
	for _, name := range append([]string{aloneStock, aloneStore, aloneOurs}, everybody...) {
		cells := []string{name}
		for _, title := range titles {
			cells = append(cells, cell(r.race(title).entrant(name)))
		}
		paper.Row(w, cells...)
	}
}

func (r *report) contentTable(w *strings.Builder) {
	columns := []string{""}
	for _, race := range r.bySize {
		columns = append(columns, strings.TrimPrefix(race.title, contentTitle))
	}
	paper.Section(w, "Authenticated, by what else is in the session: µs (allocations)", columns...)
	for _, name := range contentNames {
		cells := []string{name}
		for _, race := range r.bySize {
			cells = append(cells, cell(race.entrant(name)))
		}
		paper.Row(w, cells...)
	}
	w.WriteString("\nThe hand-written limit never has anything but its ID. A dash: the cookie would be longer than browsers keep.\n")
}

func (r *report) serverTable(w *strings.Builder) {
	paper.Section(w, "With servers, on this machine", "", "µs", "allocations", "ratio")
	for _, title := range []string{theServers, theRedisLogin, theRows} {
		race := r.race(title)
		if race == nil {
			continue
		}
		for _, e := range race.entrants {
			paper.Row(w, title+": "+e.name(), micro(e), fmt.Sprintf("%.0f", e.allocs), r.ratio(title, e.name(), race.entrants[0].name()).String())
		}
	}
}

func (r *report) optionTable(w *strings.Builder) {
	paper.Section(w, "What options cost an authenticated request on `cookiestore.Sessions`", "option", "ns", "more than the default", "allocations", "more")
	race := r.race(theOptions)
	base := race.entrant(theDefault)
	for _, e := range race.entrants {
		paper.Row(w, e.name(), fmt.Sprintf("%.0f", e.ns()), fmt.Sprintf("%+.0f", median(differences(e.took, base.took))),
			fmt.Sprintf("%.0f", e.allocs), fmt.Sprintf("%+.0f", e.allocs-base.allocs))
	}
}

func (r *report) processorTable(w *strings.Builder) {
	paper.Section(w, "With two processors, authenticated", "", "requests in a second with one", "with two", "ratio", "processor time of a request, with two against one")
	race := r.race(theProcessors)
	for _, name := range processorNames {
		one, two := race.entrant(name), race.entrant(name+twoProcessors)
		paper.Row(w, name, perSecond(one), perSecond(two), ratioOf(one.wall, two.wall).String(), ratioOf(two.took, one.took).String())
	}
}

func perSecond(e *entrant) string { return fmt.Sprintf("%.0f 000", 1e6/median(e.wall)) }

// versions returns what has raced.
func versions() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	found := map[string]string{}
	for _, dep := range info.Deps {
		found[dep.Path] = dep.Version
	}
	list := []string{paper.GoVersion()}
	for _, path := range []string{
		"github.com/gin-gonic/gin", "github.com/gin-contrib/sessions", "github.com/appleboy/gin-jwt/v2",
		"github.com/alexedwards/scs/v2", "github.com/volatiletech/authboss/v3",
	} {
		if version := found[path]; version != "" {
			list = append(list, strings.TrimPrefix(path, "github.com/")+" "+version)
		}
	}
	return list
}
