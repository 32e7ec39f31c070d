package ginlogin_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// playAll plays every schedule of some operations, and collects what they find.
func (w *world) playAll(ops []operation, f *findings) {
	for _, op := range ops {
		if !w.playable(op) {
			return
		}
	}
	f.plays++
	w.playEach(ops, f.add)
}

func (w *world) playEach(ops []operation, played func(*outcome)) {
	rows := maps.Clone(w.store.rows)
	w.seen = map[string]shown{}
	w.store.stagesUsers = slices.ContainsFunc(ops, func(op operation) bool { return op.path == "/password" })
	everySchedule(func(choose func(int) int) {
		w.store.reset(rows)
		w.store.passwords = nil
		played(w.playOne(ops, choose))
	})
	w.store.reset(rows)
	w.store.passwords = nil
}

func (w *world) playOne(ops []operation, choose func(int) int) *outcome {
	answers := make([]answer, len(ops))
	requests := make([]func(context.Context), len(ops))
	begun := w.now
	for i, op := range ops {
		path, cookies := w.request(op), w.sends(op)
		requests[i] = func(ctx context.Context) {
			w.now = begun.Add(time.Duration(i) * time.Second) // so that logins have an order
			answers[i] = w.serve(ctx, path, cookies)
		}
	}
	w.alarms, w.store.playing = 0, true
	play(requests, choose, time.After(time.Minute))
	w.store.playing = false
	o := w.judge(ops, answers)
	w.now = begun
	return o
}

// A change breaks a site on purpose.
type change func(*ginlogin.LoginManager, *stagedStore)

// sideBySide runs jobs on all processors, each with findings of its own, and returns
// what they have found.
func sideBySide(jobs []func(*findings)) *findings {
	all := newFindings()
	var mu sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, job := range jobs {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			own := newFindings()
			job(own)
			mu.Lock()
			defer mu.Unlock()
			all.merge(own)
		})
	}
	group.Wait()
	return all
}

func TestAllInterleavingsOfTwoOperations(t *testing.T) {
	var jobs []func(*findings)
	for _, at := range stages {
		for i, first := range operations {
			jobs = append(jobs, func(f *findings) {
				w := newWorld(at, nil)
				if !w.playable(first) {
					return
				}
				for _, second := range operations[i:] {
					w.playAll([]operation{first, second}, f)
				}
			})
		}
	}
	f := sideBySide(jobs)
	t.Logf("%d pairs in %d schedules", f.plays, f.schedules)
	f.report(t)
}

func TestAllInterleavingsOfThreeOperations(t *testing.T) {
	// More would take minutes.
	for _, names := range [][]string{
		{
			"the victim logs out the others", "the victim restores the login", "the thief restores the login",
			"the thief presents the oldest cookie", "the device ends the victim's login", "the site ends all logins",
		},
		{"the actor stops acting", "the thief stops acting", "the victim restores the login", "the site ends the customer's logins"},
	} {
		ops := operationsNamed(t, names...)
		var jobs []func(*findings)
		for i, first := range ops {
			for j, second := range ops[:i] {
				jobs = append(jobs, func(f *findings) {
					w := newWorld(stages[0], nil)
					for _, third := range ops[:j] {
						w.playAll([]operation{first, second, third}, f)
					}
				})
			}
		}
		f := sideBySide(jobs)
		t.Logf("%d times three operations in %d schedules", f.plays, f.schedules)
		f.report(t)
	}
}

// operationsNamed returns operations by what they do.
func operationsNamed(t *testing.T, names ...string) []operation {
	t.Helper()
	var ops []operation
	for _, name := range names {
		i := slices.IndexFunc(operations, func(op operation) bool { return op.String() == name })
		if i < 0 {
			t.Fatalf("there is no operation %q", name)
		}
		ops = append(ops, operations[i])
	}
	return ops
}

// Otherwise the suite could be green because every operation is refused.
func TestAnOperationThatPlaysAloneSucceeds(t *testing.T) {
	played := map[string]bool{}
	for _, at := range stages {
		if at.name == "after a lost answer" {
			continue // the login is not fresh
		}
		w := newWorld(at, nil)
		for _, op := range operations {
			if !w.playable(op) {
				continue
			}
			played[op.String()] = true
			w.playEach([]operation{op}, func(o *outcome) {
				want := ""
				if op.path == "/page" && !op.isTheft() {
					want = w.ids[op.login]
				}
				refused := op.isTheft() || op.path == "/others" && op.login == "acting"
				a := o.answers[0]
				if (a.status == 200) == refused && !op.isTheft() || a.shown().login != want || (o.alarms > 0) != op.isTheft() || len(o.told) > 0 {
					t.Errorf("%s: %s: status %d, login %q and not %q, %d alarms, %q", at.name, op, a.status, a.shown().login, want, o.alarms, o.told)
				}
			})
		}
	}
	for _, op := range operations {
		if !played[op.String()] {
			t.Errorf("%s in no state", op)
		}
	}
}
