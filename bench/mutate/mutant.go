package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// A mutant is one change to one file.
type mutant struct {
	dir    string // of the package, as it was named
	number int    // in the package, from 1
	file   string // as it is printed
	line   int
	source []byte // of the whole file
	start  int    // the bytes from here
	end    int    // to here
	with   string // are replaced by these

	function *ast.FuncDecl // around it; nil if there is none
	body     int           // where the function's body begins
	offset   func(token.Pos) int
}

// code returns the changed file.
func (m mutant) code() []byte {
	return fmt.Appendf(nil, "%s%s%s", m.source[:m.start], m.with, m.source[m.end:])
}

// String returns the mutant as it is printed: with the whole of the lines that it changes.
func (m mutant) String() string {
	from := strings.LastIndexByte(string(m.source[:m.start]), '\n') + 1
	to := len(m.source)
	if n := strings.IndexByte(string(m.source[m.end:]), '\n'); n >= 0 {
		to = m.end + n
	}
	before := string(m.source[from:to])
	after := string(m.source[from:m.start]) + m.with + string(m.source[m.end:to])
	return fmt.Sprintf("%s:%d: %s → %s", m.file, m.line, oneLine(before), oneLine(after))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// mutantsOf returns all mutants of a package, in the order of its files. Files that
// this system does not build have none, because no test here could notice them.
func mutantsOf(dir string) ([]mutant, error) {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	var mutants []mutant
	for _, name := range pkg.GoFiles {
		file := filepath.Join(dir, name)
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := mutantsIn(file, source)
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].dir, found[i].number = dir, len(mutants)+i+1
		}
		mutants = append(mutants, found...)
	}
	return mutants, nil
}

// mutantsIn returns the mutants of one file, in the order of the code. Generated
// code has none: its tests are those of its generator.
func mutantsIn(file string, source []byte) ([]mutant, error) {
	tokens := token.NewFileSet()
	tree, err := parser.ParseFile(tokens, file, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(tree) {
		return nil, nil
	}
	f := &finder{file: filepath.ToSlash(file), source: source, tokens: tokens}
	for _, declaration := range tree.Decls {
		f.function, _ = declaration.(*ast.FuncDecl)
		ast.Inspect(declaration, f.visit)
	}
	return f.found, nil
}
