package throttle

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// A clock goes when the test says so.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

// withClock returns a Throttle and its clock.
func withClock() (*Throttle, *clock) {
	t, c := New(), &clock{time.Now()}
	t.Now = c.now
	return t, c
}

var few = Limit{Name: "few", Failures: 3, Every: time.Minute}

// try makes an attempt and returns how long it has to wait.
func (t *Throttle) try(test *testing.T, failed bool, subjects ...Subject) time.Duration {
	test.Helper()
	done, err := t.Attempt(test.Context(), subjects...)
	var wait *WaitError
	if errors.As(err, &wait) {
		return wait.After.Round(time.Millisecond)
	}
	if err != nil {
		test.Fatal(err)
	}
	done(failed)
	return 0
}

// eachKind runs a test in memory and with a store.
func eachKind(t *testing.T, test func(t *testing.T, guesses *Throttle, clock *clock)) {
	for _, kind := range []struct {
		name  string
		store Store
	}{{"in memory", nil}, {"in a store", &mapStore{}}} {
		t.Run(kind.name, func(t *testing.T) {
			guesses, clock := withClock()
			guesses.Store = kind.store
			test(t, guesses, clock)
		})
	}
}

func TestFailuresUseUpTheLimitAndTimeForgivesThem(t *testing.T) {
	eachKind(t, func(t *testing.T, guesses *Throttle, clock *clock) {
		eve := few.Of("eve")
		for _, step := range []struct {
			name   string
			pass   time.Duration
			failed bool
			want   time.Duration
		}{
			{"the first failure", 0, true, 0},
			{"a success uses nothing up", 0, false, 0},
			{"the second failure", 0, true, 0},
			{"the third failure", 0, true, 0},
			{"a fourth has to wait", 0, true, time.Minute},
			{"so has a right password", 0, false, time.Minute},
			{"a refused attempt does not put it off", 20 * time.Second, true, 40 * time.Second},
			{"after the wait one is free", 40 * time.Second, false, 0},
			{"a success has left it free", 0, true, 0},
			{"it was only one", 0, true, time.Minute},
			{"three minutes later three are free", 3 * time.Minute, true, 0},
			{"the second of them", 0, true, 0},
			{"the third of them", 0, true, 0},
			{"a fourth has to wait again", 0, true, time.Minute},
			{"a day later no more than three are free", 24 * time.Hour, true, 0},
			{"the second of the day", 0, true, 0},
			{"the third of the day", 0, true, 0},
			{"the fourth of the day has to wait", 0, true, time.Minute},
		} {
			clock.pass(step.pass)
			if got := guesses.try(t, step.failed, eve); got != step.want {
				t.Fatalf("%s: has to wait %v, want %v", step.name, got, step.want)
			}
		}
		if got := guesses.try(t, true, few.Of("mallory")); got != 0 {
			t.Errorf("another name has to wait %v", got)
		}
		other := Limit{Name: "other", Failures: 1, Every: time.Minute}
		if got := guesses.try(t, true, other.Of("eve")); got != 0 {
			t.Errorf("the name under another limit has to wait %v", got)
		}
	})
}

func TestAnAttemptIsFreeAfterTheWaitThatWasAnswered(t *testing.T) {
	odd := Limit{Name: "odd", Failures: 3, Every: 7*time.Second + 77*time.Millisecond}
	eachKind(t, func(t *testing.T, guesses *Throttle, clock *clock) {
		for range 300 {
			done, err := guesses.Attempt(t.Context(), odd.Of("eve"))
			var wait *WaitError
			if errors.As(err, &wait) {
				clock.pass(wait.After)
				done, err = guesses.Attempt(t.Context(), odd.Of("eve"))
			}
			if err != nil {
				t.Fatal(err)
			}
			done(true)
			clock.pass(123 * time.Millisecond)
		}
	})
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for wait, want := range map[time.Duration]int{1: 1, time.Second: 1, time.Second + 1: 2, 5 * time.Minute: 300} {
		if got := (&WaitError{few, wait}).Seconds(); got != want {
			t.Errorf("%v are %d seconds, want %d", wait, got, want)
		}
	}
}

func TestWaitErrorNamesTheLimitAndNotTheSubject(t *testing.T) {
	guesses, _ := withClock()
	for range few.Failures {
		guesses.try(t, true, few.Of("my password"))
	}
	_, err := guesses.Attempt(t.Context(), few.Of("my password"))
	if got := err.Error(); got != "throttle: too many failures (few): wait for 1m0s" {
		t.Errorf("error is %q", got)
	}
}

func TestARefusedAttemptIsCountedAgainstNoSubject(t *testing.T) {
	eachKind(t, func(t *testing.T, guesses *Throttle, _ *clock) {
		network, account := few.Of("network"), few.Of("account")
		for range few.Failures {
			guesses.try(t, true, network)
		}
		for range 10 {
			if got := guesses.try(t, true, network, account); got != time.Minute {
				t.Fatalf("the network has to wait %v", got)
			}
		}
		for range few.Failures {
			if got := guesses.try(t, true, account); got != 0 {
				t.Fatalf("the account has to wait %v", got)
			}
		}
		other := few.Of("other network")
		for range 10 {
			guesses.try(t, true, other, account)
		}
		for range few.Failures {
			if got := guesses.try(t, true, other); got != 0 {
				t.Fatalf("the network of attempts that the account refused has to wait %v", got)
			}
		}
	})
}

