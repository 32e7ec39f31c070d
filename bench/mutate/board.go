package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A board is a set of test binaries that hold all mutants of a package.
type board struct {
	trial   *trial
	mutants map[int]mutant // that compile
	units   []string
	tests   []*boardTest
}

// A boardTest is one test of a board.
type boardTest struct {
	judge, name string
	took        time.Duration
	calls       map[string]bool // units
	noticed     atomic.Int64    // mutants so far
}

// newBoard compiles the board, and runs each test once to know which functions it calls.
func newBoard(ctx context.Context, t *trial, mutants []mutant) (*board, error) {
	b := &board{trial: t, mutants: map[int]mutant{}}
	for _, m := range mutants {
		if canSwitch(m) {
			b.mutants[m.number] = m
		}
	}
	for len(b.mutants) > 0 {
		files, units := switchAll(b.mutants)
		b.units = units
		overlay, err := writeBoard(t.dir, t.work, files, len(units))
		if err != nil {
			return nil, err
		}
		out, err := output(ctx, t.dir, nil, "go", "build", "-gcflags=-e", "-overlay", overlay, "-o", os.DevNull, ".")
		if err == nil {
			if out, err := t.compile(ctx, overlay, t.work); err != nil {
				return nil, fmt.Errorf("%w\n%s", err, out)
			}
			return b, b.learn(ctx)
		}
		if !b.refuse(string(out)) {
			return nil, fmt.Errorf("%s with all mutants: %w\n%s", t.dir, err, out)
		}
	}
	return b, nil
}

var inMutant = regexp.MustCompile(`mutant_(\d+)\.go:`)

// refuse takes out the mutants that the compiler names, and reports whether there are any.
func (b *board) refuse(errors string) bool {
	any := false
	for _, match := range inMutant.FindAllStringSubmatch(errors, -1) {
		n, _ := strconv.Atoi(match[1])
		if _, ok := b.mutants[n]; ok {
			delete(b.mutants, n)
			any = true
		}
	}
	return any
}

func writeBoard(dir, work string, files map[string][]byte, units int) (overlay string, err error) {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return "", err
	}
	files[switchPath(dir)] = switchFile(pkg.Name, units)
	replace := map[string]string{}
	for name, text := range files {
		path, err := filepath.Abs(filepath.FromSlash(name))
		if err != nil {
			return "", err
		}
		replace[path] = filepath.Join(work, strconv.Itoa(len(replace))+filepath.Base(name))
		if err := os.WriteFile(replace[path], text, 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(work, "board.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// learn finds out which test calls which functions.
func (b *board) learn(ctx context.Context) error {
	for _, judge := range b.trial.judges {
		list, err := output(ctx, judge, nil, binaryOf(b.trial.work, judge), "-test.list", "^(Test|Example|Fuzz)")
		if err != nil {
			return err
		}
		called := filepath.Join(b.trial.work, "called")
		for name := range strings.FieldsSeq(string(list)) {
			if b.trial.skip != nil && b.trial.skip.MatchString(name) {
				continue
			}
			if err := os.WriteFile(called, nil, 0o600); err != nil {
				return err
			}
			start := time.Now()
			out, err := b.run(ctx, judge, []string{name}, "MUTANT_CALLED="+called)
			if err != nil {
				return fmt.Errorf("%s fails without a change: %w\n%s", name, err, out)
			}
			test := &boardTest{judge: judge, name: name, took: time.Since(start), calls: map[string]bool{}}
			text, err := os.ReadFile(called)
			if err != nil {
				return err
			}
			for number := range strings.FieldsSeq(string(text)) {
				n, _ := strconv.Atoi(number)
				test.calls[b.units[n]] = true
			}
			b.tests = append(b.tests, test)
		}
	}
	return nil
}

func (b *board) run(ctx context.Context, judge string, tests []string, env ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, b.trial.timeout)
	defer cancel()
	return b.trial.runTests(ctx, b.trial.work, judge, "^("+strings.Join(tests, "|")+")$", env...)
}

// try runs the tests that call the mutant's function: first a few, which have noticed
// most so far or are quick, then the others.
func (b *board) try(ctx context.Context, m mutant) (fate, error) {
	if _, ok := b.mutants[m.number]; !ok {
		return doesNotCompile, nil
	}
	const few = 12
	unit := unitOf(m)
	calling := slices.DeleteFunc(slices.Clone(b.tests), func(t *boardTest) bool { return !t.calls[unit] })
	slices.SortStableFunc(calling, func(x, y *boardTest) int {
		return cmp.Or(cmp.Compare(y.noticed.Load(), x.noticed.Load()), cmp.Compare(x.took, y.took))
	})
	for _, part := range [][]*boardTest{calling[:min(few, len(calling))], calling[min(few, len(calling)):]} {
		for _, judge := range b.trial.judges {
			if fate, err := b.tryWith(ctx, m, judge, part); fate != survived {
				return fate, err
			}
		}
	}
	return survived, nil
}

// tryWith runs those of the tests that are the judge's.
func (b *board) tryWith(ctx context.Context, m mutant, judge string, tests []*boardTest) (fate, error) {
	byName, names := map[string]*boardTest{}, []string{}
	for _, test := range tests {
		if test.judge == judge {
			byName[test.name] = test
			names = append(names, test.name)
		}
	}
	if len(names) == 0 {
		return survived, nil
	}
	out, err := b.run(ctx, judge, names, "MUTANT="+strconv.Itoa(m.number))
	if stopped := cmp.Or(ctx.Err(), notStarted(err)); stopped != nil {
		return doesNotCompile, stopped
	}
	if err == nil {
		return survived, nil
	}
	if match := failedTest.FindSubmatch(out); match != nil && byName[string(match[1])] != nil {
		byName[string(match[1])].noticed.Add(1)
	}
	return noticed, nil
}

var failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
