package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// watch is a clock that goes when it is told to.
type watch struct{ time.Time }

func newWatch() *watch { return &watch{time.Now()} }

func (w *watch) pass(d time.Duration) { w.Time = w.Add(d) }

func (w *watch) now() time.Time { return w.Time }

// watched makes a throttle with a clock of its own.
func watched() (*throttle, *watch) {
	t, w := newThrottle(), newWatch()
	t.now = w.now
	return t, w
}

var few = &suspectKind{what: "test", burst: 3, every: time.Minute}

// try makes an attempt and returns how long it would have had to wait.
func (t *throttle) try(failed bool, suspects ...suspect) time.Duration {
	done, err := t.attempt(suspects...)
	var tooMany *tooManyError
	if errors.As(err, &tooMany) {
		return tooMany.wait.Round(time.Millisecond)
	}
	done(failed)
	return 0
}

func TestThrottle(t *testing.T) {
	guesses, clock := watched()
	eve := suspect{few, "eve"}
	for _, step := range []struct {
		pass   time.Duration
		failed bool
		want   time.Duration
	}{
		{0, true, 0},
		{0, false, 0}, // a success uses nothing up
		{0, true, 0},
		{0, true, 0},
		{0, true, time.Minute},
		{0, false, time.Minute}, // who knows what it will be
		{20 * time.Second, true, 40 * time.Second}, // refused attempts do not put it off
		{40 * time.Second, false, 0},
		{0, true, 0},
		{0, true, time.Minute},
		{3 * time.Minute, true, 0},
		{0, true, 0},
		{0, true, 0},
		{0, true, time.Minute},
		{24 * time.Hour, true, 0}, // no more than the burst is ever saved up
		{0, true, 0},
		{0, true, 0},
		{0, true, time.Minute},
	} {
		clock.pass(step.pass)
		if got := guesses.try(step.failed, eve); got != step.want {
			t.Fatalf("%+v: has to wait %v", step, got)
		}
	}
	if got := guesses.try(true, suspect{few, "mallory"}); got != 0 {
		t.Errorf("somebody else has to wait %v", got)
	}
	if got := guesses.try(true, suspect{&suspectKind{what: "other", burst: 1, every: time.Minute}, "eve"}); got != 0 {
		t.Errorf("another kind of the same name has to wait %v", got)
	}
}

// Whoever waits as long as they were told gets their attempt.
func TestThrottleKeepsItsWord(t *testing.T) {
	odd := &suspectKind{what: "odd", burst: 3, every: 7*time.Second + 77*time.Millisecond}
	guesses, clock := watched()
	for range 1000 {
		done, err := guesses.attempt(suspect{odd, "eve"})
		var tooMany *tooManyError
		if errors.As(err, &tooMany) {
			clock.pass(tooMany.wait)
			if done, err = guesses.attempt(suspect{odd, "eve"}); err != nil {
				t.Fatalf("after a wait of %v: %v", tooMany.wait, err)
			}
		}
		done(true)
		clock.pass(123 * time.Millisecond)
	}
}

func TestThrottleSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]int{1: 1, time.Second: 1, time.Second + 1: 2, 5 * time.Minute: 300} {
		if got := (&tooManyError{few, wait}).seconds(); got != want {
			t.Errorf("%v are %d seconds, want %d", wait, got, want)
		}
	}
}

// While the first suspect has to wait, the others lose nothing.
func TestThrottleOfSeveralSuspects(t *testing.T) {
	guesses, _ := watched()
	address, account := suspect{few, "address"}, suspect{few, "account"}
	for range 3 {
		guesses.try(true, address)
	}
	for range 10 {
		if got := guesses.try(true, address, account); got != time.Minute {
			t.Fatalf("has to wait %v", got)
		}
	}
	for range 3 {
		if got := guesses.try(true, account); got != 0 {
			t.Fatalf("the account has to wait %v", got)
		}
	}
	other := suspect{few, "other address"}
	for range 10 {
		guesses.try(true, other, account)
	}
	for range 3 {
		if got := guesses.try(true, other); got != 0 {
			t.Fatalf("an address that had to wait for an account has to wait %v", got)
		}
	}
}

