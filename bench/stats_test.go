package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{1, 1, 1, 1000}, 1},
	} {
		before := append([]float64(nil), test.values...)
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", before, got, test.want)
		}
		if test.values[0] != before[0] {
			t.Errorf("median has sorted what it was given: %v was %v", test.values, before)
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing = %v, want NaN", got)
	}
}

// The textbook's table of order statistics for the 95 % interval of a median.
func TestMedianInterval(t *testing.T) {
	for _, test := range []struct{ n, low, high int }{
		{1, 0, 0}, {2, 0, 1}, {6, 0, 5}, {10, 1, 8}, {20, 5, 14}, {50, 17, 32}, {100, 39, 60},
	} {
		if low, high := medianInterval(test.n); low != test.low || high != test.high {
			t.Errorf("of %d values: %d to %d, want %d to %d", test.n, low, high, test.low, test.high)
		}
	}
}

func TestMedianIntervalCoversTheMedian(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const trials, n = 2000, 41
	covered := 0
	for range trials {
		a, b := make([]float64, n), make([]float64, n)
		for i := range a {
			a[i], b[i] = math.Exp(random.NormFloat64()), 0.5 // skewed; the median of a/b is 2
		}
		if q := ratioOf(a, b); q.low <= 2 && 2 <= q.high {
			covered++
		}
	}
	if share := float64(covered) / trials; share < 0.94 || share > 0.99 {
		t.Errorf("the interval holds the median in %.1f %% of the trials, want about 95", 100*share)
	}
}

// A drift of the machine that hits both entrants of a round alike is no difference.
func TestRatioIgnoresDrift(t *testing.T) {
	var a, b []float64
	for drift := 1.0; drift < 10; drift += 0.25 {
		a, b = append(a, 3*drift), append(b, 2*drift)
	}
	if got := ratioOf(a, b); got != (ratio{1.5, 1.5, 1.5}) {
		t.Errorf("ratio %v, want 1.5 throughout", got)
	}
	if got := median(differences(a, a)); got != 0 {
		t.Errorf("an entrant differs from itself by %v", got)
	}
}
