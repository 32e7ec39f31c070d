package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMemoryIsFlatUnlessItsSecondHalfNeedsMore(t *testing.T) {
	samples := func(residents ...float64) (list []sample) {
		for _, r := range residents {
			list = append(list, sample{usage: usage{resident: r, goroutines: 10}})
		}
		return list
	}
	more := samples(100)
	more[0].goroutines = 20
	for _, row := range []struct {
		first, second []sample
		want          string
	}{
		{samples(50, 100, 200), samples(500, 50, 105), "flat"},
		{samples(50, 100, 200), samples(50, 111, 200), "**it grows**"},
		{samples(100), more, "**it grows**"},
	} {
		if got := flat(row.first, row.second); got != row.want {
			t.Errorf("%v, %v: %s, want %s", row.first, row.second, got, row.want)
		}
	}
}

func TestTimesAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		431 * time.Microsecond: "431 µs", 3700 * time.Microsecond: "3.7 ms", 142 * time.Millisecond: "142 ms", 2300 * time.Millisecond: "2.3 s",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// Whoever is slowed down too much, or is answered wrongly, has been starved.
func TestTheFloodTableTellsWhoWasStarved(t *testing.T) {
	calm := result{took: []time.Duration{time.Millisecond}, elapsed: time.Second}
	slow := result{took: []time.Duration{6 * time.Millisecond}, elapsed: time.Second}
	failed := result{took: []time.Duration{time.Millisecond}, elapsed: time.Second, errors: 1, firstError: errors.New("status 503")}
	for _, row := range []struct {
		name string
		with result
		want string
	}{{"fine", calm, "| yes |"}, {"slow", slow, "| 6.0 | **no** |"}, {"failed", failed, "| **no** |"}} {
		r := &report{setups: []figures{{flood: flood{calm: calm, flooded: row.with, fullSpeed: calm, drowned: calm}}}}
		lines := strings.Split(r.markdown(), "\n")
		i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "a page every") })
		if i < 0 || !strings.Contains(lines[i], row.want) {
			t.Errorf("%s: the table has not %q:\n%s", row.name, row.want, r.markdown())
		}
	}
}

func TestConnectionsAreNumbers(t *testing.T) {
	got, err := parseCounts("1,16,256")
	if err != nil || !slices.Equal(got, []int{1, 16, 256}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, wrong := range []string{"", "1,", "0", "-4", "many"} {
		if _, err := parseCounts(wrong); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
