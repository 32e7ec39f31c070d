package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ginlogin/ginlogin/bench/internal/paper"
)

// A report is what one run has measured.
type report struct {
	date    time.Time
	plan    plan
	setups  []figures
	missing error
}

// atMost is what the flood may do to the pages of those who are logged in.
const atMost = 5

func (r *report) markdown() string {
	w := &strings.Builder{}
	fmt.Fprintf(w, "Measured on %s: %s. %s. %v for each measurement.\n",
		r.date.Format(time.DateOnly), paper.Machine(), paper.GoVersion(), r.plan.duration)
	if r.missing != nil {
		fmt.Fprintf(w, "Not there, and left out: %v.\n", r.missing)
	}
	r.loadTable(w, "The guarded page", func(f figures) []load { return f.pages })
	r.loadTable(w, "Logging in", func(f figures) []load { return f.logins })
	r.floodTable(w)
	r.soakTables(w)
	r.restTable(w)
	return w.String()
}

func (r *report) loadTable(w *strings.Builder, title string, of func(figures) []load) {
	paper.Section(w, title, "", "connections", "a second", "p50", "p99", "errors", "processor time each", "resident", "goroutines")
	for _, f := range r.setups {
		for _, l := range of(f) {
			paper.Row(w, f.setup.name, strconv.Itoa(l.connections), fmt.Sprintf("%.0f", l.perSecond()), short(l.quantile(0.5)), short(l.quantile(0.99)),
				wrong(l.result), short(l.processor), megabytes(l.peak.resident), count(l.peak.goroutines))
		}
	}
}

func (r *report) floodTable(w *strings.Builder) {
	paper.Section(w, "Guarded pages under a flood of logins", "", "visitors", "p99 without", "p99 with", "ratio", "at most "+strconv.Itoa(atMost),
		"pages a second without", "with", "errors", "guesses a second", "p99 of a guess", "errors")
	for _, f := range r.setups {
		line := func(visitors string, without, with, guesses result) {
			ratio := float64(with.quantile(0.99)) / float64(without.quantile(0.99))
			verdict := "yes"
			if ratio > atMost || with.errors > 0 {
				verdict = "**no**"
			}
			paper.Row(w, f.setup.name, visitors, short(without.quantile(0.99)), short(with.quantile(0.99)), fmt.Sprintf("%.1f", ratio), verdict,
				fmt.Sprintf("%.0f", without.perSecond()), fmt.Sprintf("%.0f", with.perSecond()), wrong(with),
				fmt.Sprintf("%.0f", guesses.perSecond()), short(guesses.quantile(0.99)), wrong(guesses))
		}
		line(fmt.Sprintf("%d, a page every %v each", floodVisitors, floodPace), f.flood.calm, f.flood.flooded, f.flood.guesses)
		line(fmt.Sprintf("%d, as fast as they can", floodVisitors), f.flood.fullSpeed, f.flood.drowned, f.flood.fasterGuesses)
	}
}

func (r *report) soakTables(w *strings.Builder) {
	for _, f := range r.setups {
		if len(f.soak) < 3 {
			continue
		}
		paper.Section(w, "Soak: "+f.setup.name, "after", "requests", "resident", "heap in use", "goroutines")
		for _, s := range f.soak {
			paper.Row(w, s.at.Round(time.Second).String(), strconv.Itoa(s.requests), megabytes(s.resident), megabytes(s.heap), count(s.goroutines))
		}
		warm := f.soak[1:]
		first, second := warm[:len(warm)/2], warm[len(warm)/2:]
		fmt.Fprintf(w, "\n%d requests, %s wrong, p50 %s, p99 %s. First half and second: resident %s and %s, goroutines %s and %s (medians: %s), "+
			"least heap in use %s and %s. With all connections closed again, %s goroutines.\n",
			len(f.soaked.took)+f.soaked.errors, wrong(f.soaked), short(f.soaked.quantile(0.5)), short(f.soaked.quantile(0.99)),
			megabytes(median(first, resident)), megabytes(median(second, resident)),
			count(median(first, goroutines)), count(median(second, goroutines)), flat(first, second),
			megabytes(sorted(first, heap)[0]), megabytes(sorted(second, heap)[0]), count(f.soakedUsage.goroutines))
	}
}

func resident(s sample) float64   { return s.resident }
func heap(s sample) float64       { return s.heap }
func goroutines(s sample) float64 { return s.goroutines }

func sorted(samples []sample, of func(sample) float64) (values []float64) {
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values
}

func median(samples []sample, of func(sample) float64) float64 {
	return sorted(samples, of)[len(samples)/2]
}

// flat says whether the second half needed more than the first did.
func flat(first, second []sample) string {
	const noise = 1.1
	if median(second, resident) > noise*median(first, resident) || median(second, goroutines) > noise*median(first, goroutines) {
		return "**it grows**"
	}
	return "flat"
}

func (r *report) restTable(w *strings.Builder) {
	paper.Section(w, "After registering, with nothing to do", "", "resident", "heap in use", "goroutines", "Cookie header of a user")
	for _, f := range r.setups {
		paper.Row(w, f.setup.name, megabytes(f.idle.resident), megabytes(f.idle.heap), count(f.idle.goroutines), fmt.Sprintf("%d bytes", f.cookies))
	}
}

func megabytes(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/1e6) }

func count(n float64) string { return fmt.Sprintf("%.0f", n) }

// short writes a time with three digits at the most.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// wrong tells of the errors, and what the first was.
func wrong(r result) string {
	if r.errors == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%v)", r.errors, r.firstError)
}
