package throttle

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestInMemoryAnotherAttemptWaitsASecondForThoseUnderWay(t *testing.T) {
	guesses, clock := withClock()
	eve := few.Of("eve")
	for range few.Failures {
		if _, err := guesses.Attempt(t.Context(), eve); err != nil {
			t.Fatal(err)
		}
	}
	if got := guesses.try(t, true, eve); got != time.Second {
		t.Errorf("has to wait %v, want a second", got)
	}
	clock.pass(-time.Hour) // a clock may jump back
	guesses.try(t, true, eve)
}

func TestMemoryIsBounded(t *testing.T) {
	guesses, clock := withClock()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range guesses.MaxSubjects + guesses.MaxSubjects/4 {
		guesses.try(t, true, few.Of(fmt.Sprint(i)))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(guesses.buckets); n > guesses.MaxSubjects {
		t.Errorf("%d subjects", n)
	}
	if got := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; got > 20 {
		t.Errorf("a full throttle takes %d MB", got)
	}

	// Subjects that are forgiven make room for those that are not.
	clock.pass(time.Hour)
	eve := few.Of("eve")
	for range few.Failures {
		guesses.try(t, true, eve)
	}
	if n := len(guesses.buckets); n != 1 {
		t.Errorf("%d subjects after all others were forgiven, want one", n)
	}
	if got := guesses.try(t, true, eve); got != few.Every {
		t.Errorf("has to wait %v", got)
	}
	runtime.KeepAlive(guesses)
}

func TestAFloodDropsItsOwnSubjects(t *testing.T) {
	guesses, clock := withClock()
	guesses.MaxSubjects = 1 << 10
	eve := few.Of("eve")
	for range few.Failures {
		guesses.try(t, true, eve)
	}
	for i := range 8 * guesses.MaxSubjects {
		guesses.try(t, true, few.Of(fmt.Sprint(i)))
	}
	if n := len(guesses.buckets); n > guesses.MaxSubjects {
		t.Errorf("%d subjects", n)
	}
	if got := guesses.try(t, true, eve); got != few.Every {
		t.Errorf("the subject with more failures than the flood has to wait %v", got)
	}
	clock.pass(time.Duration(few.Failures) * few.Every)
	if got := guesses.buckets[eve.key()].forgiven(clock.now()); got != 0 {
		t.Errorf("%v are left to forgive", got)
	}
}

// A failure of a limit of the site's own may cost an attacker nothing.
func TestAFloodAtOneLimitDropsNoSubjectOfAnother(t *testing.T) {
	guesses, _ := withClock()
	guesses.MaxSubjects = 1 << 10
	mails := Limit{Name: "mail", Failures: 3, Every: time.Hour}
	eve := few.Of("eve")
	for range few.Failures {
		guesses.try(t, true, eve)
	}
	for i := range 8 * guesses.MaxSubjects {
		guesses.try(t, true, mails.Of(fmt.Sprint(i)))
	}
	if n := len(guesses.buckets); n > guesses.MaxSubjects {
		t.Errorf("%d subjects", n)
	}
	if got := guesses.try(t, true, eve); got != few.Every {
		t.Errorf("the subject of the other limit has to wait %v", got)
	}
}

func TestTheSubjectThatIsForgivenLastStaysWhateverItsLimit(t *testing.T) {
	guesses, clock := withClock()
	slow, quick := guesses.Account.Of("eve"), guesses.Network.Of("eve")
	for range 3 {
		guesses.try(t, true, slow, quick)
	}
	for s, want := range map[Subject]time.Duration{slow: 15 * time.Minute, quick: 3 * time.Minute} {
		if got := guesses.buckets[s.key()].forgiven(clock.now()).Round(time.Millisecond); got != want {
			t.Errorf("three failures of the %s are forgiven after %v, want %v", s.limit.Name, got, want)
		}
	}
}

func TestASubjectStaysWhileAnAttemptIsUnderWay(t *testing.T) {
	guesses, _ := withClock()
	guesses.MaxSubjects = 1 << 10
	eve := few.Of("eve")
	var underWay []func(bool)
	for range few.Failures {
		done, err := guesses.Attempt(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		underWay = append(underWay, done)
	}
	for i := range 2 * guesses.MaxSubjects {
		guesses.try(t, true, few.Of(fmt.Sprint(i)))
	}
	for _, done := range underWay {
		done(true)
	}
	if got := guesses.try(t, true, eve); got != time.Minute {
		t.Errorf("has to wait %v", got)
	}
}
