package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// A summary is what the command prints.
type summary struct {
	survivors  []mutant
	noticed    int
	equivalent []string // survived, as was known
	wrong      []string // were called equivalent, and are noticed
	stale      []string // were called equivalent, and are not there
}

// readEquivalent returns the lines of a file, without blank ones and comments.
func readEquivalent(file string) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines[line] = true
		}
	}
	return lines, nil
}

func newSummary(results []result, equivalent map[string]bool, all []mutant) *summary {
	s := &summary{}
	for _, r := range results {
		known := equivalent[r.String()]
		switch {
		case r.fate == noticed:
			s.noticed++
			if known {
				s.wrong = append(s.wrong, r.String())
			}
		case known:
			s.equivalent = append(s.equivalent, r.String())
		default:
			s.survivors = append(s.survivors, r.mutant)
		}
	}
	there := map[string]bool{}
	for _, m := range all {
		there[m.String()] = true
	}
	for line := range equivalent {
		if !there[line] {
			s.stale = append(s.stale, line)
		}
	}
	slices.Sort(s.stale)
	slices.SortFunc(s.survivors, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.start, b.start))
	})
	return s
}

func (s *summary) print(out io.Writer) error {
	w := &strings.Builder{}
	for _, list := range []struct {
		title string
		lines []string
	}{
		{"Equivalent, not counted:", s.equivalent},
		{"Called equivalent, but noticed:", s.wrong},
		{"Called equivalent, but there is no such mutant:", s.stale},
	} {
		if len(list.lines) > 0 {
			fmt.Fprintf(w, "%s\n%s\n\n", list.title, strings.Join(list.lines, "\n"))
		}
	}
	for _, m := range s.survivors {
		fmt.Fprintln(w, m)
	}
	survived := len(s.survivors)
	all := s.noticed + survived
	fmt.Fprintf(w, "%d mutants, %d noticed, %d survived (%.1f %% noticed)\n", all, s.noticed, survived, 100*float64(s.noticed)/float64(max(all, 1)))
	_, err := io.WriteString(out, w.String())
	return err
}
