package main

import "sync/atomic"

// A counter counts while visitors are at it.
type counter struct{ done atomic.Int64 }

func (c *counter) value() int { return int(c.done.Load()) }

// counting is do, counted.
func (c *counter) counting(do func(*visitor) error) func(*visitor) error {
	return func(v *visitor) error {
		defer c.done.Add(1)
		return do(v)
	}
}
