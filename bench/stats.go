package main

import (
	"math"
	"slices"
)

// median returns the value in the middle, of an even number the mean of the two.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// A ratio says how many times as long one entrant takes as another: the median over
// the rounds, in each of which both ran within the same moment, and the interval in
// which the true median lies with a probability of 95 %.
type ratio struct{ value, low, high float64 }

// ratioOf compares two entrants of one race round by round.
func ratioOf(a, b []float64) ratio {
	n := min(len(a), len(b))
	ratios := make([]float64, n)
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	slices.Sort(ratios)
	low, high := medianInterval(n)
	if n == 0 {
		return ratio{math.NaN(), math.NaN(), math.NaN()}
	}
	return ratio{median(ratios), ratios[low], ratios[high]}
}

// medianInterval returns which of n sorted values bound the median with 95 %
// confidence, whatever their distribution: the number of values below it is that of
// heads among n tosses. Of fewer than six values all of them do not suffice.
func medianInterval(n int) (low, high int) {
	below := 0.0 // the chance of at most low heads
	for low = 0; low < n/2; low++ {
		below += math.Exp(logChoose(n, low) - float64(n)*math.Ln2)
		if below > 0.025 {
			break
		}
	}
	low = max(low-1, 0)
	return low, max(n-1-low, 0)
}

func logChoose(n, k int) float64 {
	whole, _ := math.Lgamma(float64(n + 1))
	chosen, _ := math.Lgamma(float64(k + 1))
	left, _ := math.Lgamma(float64(n - k + 1))
	return whole - chosen - left
}

// differences returns a - b round by round.
func differences(a, b []float64) []float64 {
	diffs := make([]float64, min(len(a), len(b)))
	for i := range diffs {
		diffs[i] = a[i] - b[i]
	}
	return diffs
}
