package main

import (
	"strings"
	"testing"
)

// measured returns an entrant that has taken so many nanoseconds in each of three rounds.
func measured(name string, took, wall, allocs float64) *entrant {
	return &entrant{
		site: &site{name: name}, allocs: allocs,
		took: []float64{took, took, took}, wall: []float64{wall, wall, wall},
	}
}

func reportOf(title string, entrants ...*entrant) *report {
	return &report{races: map[string]*race{title: {title: title, entrants: entrants}}}
}

func TestBars(t *testing.T) {
	site := func(took, allocs float64) *report {
		return reportOf(theAuthenticated, measured(handWritten, 100, 0, 3), measured(handFloor, 200, 0, 6),
			measured(ginJWT, 1000, 0, 63), measured(onOurs, took, 0, allocs))
	}
	untouched := func(took, allocs float64) *report {
		return reportOf(theUntouched, measured(aloneOurs, 400, 0, 3), measured(handFloor, 500, 0, 4), measured(onOurs, took, 0, allocs))
	}
	for _, row := range []struct {
		name          string
		bar           bar
		want, verdict string
	}{
		{"at the stretch", site(280, 6).timesLimit("", onOurs, 3.1, 2.8), "2.80", "yes, and the stretch"},
		{"at the bar", site(310, 6).timesLimit("", onOurs, 3.1, 2.8), "3.10", "yes"},
		{"beyond the bar", site(311, 6).timesLimit("", onOurs, 3.1, 2.8), "3.11", "**no**"},
		{"near enough to the floor", site(260, 6).timesFloor("", onOurs, 1.3), "1.30", "yes"},
		{"too far from the floor", site(262, 6).timesFloor("", onOurs, 1.3), "1.31", "**no**"},
		{"so many allocations", site(0, 6).allocations("", theAuthenticated, onOurs, 6), "6", "yes"},
		{"an allocation too many", site(0, 7).allocations("", theAuthenticated, onOurs, 6), "7", "**no**"},
		{"fast enough", site(250, 6).faster("", onOurs, ginJWT, 4), "4.00", "yes"},
		{"not fast enough", site(260, 6).faster("", onOurs, ginJWT, 4), "3.85", "**no**"},
		{"a little more than sessions alone", untouched(560, 4).addsTo("", onOurs, aloneOurs, 160, 1), "160 ns and 1", "yes"},
		{"too slow", untouched(561, 4).addsTo("", onOurs, aloneOurs, 160, 1), "161 ns and 1", "**no**"},
		{"two allocations more", untouched(500, 5).addsTo("", onOurs, aloneOurs, 160, 1), "100 ns and 2", "**no**"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !strings.HasPrefix(row.bar.measured, row.want) || row.bar.verdict() != row.verdict {
				t.Errorf("%s: %s, want %s: %s", row.bar.measured, row.bar.verdict(), row.want, row.verdict)
			}
		})
	}
}

func TestABarShowsWhatTheFloorItselfTakes(t *testing.T) {
	authenticated := reportOf(theAuthenticated, measured(handWritten, 100, 0, 3), measured(handFloor, 200, 0, 6),
		measured(onOurs, 300, 0, 6), measured(onStock, 900, 0, 6))
	untouched := reportOf(theUntouched, measured(aloneOurs, 400, 0, 3), measured(handFloor, 500, 0, 4), measured(onOurs, 600, 0, 4))
	for _, row := range []struct {
		name string
		bar  bar
		want string
	}{
		{"as a ratio to the limit", authenticated.timesLimit("", onOurs, 3.1, 2.8), "2.00"},
		{"as a ratio to another site", authenticated.atMost("", theAuthenticated, onOurs, handWritten, 1), "2.00"},
		{"as a difference", untouched.addsTo("", onOurs, aloneOurs, 160, 1), "100 ns and 1"},
		{"unless the site has no floor", authenticated.atMost("", theAuthenticated, onStock, handWritten, 1), "–"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.bar.floor != row.want {
				t.Errorf("the floor is %s, want %s", row.bar.floor, row.want)
			}
		})
	}
}

func TestWhatARowAddsIsComparedWithALookUp(t *testing.T) {
	remote, lookUp := measured(withPostgreRows, 38, 38, 0), measured(selectPostgre, 20, 20, 0)
	remote.waits, lookUp.waits = true, true
	r := reportOf(theRows, measured(onOurs, 4, 8, 0), measured(withSQLiteRows, 14, 0, 0), measured(selectSQLite, 8, 0, 0), remote, lookUp)
	for _, row := range []struct{ name, site, lookUp, want, verdict string }{
		{"by processor time in this process", withSQLiteRows, selectSQLite, "1.25", "yes"},
		{"by the wall clock on a server", withPostgreRows, selectPostgre, "1.50", "**no**"},
		{"without the server", "none", selectPostgre, "", "not measured"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := r.rowAdds("", row.site, row.lookUp, 1.25)
			if !strings.HasPrefix(b.measured, row.want) || b.verdict() != row.verdict {
				t.Errorf("%s: %s, want %s: %s", b.measured, b.verdict(), row.want, row.verdict)
			}
		})
	}
}
