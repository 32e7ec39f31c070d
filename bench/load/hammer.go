package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A result is how a number of requests went.
type result struct {
	took       []time.Duration // sorted, of those that were answered well
	errors     int
	firstError error
	elapsed    time.Duration
}

func (r result) perSecond() float64 { return float64(len(r.took)) / r.elapsed.Seconds() }

// quantile returns the time within which that share of the requests was answered.
func (r result) quantile(q float64) time.Duration {
	if len(r.took) == 0 {
		return 0
	}
	return r.took[min(int(q*float64(len(r.took))), len(r.took)-1)]
}

// hammer has all visitors do a thing over and over until ctx ends, each as soon as the last is done. With a
// pace each begins a round that often, and what a round waits for one before it that was late counts.
func hammer(ctx context.Context, visitors []*visitor, pace time.Duration, do func(*visitor) error) result {
	began := time.Now()
	parts := make([]result, len(visitors))
	var crowd sync.WaitGroup
	for i, v := range visitors {
		crowd.Go(func() {
			// Not all at the same moment.
			due := began.Add(pace * time.Duration(i) / time.Duration(len(visitors)))
			for ; sleepUntil(ctx, due); due = next(due, pace) {
				parts[i].count(due, do(v))
			}
		})
	}
	crowd.Wait()
	all := merge(parts)
	all.elapsed = time.Since(began)
	return all
}

// next returns when the round after the one that was due is.
func next(due time.Time, pace time.Duration) time.Time {
	if pace == 0 {
		return time.Now()
	}
	return due.Add(pace)
}

// sleepUntil reports false when ctx ends.
func sleepUntil(ctx context.Context, due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *result) count(began time.Time, err error) {
	if err == nil {
		r.took = append(r.took, time.Since(began))
		return
	}
	r.errors++
	if r.firstError == nil {
		r.firstError = err
	}
}

// merge makes one result of several, one after the other.
func merge(parts []result) (all result) {
	for _, part := range parts {
		all.elapsed += part.elapsed
		all.took = append(all.took, part.took...)
		all.errors += part.errors
		if all.firstError == nil {
			all.firstError = part.firstError
		}
	}
	slices.Sort(all.took)
	return all
}
