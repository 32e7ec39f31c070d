package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A small module with a test that leaves gaps.
const (
	sumCode = `package sum

func upTo(n int) int {
	sum := 0
	for n > 0 {
		sum += n
		n--
	}
	return sum
}

func capped(n int) int {
	if n > 9 {
		return 9
	}
	return n
}
`
	sumTest = `package sum

import "testing"

func TestSum(t *testing.T) {
	if upTo(3) != 6 || capped(20) != 9 || capped(1) != 1 {
		t.Fail()
	}
}
`
)

// inModule writes the module and goes there. Its package is ".".
func inModule(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module sum\n\ngo 1.25\n", "sum.go": sumCode, "sum_test.go": sumTest,
		"other_plan9.go": "package sum\n\nvar never = 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOWORK", "off")
}

func run(t *testing.T, o order) string {
	t.Helper()
	var out strings.Builder
	if err := o.run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The test misses "n > 10", because it does not cap 10. The others mean the same as
// the original.
var sumSurvivors = []string{
	"sum.go:5: for n > 0 { → for n >= 0 {",
	"sum.go:13: if n > 9 { → if n >= 9 {",
	"sum.go:13: if n > 9 { → if n > 10 {",
	"sum.go:13: if n > 9 { → if n > 8 {",
}

func TestSurvivorsAndTheirNumberArePrinted(t *testing.T) {
	inModule(t)
	var progress strings.Builder
	o := order{packages: []string{"."}, timeout: 5 * time.Second, atOnce: 2, progress: &progress}
	lines := strings.Split(strings.TrimSpace(run(t, o)), "\n")
	last := len(lines) - 1
	if !slices.Equal(lines[:last], sumSurvivors) {
		t.Errorf("survivors %q, want %q", lines[:last], sumSurvivors)
	}
	for _, survivor := range sumSurvivors {
		if !strings.Contains(progress.String(), ": "+survivor+"\n") {
			t.Errorf("%q was not said at once, but %q", survivor, progress.String())
		}
	}
	// Without its last return a function does not compile: those two mutants do not count.
	if want := "15 mutants, 11 noticed, 4 survived (73.3 % noticed)"; lines[last] != want {
		t.Errorf("%q, want %q", lines[last], want)
	}
	if code, err := os.ReadFile("sum.go"); err != nil || string(code) != sumCode {
		t.Errorf("the working tree has changed: %v", err)
	}
}

func TestAnotherCommandCanBeTheTests(t *testing.T) {
	inModule(t)
	o := order{packages: []string{"."}, most: 6, seed: 3, command: []string{"go", "test", "."}, timeout: time.Minute}
	fast := o
	fast.command = nil
	if got, want := run(t, o), run(t, fast); got != want {
		t.Errorf("%q, want as with the package's own tests: %q", got, want)
	}
}

func TestAMutantThatHangsIsNoticed(t *testing.T) {
	inModule(t)
	for _, m := range mustMutants(t) {
		if !strings.HasSuffix(m.String(), "if false { n-- }") {
			continue
		}
		tests := &trial{dir: ".", judges: []string{"."}, work: t.TempDir(), timeout: time.Second}
		if fate, err := tests.try(t.Context(), m); fate != noticed || err != nil {
			t.Errorf("%v, %v, want %v", fate, err, noticed)
		}
		return
	}
	t.Error("there is no such mutant")
}

func mustMutants(t *testing.T) []mutant {
	t.Helper()
	mutants, err := mutantsOf(".")
	if err != nil {
		t.Fatal(err)
	}
	return mutants
}

func TestFilesOfOtherSystemsHaveNoMutants(t *testing.T) {
	inModule(t)
	for _, m := range mustMutants(t) {
		if m.file != "sum.go" {
			t.Errorf("%v", m)
		}
	}
}

func TestTestsThatFailAnywayAreAnError(t *testing.T) {
	for name, test := range map[string]string{
		"they fail":          strings.Replace(sumTest, "!= 6", "!= 7", 1),
		"they don't compile": "package sum\n\nvar x int = \"\"\n",
		"there are none":     "package sum\n",
	} {
		t.Run(name, func(t *testing.T) {
			inModule(t)
			if name == "there are none" {
				_ = os.Remove("sum_test.go")
			} else if err := os.WriteFile("sum_test.go", []byte(test), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := (order{packages: []string{"."}}).run(t.Context(), &strings.Builder{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestAnInterruptIsNoFate(t *testing.T) {
	inModule(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tests := &trial{dir: ".", judges: []string{"."}, work: t.TempDir(), timeout: time.Second}
	if fate, err := tests.try(ctx, mustMutants(t)[0]); err == nil {
		t.Errorf("%v and no error", fate)
	}
}
