package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// A fate is what becomes of a mutant.
type fate int

const (
	doesNotCompile fate = iota
	noticed             // the tests fail, crash or hang
	survived
)

// A trial runs the tests of one package against its mutants.
type trial struct {
	dir     string
	work    string         // temporary
	command []string       // from the command line
	judges  []string       // without a command: the packages whose tests judge
	skip    *regexp.Regexp // these tests; nil skips none
	timeout time.Duration
	board   *board // nil with a command
}

// newTrial runs the tests once without a change: mutants say nothing about tests
// that fail anyway.
func newTrial(ctx context.Context, o order, dir, work string, mutants []mutant) (*trial, error) {
	t := &trial{dir: dir, work: work, command: o.command, judges: o.judges, skip: o.skip, timeout: cmp.Or(o.timeout, 10*time.Minute)}
	if len(t.judges) == 0 {
		t.judges = []string{dir}
	}
	scratch, err := os.MkdirTemp(work, "original")
	if err != nil {
		return nil, err
	}
	overlay := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(overlay, []byte("{}"), 0o600); err != nil {
		return nil, err
	}
	if output, err := t.compile(ctx, overlay, scratch); err != nil {
		return nil, fmt.Errorf("%s does not compile: %w\n%s", dir, err, output)
	}
	start := time.Now()
	if output, err := t.test(ctx, overlay, scratch); err != nil {
		return nil, fmt.Errorf("the tests of %s fail without a change: %w\n%s", dir, err, output)
	}
	t.timeout = cmp.Or(o.timeout, max(10*time.Second, 10*time.Since(start)))
	if len(t.command) == 0 {
		if t.work, err = os.MkdirTemp(work, "board"); err != nil {
			return nil, err
		}
		t.board, err = newBoard(ctx, t, mutants)
	}
	return t, err
}

// try runs the tests on a mutant, which it compiles unless it is on the board.
func (t *trial) try(ctx context.Context, m mutant) (fate, error) {
	if t.board != nil && canSwitch(m) {
		return t.board.try(ctx, m)
	}
	scratch, err := os.MkdirTemp(t.work, "mutant")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	overlay, err := writeOverlay(m, scratch)
	if err != nil {
		return 0, err
	}
	_, compileErr := t.compile(ctx, overlay, scratch)
	if err := cmp.Or(ctx.Err(), notStarted(compileErr)); err != nil {
		return 0, err
	}
	if compileErr != nil {
		return doesNotCompile, nil
	}
	_, testErr := t.test(ctx, overlay, scratch)
	if err := cmp.Or(ctx.Err(), notStarted(testErr)); err != nil {
		return 0, err
	}
	if testErr != nil {
		return noticed, nil
	}
	return survived, nil
}

// writeOverlay writes the file that has the go command read the mutant in place of the original.
func writeOverlay(m mutant, scratch string) (string, error) {
	original, err := filepath.Abs(filepath.FromSlash(m.file))
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(scratch, "mutant.go"), filepath.Join(scratch, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(os.WriteFile(changed, m.code(), 0o600), os.WriteFile(overlay, replace, 0o600))
}

// compile builds what test needs. Without a command from outside that is the test
// binaries, which are quicker to run than go test.
func (t *trial) compile(ctx context.Context, overlay, scratch string) ([]byte, error) {
	if len(t.command) > 0 {
		return output(ctx, t.dir, nil, "go", "build", "-overlay", overlay, "-o", os.DevNull, ".")
	}
	for _, judge := range t.judges {
		// Without symbols for a debugger the linker is faster.
		out, err := output(ctx, judge, nil, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binaryOf(scratch, judge), ".")
		if err != nil {
			return out, err
		}
	}
	return nil, nil
}

func (t *trial) test(ctx context.Context, overlay, scratch string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	if len(t.command) > 0 {
		// Vet looks at the form of the code: what it notices, no test does.
		flags := os.Getenv("GOFLAGS") + " -vet=off -overlay=" + overlay
		return output(ctx, "", []string{"GOFLAGS=" + flags}, t.command[0], t.command[1:]...)
	}
	for _, judge := range t.judges {
		if out, err := t.runTests(ctx, scratch, judge, ""); err != nil {
			return out, err
		}
	}
	return nil, nil
}

// runTests runs the tests of one package whose names match a pattern, the slow ones not.
func (t *trial) runTests(ctx context.Context, scratch, judge, pattern string, env ...string) ([]byte, error) {
	binary := binaryOf(scratch, judge)
	if _, err := os.Stat(binary); err != nil {
		return nil, errors.New("there are none")
	}
	args := []string{"-test.failfast", "-test.short", "-test.run", pattern}
	if t.skip != nil {
		args = append(args, "-test.skip", t.skip.String())
	}
	name, args := limited(binary, args...)
	return output(ctx, judge, env, name, args...)
}

// binaryOf is where the test binary of a package is built.
func binaryOf(scratch, dir string) string {
	return filepath.Join(scratch, url.PathEscape(filepath.ToSlash(dir))+"_tests.exe")
}

// limited bounds the memory of a command to 8 GiB: a loop that no longer ends may allocate in each round.
func limited(name string, args ...string) (string, []string) {
	if runtime.GOOS == "windows" {
		return name, args
	}
	return "sh", append([]string{"-c", `ulimit -v 8388608; exec "$0" "$@"`, name}, args...)
}

// output runs a command to its end, or ends it with ctx.
func output(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	command.WaitDelay = time.Second // for what it has started itself
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.Bytes(), err
}

// notStarted returns err if a command could not be run at all, which says nothing about a mutant.
func notStarted(err error) error {
	var missing *exec.Error
	if errors.As(err, &missing) {
		return err
	}
	return nil
}
