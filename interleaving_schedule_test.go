package ginlogin_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"
)

// A player is a request of a schedule. It runs in a goroutine of its own, and only
// between a resume and the next call of the store.
type player struct {
	number int
	next   storeCall // which waits for its turn
	resume chan struct{}
	paused chan bool // false: the request has been answered
}

const noPlayer = -1

type playerKey struct{}

func (p *player) await(next storeCall) {
	p.next = next
	p.paused <- true
	<-p.resume
}

// start runs a request up to its first call of the store.
func (p *player) start(ctx context.Context, request func(ctx context.Context)) {
	go func() {
		request(context.WithValue(ctx, playerKey{}, p))
		p.paused <- false
	}()
}

// pauses waits for the next call of the store and reports whether there is one.
func (p *player) pauses(deadline <-chan time.Time) bool {
	select {
	case more := <-p.paused:
		return more
	case <-deadline:
		panic("a request of a schedule waits for something other than its turn")
	}
}

// play runs requests at the same time. At each point where several of them are
// about to call the store, choose says whose call takes effect: it returns a number
// below n. A request that is not where it should be by the deadline waits for another
// one: the test panics.
func play(requests []func(context.Context), choose func(n int) int, deadline <-chan time.Time) {
	var running []*player
	for i, request := range requests {
		p := &player{number: i, resume: make(chan struct{}), paused: make(chan bool)}
		p.start(context.Background(), request)
		if p.pauses(deadline) {
			running = append(running, p)
		}
	}
	var last storeCall
	for len(running) > 0 {
		open := turns(running, last)
		p := open[0]
		if len(open) > 1 {
			p = open[choose(len(open))]
		}
		last = p.next
		p.resume <- struct{}{}
		if !p.pauses(deadline) {
			running = slices.DeleteFunc(running, func(done *player) bool { return done == p })
		}
	}
}

// turns returns the requests whose call may be the next. Of two calls that commute,
// one after the other, it allows the order of the requests only: the other schedule
// leads to the same.
func turns(running []*player, last storeCall) []*player {
	var open []*player
	for _, p := range running {
		if p.number >= last.player || !p.next.commutes(last) {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return running
	}
	return open
}

// everySchedule calls run once per schedule, depth first, until choose has taken
// each way at each point, and returns the number of schedules.
func everySchedule(run func(choose func(n int) int)) int {
	type point struct{ taken, of int }
	var path []point
	for schedules := 1; ; schedules++ {
		depth := 0
		run(func(n int) int {
			if depth == len(path) {
				path = append(path, point{0, n})
			}
			at := path[depth]
			if at.of != n {
				panic("a schedule that is played again takes another course")
			}
			depth++
			return at.taken
		})
		if depth != len(path) {
			panic("a schedule that is played again ends early")
		}
		for len(path) > 0 && path[len(path)-1].taken == path[len(path)-1].of-1 {
			path = path[:len(path)-1]
		}
		if len(path) == 0 {
			return schedules
		}
		path[len(path)-1].taken++
	}
}

// permute calls f with each order of a list.
func permute(list []int, f func([]int)) {
	if len(list) < 2 {
		f(list)
		return
	}
	for i := range list {
		rest := slices.Delete(slices.Clone(list), i, i+1)
		permute(rest, func(order []int) { f(append([]int{list[i]}, order...)) })
	}
}

// findings is what schedules have found, each with the first schedule that shows it.
type findings struct {
	plays     int // of some operations, each in all schedules
	schedules int
	count     map[string]int
	example   map[string]string
}

func newFindings() *findings { return &findings{count: map[string]int{}, example: map[string]string{}} }

func (f *findings) add(o *outcome) {
	f.schedules++
	for _, text := range o.told {
		key := o.world.name + ": " + o.names(everyIndex(o.ops)) + ": " + text
		if f.count[key]++; f.count[key] == 1 {
			f.example[key] = o.schedule()
		}
	}
}

func everyIndex(ops []operation) []int {
	list := make([]int, len(ops))
	for i := range list {
		list[i] = i
	}
	return list
}

func (f *findings) report(t *testing.T) {
	t.Helper()
	const most = 40
	for i, key := range slices.Sorted(maps.Keys(f.count)) {
		if i == most {
			t.Errorf("and %d more findings", len(f.count)-most)
			return
		}
		t.Errorf("%s\n\tin %d schedules, first in:%s", key, f.count[key], f.example[key])
	}
}

func (f *findings) merge(other *findings) {
	f.plays += other.plays
	f.schedules += other.schedules
	for key, count := range other.count {
		f.count[key] += count
		f.example[key] = other.example[key]
	}
}
