package login

import (
	"testing"
	"time"
)

func TestActivityIsNotedInSteps(t *testing.T) {
	for _, test := range []struct {
		name string
		idle time.Duration
		want time.Duration
	}{
		{"of a minute without a timeout", 0, time.Minute},
		{"of a tenth of a short timeout", 5 * time.Minute, 30 * time.Second},
		{"of a minute at ten minutes", 10 * time.Minute, time.Minute},
		{"of a minute at most", 12 * time.Hour, time.Minute},
		{"of a tenth of a timeout of a second", time.Second, 100 * time.Millisecond},
		{"of a tenth of the shortest timeout", 10, 1},
		{"always, with a timeout that has no tenth", 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Policy{Idle: test.idle}
			if got := p.activityStep(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTheTimeIsNeededWhereSomethingAges(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy Policy
		want   bool
	}{
		{"not by sessions that last", Policy{FreshFor: time.Hour, Grace: time.Minute, RenewAfter: time.Hour, RenewEach: true}, false},
		{"by an idle timeout", Policy{Idle: 1}, true},
		{"by an absolute timeout", Policy{Absolute: 1}, true},
		{"by the rows of a login store", Policy{Stored: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.policy.TellsTime(&Record{}); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheTimeIsNeededWhereAUserActsAsAnother(t *testing.T) {
	var p Policy
	if !p.TellsTime(&Record{Acting: "ACTING"}) {
		t.Error("acting would never end")
	}
}

func TestALoginEndsAtItsAbsoluteTimeout(t *testing.T) {
	for _, test := range []struct {
		name     string
		absolute time.Duration
		now      int64
		want     bool
	}{
		{"not without one", 0, now + 1e9, false},
		{"not a second before", time.Hour, begun + 3599, false},
		{"on the second", time.Hour, begun + 3600, true},
		{"and after it", time.Hour, begun + 3601, true},
		{"on the next second, if it is next to nothing", 1, begun + 1, true},
		{"not by a clock that was set back", time.Hour, begun - 1e6, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Policy{Absolute: test.absolute}
			if got := p.tooOld(begun, test.now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Package ginlogin converts its public modes into these by their numbers.
func TestProtectionModesKeepTheirNumbers(t *testing.T) {
	if got, want := [...]Protection{ProtectBasic, ProtectStrong, ProtectNone}, [...]Protection{0, 1, 2}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
