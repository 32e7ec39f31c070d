package web

import (
	"fmt"
	"time"
)

// Times in words. A page without a script does not know the reader's time zone, but spans are
// clear everywhere.

// Ago says how long ago t was.
func Ago(now, t time.Time) string {
	span := now.Sub(t)
	switch {
	case span < 2*time.Minute: // also in the future: clocks differ
		return "just now"
	case span < 2*time.Hour:
		return plural(int(span/time.Minute), "minute") + " ago"
	case span < 48*time.Hour:
		return plural(int(span/time.Hour), "hour") + " ago"
	}
	return plural(int(span/(24*time.Hour)), "day") + " ago"
}

// In says how long it is until t.
func In(now, t time.Time) string {
	span := t.Sub(now).Round(time.Minute)
	switch {
	case span < 2*time.Minute:
		return "in a moment"
	case span < 2*time.Hour:
		return "in " + plural(int(span/time.Minute), "minute")
	case span < 48*time.Hour:
		return "in " + plural(int(span/time.Hour), "hour")
	}
	return "in " + plural(int(span/(24*time.Hour)), "day")
}

// Lasting says how long to wait, rounded up, so that visitors do not come back too early.
func Lasting(span time.Duration) string {
	if span > 59*time.Second {
		return plural(int((span+time.Minute-1)/time.Minute), "minute")
	}
	return plural(max(1, int((span+time.Second-1)/time.Second)), "second")
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
