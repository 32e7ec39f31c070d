package main

import (
	"strings"
	"testing"
)

func TestMetricsAreRead(t *testing.T) {
	u, err := parseMetrics(strings.NewReader(`# HELP go_goroutines Number of goroutines that currently exist.
go_goroutines 23
go_memstats_heap_inuse_bytes 4.194304e+06
process_cpu_seconds_total 12.5
process_resident_memory_bytes 5e+07
ginlogin_events_total{event="user_logged_in"} 7
`))
	if want := (usage{resident: 5e7, heap: 4194304, goroutines: 23, processor: 12.5}); u != want || err != nil {
		t.Errorf("%+v, %v, want %+v", u, err, want)
	}
	for _, broken := range []string{"", "go_goroutines many\n"} {
		if _, err := parseMetrics(strings.NewReader(broken)); err == nil {
			t.Errorf("%q is accepted", broken)
		}
	}
}

func TestResidentMemoryIsRead(t *testing.T) {
	got, ok := parseResident(strings.NewReader("Name:\texample\nVmHWM:\t   70000 kB\nVmRSS:\t   65536 kB\n"))
	if !ok || got != 64<<20 {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := parseResident(strings.NewReader("Name:\texample\n")); ok {
		t.Error("there is none")
	}
}