func TestAttemptsUnderWayCount(t *testing.T) {
	eachKind(t, func(t *testing.T, guesses *Throttle, _ *clock) {
		eve := few.Of("eve")
		var (
			wg      sync.WaitGroup
			mu      sync.Mutex
			allowed []func(bool)
		)
		for range 100 {
			wg.Go(func() {
				done, err := guesses.Attempt(t.Context(), eve)
				var wait *WaitError
				if err != nil && !errors.As(err, &wait) {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					allowed = append(allowed, done)
				}
			})
		}
		wg.Wait()
		if len(allowed) != few.Failures {
			t.Fatalf("%d attempts at once, want %d", len(allowed), few.Failures)
		}
		for _, done := range allowed {
			wg.Go(func() { done(false) })
		}
		wg.Wait()
		for range few.Failures {
			if got := guesses.try(t, true, eve); got != 0 {
				t.Errorf("after successes alone an attempt has to wait %v", got)
			}
		}
		if got := guesses.try(t, true, eve); got != time.Minute {
			t.Errorf("after as many failures as are allowed an attempt has to wait %v", got)
		}
	})
}

func TestDoneCountsOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, guesses *Throttle, _ *clock) {
		eve := few.Of("eve")
		for range few.Failures - 1 {
			done, err := guesses.Attempt(t.Context(), eve)
			if err != nil {
				t.Fatal(err)
			}
			done(true)
			done(false)
			done(true)
		}
		if got := guesses.try(t, true, eve); got != 0 {
			t.Errorf("the last failure that is allowed has to wait %v", got)
		}
		if got := guesses.try(t, true, eve); got != time.Minute {
			t.Errorf("a failure too many has to wait %v", got)
		}
	})
}

func TestWithoutSubjectsNothingIsCounted(t *testing.T) {
	eachKind(t, func(t *testing.T, guesses *Throttle, _ *clock) {
		if got := guesses.try(t, true); got != 0 {
			t.Errorf("has to wait %v", got)
		}
	})
}

func TestTheDefaultsAreThoseOfTheDocs(t *testing.T) {
	guesses := New()
	for limit, want := range map[Limit]Limit{
		guesses.Account: {"account", 10, 5 * time.Minute},
		guesses.Network: {"network", 50, time.Minute},
		guesses.Device:  {"device", 10, 5 * time.Minute},
		guesses.Devices: {"devices", 50, time.Minute},
		guesses.User:    {"user", 10, 5 * time.Minute},
	} {
		if limit != want {
			t.Errorf("the limit is %v, want %v", limit, want)
		}
	}
	if guesses.MaxSubjects != 65536 {
		t.Errorf("%d subjects at most, want 65536", guesses.MaxSubjects)
	}
}

func TestNoDefaultWaitIsLongerThanFiveMinutes(t *testing.T) {
	limits := New()
	for _, limit := range []Limit{limits.Account, limits.Network, limits.Device, limits.Devices, limits.User} {
		eachKind(t, func(t *testing.T, guesses *Throttle, clock *clock) {
			for range 10 * limit.Failures {
				guesses.try(t, true, limit.Of("eve"))
			}
			if wait := guesses.try(t, true, limit.Of("eve")); wait == 0 || wait > 5*time.Minute {
				t.Errorf("%s: a wait of %v", limit.Name, wait)
			}
			clock.pass(limit.Every)
			if wait := guesses.try(t, true, limit.Of("eve")); wait != 0 {
				t.Errorf("%s: another wait of %v", limit.Name, wait)
			}
		})
	}
}

func TestStrangersNeedSevenHoursForAHundredGuesses(t *testing.T) {
	guesses, clock := withClock()
	began := clock.now()
	for range 100 {
		if wait := guesses.try(t, true, guesses.Account.Of("ada@example.com")); wait > 0 {
			clock.pass(wait)
			guesses.try(t, true, guesses.Account.Of("ada@example.com"))
		}
	}
	if took := clock.now().Sub(began); took < 7*time.Hour {
		t.Errorf("a hundred guesses took %v", took)
	}
}

func TestWrongLimitsAreErrorsThatSayWhatToMend(t *testing.T) {
	for _, tt := range []struct {
		name    string
		guesses *Throttle
		limit   Limit
		want    string
	}{
		{"no failure is allowed", New(), Limit{"x", 0, time.Minute}, `limit "x": Failures is 0`},
		{"failures are negative", New(), Limit{"x", -1, time.Minute}, `limit "x": Failures is -1`},
		{"nothing is ever forgiven", New(), Limit{"x", 1, 0}, `limit "x": Every is 0s`},
		{"the time is below a millisecond", New(), Limit{"x", 1, time.Millisecond - 1}, `limit "x": Every is`},
		{"the throttle is the zero value", &Throttle{}, few, "make a Throttle with New"},
		{"the throttle has no clock", func() *Throttle { t := New(); t.Now = nil; return t }(), few, "make a Throttle with New"},
		{"the throttle has no room", func() *Throttle { t := New(); t.MaxSubjects = 0; return t }(), few, "make a Throttle with New"},
	} {
		_, err := tt.guesses.Attempt(t.Context(), tt.limit.Of("eve"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want it to have %q", tt.name, err, tt.want)
		}
	}
	if _, err := New().Attempt(t.Context(), Limit{"x", 1, time.Millisecond}.Of("eve")); err != nil {
		t.Errorf("the least limit: %v", err)
	}
}
