//go:build !linux

package main

import "time"

const clockName = "time"

var started = time.Now()

// processorTime is the wall clock here.
func processorTime() time.Duration { return time.Since(started) }
