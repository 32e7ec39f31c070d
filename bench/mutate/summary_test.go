package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEquivalentMutantsDoNotCount(t *testing.T) {
	all := mustFind(t, "package p\n\nvar a, b, c = 1, true, !x\n")
	file := filepath.Join(t.TempDir(), "equivalent")
	text := "# a comment\n\n" + all[1].String() + "\n" + all[2].String() + "\na/gone.go:1: 1 → 2\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	equivalent, err := readEquivalent(file)
	if err != nil {
		t.Fatal(err)
	}
	results := []result{{all[3], survived}, {all[1], survived}, {all[2], noticed}, {all[0], noticed}}
	var out strings.Builder
	if err := newSummary(results, equivalent, all).print(&out); err != nil {
		t.Fatal(err)
	}
	const of = "a/b.go:3: var a, b, c = 1, true, !x → var a, b, c = "
	want := `Equivalent, not counted:
` + of + `0, true, !x

Called equivalent, but noticed:
` + of + `1, false, !x

Called equivalent, but there is no such mutant:
a/gone.go:1: 1 → 2

` + of + `1, true, x
3 mutants, 2 noticed, 1 survived (66.7 % noticed)
`
	if got := out.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestAFileOfEquivalentMutantsThatIsMissingIsAnError(t *testing.T) {
	if _, err := readEquivalent(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error")
	}
}
