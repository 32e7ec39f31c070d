package sitetest

import (
	"context"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/throttle"
)

// Limits are the defaults, which the site uses.
var Limits = throttle.New()

// A Watch is a clock that goes when the test says so.
type Watch struct{ time.Time }

// NewWatch returns a clock that stands still.
func NewWatch() *Watch { return &Watch{time.Now()} }

// Pass lets time pass.
func (w *Watch) Pass(d time.Duration) { w.Time = w.Add(d) }

// Now is the time of the throttle.
func (w *Watch) Now() time.Time { return w.Time }

// WithClock gives a site's throttle the clock.
func WithClock(clock *Watch) func(*Site) {
	return func(s *Site) { s.Guesses.Now = clock.Now }
}

// Guess tries to log in.
func (v *Visitor) Guess(email, plain string) *Page {
	v.T.Helper()
	return v.Post("/login", "email="+email, "password="+plain)
}

// Exhaust fails until the subject has to wait, and returns how often that was.
func (s *Site) Exhaust(limit throttle.Limit, name string) (failures int) {
	for {
		done, err := s.Guesses.Attempt(context.Background(), limit.Of(name))
		if err != nil {
			return failures
		}
		done(true)
		failures++
	}
}

// Within30s waits until a condition holds.
func Within30s(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
