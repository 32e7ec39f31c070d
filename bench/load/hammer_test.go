package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestQuantiles(t *testing.T) {
	var r result
	for n := range 100 {
		r.took = append(r.took, time.Duration(n+1))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := r.quantile(q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
	if got := (result{}).quantile(0.99); got != 0 {
		t.Errorf("of nothing it is %v", got)
	}
}

func TestEveryVisitorIsBusyUntilTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	visitors := []*visitor{{address: "a"}, {address: "b"}}
	failure := errors.New("no")
	rounds := make(chan string)
	go func() {
		defer cancel()
		seen := map[string]int{}
		for len(seen) < 2 || seen["a"] < 3 || seen["b"] < 3 {
			seen[<-rounds]++
		}
	}()
	r := hammer(ctx, visitors, 0, func(v *visitor) error {
		select {
		case rounds <- v.address:
		case <-ctx.Done():
		}
		if v.address == "b" {
			return failure
		}
		return nil
	})
	if len(r.took) < 3 || r.errors < 3 || r.firstError != failure {
		t.Errorf("%d went well, %d did not, first %v", len(r.took), r.errors, r.firstError)
	}
	if !slices.IsSorted(r.took) || r.elapsed <= 0 {
		t.Errorf("took %v, in %v", r.took, r.elapsed)
	}
}

// What a late round makes the next one wait is part of how long that took.
func TestWithAPaceWaitingCounts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	const pace, late = 10 * time.Millisecond, 40 * time.Millisecond
	rounds := 0
	r := hammer(ctx, []*visitor{{}}, pace, func(*visitor) error {
		switch rounds++; rounds {
		case 1:
			<-time.After(late)
		case 2:
			cancel()
		}
		return nil
	})
	if len(r.took) != 2 || r.took[0] < late-pace {
		t.Errorf("the rounds took %v, want none less than %v", r.took, late-pace)
	}
}

func TestResultsAreMergedInOrder(t *testing.T) {
	failure := errors.New("no")
	r := merge([]result{
		{took: []time.Duration{3}, elapsed: time.Second, errors: 1, firstError: failure},
		{took: []time.Duration{1, 5}, elapsed: 2 * time.Second, errors: 2, firstError: errors.New("later")},
	})
	if !slices.Equal(r.took, []time.Duration{1, 3, 5}) || r.errors != 3 || r.firstError != failure || r.perSecond() != 1 {
		t.Errorf("%+v", r)
	}
}
