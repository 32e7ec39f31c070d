//go:build !race

package main

import "testing"

// Times depend on the machine, allocations do not. Exception: under the race detector a sync.Pool drops entries at
// random.
func TestTheAllocationsAreWithinTheBars(t *testing.T) {
	for _, row := range []struct {
		title, site string
		kind        kind
		most        float64
	}{
		{theAuthenticated, onOursOff, authenticated, 5},
		{theAuthenticated, onOurs, authenticated, 6},
		{theUntouched, onOurs, untouched, 4},
		{theLogin, onOurs, login, 18},
		{theLogout, onOurs, logout, 24},
		{theRemembered, onOurs, remembered, 28},
	} {
		t.Run(row.title+", "+row.site, func(t *testing.T) {
			e := row.kind(builders[row.site](content{}))
			if err := e.prepare(0); err != nil {
				t.Fatal(err)
			}
			if e.allocs >= row.most+0.5 {
				t.Errorf("%.1f, want %.0f at the most", e.allocs, row.most)
			}
		})
	}
}
