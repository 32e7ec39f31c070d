package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
)

// To compile a test binary for each mutant takes longer than to run it. So one binary
// holds all mutants: each is a copy of its function, and the function begins with a
// switch that calls the copy of the mutant that is on. The environment says which.

// A switched file is a file of a package together with its mutants.
type switched struct {
	source []byte
	edits  []edit
	copies bytes.Buffer
}

// An edit replaces the bytes from start to end.
type edit struct {
	start, end int
	with       string
}

// unitOf names the function that a mutant is in, and its place in the file.
func unitOf(m mutant) string { return fmt.Sprintf("%s %d", m.file, m.function.Pos()) }

// canSwitch reports whether a mutant can be switched on: whether it is in the body of a
// function that others can call by its name.
func canSwitch(m mutant) bool {
	return m.function != nil && m.function.Name.Name != "init" && m.function.Name.Name != "_" && m.start > m.body
}

// switchAll returns the files of a package with mutants in them, by their names, and
// the functions that they are in, by their numbers.
func switchAll(mutants map[int]mutant) (files map[string][]byte, units []string) {
	byUnit := map[string][]int{}
	for n, m := range mutants {
		byUnit[unitOf(m)] = append(byUnit[unitOf(m)], n)
	}
	for unit := range byUnit {
		units = append(units, unit)
		slices.Sort(byUnit[unit])
	}
	slices.Sort(units)
	open := map[string]*switched{}
	for number, unit := range units {
		first := mutants[byUnit[unit][0]]
		if open[first.file] == nil {
			open[first.file] = &switched{source: first.source}
		}
		open[first.file].add(number, byUnit[unit], mutants)
	}
	files = map[string][]byte{}
	for name, file := range open {
		files[name] = file.text()
	}
	return files, units
}

// add adds the mutants of one function.
func (s *switched) add(unit int, numbers []int, mutants map[int]mutant) {
	first := mutants[numbers[0]]
	call := s.callOf(first)
	var cases strings.Builder
	for _, n := range numbers {
		m := mutants[n]
		form := " case %d: " + call + "; return;"
		if m.function.Type.Results != nil {
			form = " case %d: return " + call + ";"
		}
		fmt.Fprintf(&cases, form, n, nameOf(m.function, n))
		fmt.Fprintf(&s.copies, "\n//line mutant_%d.go:1\n", n) // which the compiler names in errors
		s.copies.Write(m.source[m.offset(m.function.Pos()):m.offset(m.function.Name.Pos())])
		s.copies.WriteString(nameOf(m.function, n))
		s.copies.Write(m.source[m.offset(m.function.Name.End()):m.start])
		s.copies.WriteString(m.with)
		s.copies.Write(m.source[m.end:m.offset(m.function.End())])
	}
	s.edits = append(s.edits, edit{first.body + 1, first.body + 1, fmt.Sprintf(" switch mutant__(%d) {%s }; ", unit, cases.String())})
}

func nameOf(f *ast.FuncDecl, n int) string { return fmt.Sprintf("%s__%d", f.Name.Name, n) }

// callOf returns a call of a copy of the mutant's function, with %s for its name. It
// names the parameters that have no name.
func (s *switched) callOf(m mutant) string {
	name := "%s"
	if m.function.Recv != nil {
		name = s.named(m, m.function.Recv, "r")[0] + ".%s"
	} else if types := m.function.Type.TypeParams; types != nil {
		name += "[" + strings.Join(s.named(m, types, "T"), ", ") + "]"
	}
	arguments := s.named(m, m.function.Type.Params, "p")
	if list := m.function.Type.Params.List; len(list) > 0 {
		if _, variadic := list[len(list)-1].Type.(*ast.Ellipsis); variadic {
			arguments[len(arguments)-1] += "..."
		}
	}
	return name + "(" + strings.Join(arguments, ", ") + ")"
}

// named returns the names of parameters.
func (s *switched) named(m mutant, fields *ast.FieldList, prefix string) (names []string) {
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			names = append(names, fmt.Sprintf("%s%d__", prefix, len(names)))
			at := m.offset(field.Type.Pos())
			s.edits = append(s.edits, edit{at, at, names[len(names)-1] + " "})
		}
		for _, name := range field.Names {
			if name.Name != "_" {
				names = append(names, name.Name)
				continue
			}
			names = append(names, fmt.Sprintf("%s%d__", prefix, len(names)))
			s.edits = append(s.edits, edit{m.offset(name.Pos()), m.offset(name.End()), names[len(names)-1]})
		}
	}
	return names
}

func (s *switched) text() []byte {
	slices.SortFunc(s.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var text bytes.Buffer
	at := 0
	for _, e := range s.edits {
		text.Write(s.source[at:e.start])
		text.WriteString(e.with)
		at = e.end
	}
	text.Write(s.source[at:])
	text.Write(s.copies.Bytes())
	text.WriteByte('\n')
	return text.Bytes()
}

// switchFile returns the file of the switch itself. The environment names the mutant
// that is on, and a file for the numbers of the functions that are called.
func switchFile(pkg string, units int) []byte {
	return fmt.Appendf(nil, `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var mutantOn__, _ = strconv.Atoi(os.Getenv("MUTANT"))

var called__ [%d + 1]atomic.Bool

var calledFile__ = func() *os.File {
	file, _ := os.OpenFile(os.Getenv("MUTANT_CALLED"), os.O_APPEND|os.O_WRONLY, 0)
	return file
}()

func mutant__(unit int) int {
	if calledFile__ != nil && !called__[unit].Swap(true) {
		calledFile__.WriteString(strconv.Itoa(unit) + "\n")
	}
	return mutantOn__
}
`, pkg, units)
}

// switchPath is where the file of the switch would be.
func switchPath(dir string) string { return filepath.Join(dir, "mutant_switch.go") }
