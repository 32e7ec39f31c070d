package cluster

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// figures are what a test has counted.
type figures struct {
	requests, right, loginPages, unavailable, wrong atomic.Int64
	lost                                            int           // logins that should have gone on
	recovery                                        time.Duration // at the longest, until the last visitor was served again
}

func (f *figures) String() string {
	return fmt.Sprintf("%d requests, %d wrong answers, %d login pages, %d times unavailable, %d lost logins, recovered in %.2f s",
		f.requests.Load(), f.wrong.Load(), f.loginPages.Load(), f.unavailable.Load(), f.lost, f.recovery.Seconds())
}

func (f *figures) count(v verdict) {
	f.requests.Add(1)
	switch v {
	case right:
		f.right.Add(1)
	case loginPage:
		f.loginPages.Add(1)
	case unavailable:
		f.unavailable.Add(1)
	case wrong:
		f.wrong.Add(1)
	}
}

// thinking is what visitors do between two requests, or else they would leave no time to the instances
// on a small machine.
const thinking = 50 * time.Millisecond

// repeat has n goroutines do something again and again, until stop is called or the test ends.
func repeat(t *testing.T, n int, step func(i int)) (stop func()) {
	t.Helper()
	stopped := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for {
				select {
				case <-stopped:
					return
				case <-time.After(thinking):
					step(i)
				}
			}
		})
	}
	stop = sync.OnceFunc(func() {
		close(stopped)
		all.Wait()
	})
	t.Cleanup(stop)
	return stop
}

// load is visitors who open their profile, again and again.
type load struct {
	*figures
	t     *testing.T
	stop  func()
	began time.Time
	each  []client
}

// client is what a visitor has met in a load.
type client struct {
	served     atomic.Int64 // when the visitor last asked for what was answered right, in ns since began
	loginPages atomic.Int64
}

// startLoad has the visitors begin. What they are to do before each request may be nil.
func startLoad(t *testing.T, visitors []*visitor, before func(i int, v *visitor)) *load {
	t.Helper()
	l := &load{figures: &visitors[0].c.figures, t: t, began: time.Now(), each: make([]client, len(visitors))}
	l.stop = repeat(t, len(visitors), func(i int) {
		v := visitors[i]
		if before != nil {
			before(i, v)
		}
		asked := time.Since(l.began)
		switch got, a := v.look(); got {
		case right:
			l.each[i].served.Store(int64(asked))
		case loginPage:
			l.each[i].loginPages.Add(1)
		case wrong:
			t.Errorf("a wrong answer to %s: %d %q %s", v.name, a.status, a.to, a.text)
		}
	})
	return l
}

// none fails the test unless a figure is 0.
func (l *load) none(what string, figure *atomic.Int64) {
	l.t.Helper()
	if n := figure.Load(); n != 0 {
		l.t.Errorf("%d %s, want none", n, what)
	}
}

// more waits until that many more requests have been answered.
func (l *load) more(requests int64) {
	l.t.Helper()
	until := l.requests.Load() + requests
	eventually(l.t, fmt.Sprintf("%d more requests", requests), func() bool { return l.requests.Load() >= until })
}

// recovered waits until each of the visitors has been served since a moment, and notes how long that
// took.
func (l *load) recovered(since time.Time, which func(i int) bool) {
	l.t.Helper()
	after := since.Sub(l.began)
	eventually(l.t, "everybody is served again", func() bool {
		for i := range l.each {
			if which(i) && l.each[i].served.Load() <= int64(after) {
				return false
			}
		}
		return true
	})
	l.recovery = max(l.recovery, time.Since(since))
}

// countLost counts the visitors whom an instance does not know any more, and who are to be known.
func (l *load) countLost(visitors []*visitor, which func(i int) bool) {
	l.t.Helper()
	for i, v := range visitors {
		if !which(i) {
			continue
		}
		for range len(v.c.instances) {
			if got, a := v.look(); got != right {
				l.t.Errorf("%s has lost the login: %d %q", v.name, a.status, a.to)
				l.lost++
				break
			}
		}
	}
}
