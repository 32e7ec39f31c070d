package main

import (
	"time"

	"golang.org/x/sys/unix"
)

const clockName = "processor time"

// processorTime returns what this process has used, garbage collection and all. On a
// machine that others use, too, it tells what a request costs where the wall clock
// tells how busy they are.
func processorTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