// A thousand attempts at the same moment do not get past the throttle together.
func TestThrottleAtOnce(t *testing.T) {
	guesses, clock := watched()
	eve := suspect{few, "eve"}
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		allowed []func(bool)
	)
	for range 1000 {
		wg.Go(func() {
			if done, err := guesses.attempt(eve); err == nil {
				mu.Lock()
				defer mu.Unlock()
				allowed = append(allowed, done)
			}
		})
	}
	wg.Wait()
	if len(allowed) != few.burst {
		t.Fatalf("%d attempts at once, want %d", len(allowed), few.burst)
	}
	if got := guesses.try(true, eve); got != time.Second {
		t.Errorf("while they are under way another one has to wait %v, want a second", got)
	}
	for _, done := range allowed {
		done(false) // all of them were right
	}
	for range few.burst {
		if got := guesses.try(true, eve); got != 0 {
			t.Errorf("after successes alone: %v", got)
		}
	}
	clock.pass(-time.Hour) // a clock may jump
	guesses.try(true, eve)
}

func TestThrottleIsBounded(t *testing.T) {
	guesses, clock := watched()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 3 * maxBuckets {
		guesses.try(true, suspect{few, fmt.Sprint(i)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(guesses.buckets); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; got > 20 {
		t.Errorf("a full throttle takes %d MB", got)
	} else {
		t.Logf("a full throttle takes %d MB", got)
	}

	// Once they are forgiven, they make room for those who are not.
	clock.pass(time.Hour)
	eve := suspect{few, "eve"}
	for range 3 {
		guesses.try(true, eve)
	}
	if n := len(guesses.buckets); n != 1 {
		t.Errorf("%d buckets after all were forgiven, want one", n)
	}
	if got := guesses.try(true, eve); got != time.Minute {
		t.Errorf("has to wait %v", got)
	}
	runtime.KeepAlive(guesses)
}

// Whoever floods the table pushes out those of the flood, and not who has failed more than they have.
func TestTheGuiltiestStayInAFullThrottle(t *testing.T) {
	guesses, clock := watched()
	eve := suspect{few, "eve"}
	for range few.burst {
		guesses.try(true, eve)
	}
	for i := range 4 * maxBuckets {
		guesses.try(true, suspect{few, fmt.Sprint(i)})
	}
	if n := len(guesses.buckets); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
	if got := guesses.try(true, eve); got != few.every {
		t.Errorf("has to wait %v", got)
	}
	// With time the guilt goes.
	clock.pass(time.Duration(few.burst) * few.every)
	if got := guesses.buckets[eve.key()].guilt(clock.now()); got != 0 {
		t.Errorf("there is a guilt of %v left", got)
	}
}

// Of kinds that forgive at different speeds it is the longer time that counts.
func TestGuiltIsTheTimeUntilAllIsForgiven(t *testing.T) {
	guesses, clock := watched()
	slow, quick := suspect{byAccount, "eve"}, suspect{byAddress, "eve"}
	for range 3 {
		guesses.try(true, slow, quick)
	}
	for s, want := range map[suspect]time.Duration{slow: 3 * byAccount.every, quick: 3 * byAddress.every} {
		if got := guesses.buckets[s.key()].guilt(clock.now()).Round(time.Millisecond); got != want {
			t.Errorf("after three failures of the %s: %v, want %v", s.kind.what, got, want)
		}
	}
}

// A bucket stays while an attempt that it was asked for is under way.
func TestThrottleKeepsWhatIsUnderWay(t *testing.T) {
	guesses, _ := watched()
	eve := suspect{few, "eve"}
	var under []func(bool)
	for range 3 {
		done, err := guesses.attempt(eve)
		if err != nil {
			t.Fatal(err)
		}
		under = append(under, done)
	}
	for i := range 2 * maxBuckets {
		guesses.try(true, suspect{few, fmt.Sprint(i)})
	}
	for _, done := range under {
		done(true)
	}
	if got := guesses.try(true, eve); got != time.Minute {
		t.Errorf("has to wait %v", got)
	}
}
