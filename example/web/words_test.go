package web

import (
	"testing"
	"time"
)

func TestAgo(t *testing.T) {
	now := time.Now()
	for span, want := range map[time.Duration]string{
		-time.Hour:               "just now",
		0:                        "just now",
		119 * time.Second:        "just now",
		2 * time.Minute:          "2 minutes ago",
		119 * time.Minute:        "119 minutes ago",
		2 * time.Hour:            "2 hours ago",
		47 * time.Hour:           "47 hours ago",
		48 * time.Hour:           "2 days ago",
		30*24*time.Hour - 1:      "29 days ago",
		400 * 24 * time.Hour:     "400 days ago",
		90*time.Minute + 59e9:    "90 minutes ago",
		26*time.Hour + 59*60e9:   "26 hours ago",
		2*time.Minute + 59*1e9:   "2 minutes ago",
		49 * time.Hour:           "2 days ago",
		time.Duration(1<<63 - 1): "106751 days ago",
	} {
		if got := Ago(now, now.Add(-span)); got != want && span < 1<<62 {
			t.Errorf("%v ago is %q, want %q", span, got, want)
		}
	}
}

func TestLasting(t *testing.T) {
	for span, want := range map[time.Duration]string{
		time.Millisecond:            "1 second",
		time.Second:                 "1 second",
		time.Second + 1:             "2 seconds",
		time.Minute:                 "1 minute",
		time.Minute + 1:             "2 minutes",
		5 * time.Minute:             "5 minutes",
		4*time.Minute + time.Second: "5 minutes",
	} {
		if got := Lasting(span); got != want {
			t.Errorf("%v lasts %q, want %q", span, got, want)
		}
	}
}

func TestIn(t *testing.T) {
	now := time.Now()
	for span, want := range map[time.Duration]string{
		-time.Hour:                    "in a moment",
		time.Minute:                   "in a moment",
		30*time.Minute - time.Second:  "in 30 minutes",
		2 * time.Hour:                 "in 2 hours",
		48 * time.Hour:                "in 2 days",
		30*24*time.Hour - time.Second: "in 30 days",
	} {
		if got := In(now, now.Add(span)); got != want {
			t.Errorf("%v from now is %q, want %q", span, got, want)
		}
	}
}
