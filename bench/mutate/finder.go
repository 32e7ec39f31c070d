package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// A finder collects the mutants of one file.
type finder struct {
	file   string
	source []byte
	tokens *token.FileSet
	found  []mutant

	function *ast.FuncDecl // that is looked at; nil outside of functions
}

// swaps are the operators that stand in for one another. An ordering is replaced by
// its neighbour, which is one off, and by its reverse.
var swaps = map[token.Token][]token.Token{
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.LEQ, token.GTR}, token.LEQ: {token.LSS, token.GEQ},
	token.GTR: {token.GEQ, token.LSS}, token.GEQ: {token.GTR, token.LEQ},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
}

// visit is for ast.Inspect: it returns whether to look inside the node.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.ForStmt:
		f.negate(n.Cond)
	case *ast.SwitchStmt:
		f.negateCases(n)
	case *ast.BlockStmt:
		f.dropEach(n.List)
	case *ast.CaseClause:
		f.dropEach(n.Body)
	case *ast.CommClause:
		f.dropEach(n.Body)
	case *ast.BinaryExpr:
		for _, other := range swaps[n.Op] {
			f.replace(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other.String())
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.replace(n.OpPos, n.X.Pos(), "")
		}
	case *ast.BasicLit:
		f.shift(n)
	case *ast.Ident:
		f.flip(n)
	case *ast.CallExpr:
		return !isLogging(n) && !isPanic(n)
	}
	return true
}

// negate negates a condition, unless removing its ! or exchanging its == is the same.
func (f *finder) negate(condition ast.Expr) {
	if condition == nil {
		return
	}
	switch c := ast.Unparen(condition).(type) {
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			return
		}
	case *ast.BinaryExpr:
		if c.Op == token.EQL || c.Op == token.NEQ {
			return
		}
	case *ast.Ident:
		if c.Name == "true" || c.Name == "false" {
			return
		}
	}
	f.replace(condition.Pos(), condition.End(), "!("+f.text(condition)+")")
}

// negateCases negates the conditions of a switch that has nothing to compare them with.
func (f *finder) negateCases(s *ast.SwitchStmt) {
	if s.Tag != nil {
		return
	}
	for _, clause := range s.Body.List {
		for _, condition := range clause.(*ast.CaseClause).List {
			f.negate(condition)
		}
	}
}

// dropEach drops one statement of a block at a time. The statement stays in the code
// where it is never reached, so that what it uses is still used.
func (f *finder) dropEach(block []ast.Stmt) {
	for _, s := range block {
		if droppable(s) {
			f.replace(s.Pos(), s.End(), "if false { "+f.text(s)+" }")
		}
	}
}

func droppable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return !ok || !isLogging(call)
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !slices.ContainsFunc(s.Lhs, isBlank)
	case *ast.BranchStmt:
		return s.Tok == token.BREAK || s.Tok == token.CONTINUE
	case *ast.IncDecStmt, *ast.ReturnStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt:
		return true
	}
	return false
}

// isBlank reports whether an expression is the blank identifier.
func isBlank(e ast.Expr) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == "_"
}

// shift makes a number one larger, and one smaller. None becomes negative: most
// such numbers are lengths and would not compile.
func (f *finder) shift(literal *ast.BasicLit) {
	if literal.Kind != token.INT {
		return
	}
	n, err := strconv.ParseInt(literal.Value, 0, 64)
	if err != nil {
		return
	}
	f.replace(literal.Pos(), literal.End(), strconv.FormatInt(n+1, 10))
	if n > 0 {
		f.replace(literal.Pos(), literal.End(), strconv.FormatInt(n-1, 10))
	}
}

// flip exchanges true and false.
func (f *finder) flip(ident *ast.Ident) {
	switch ident.Name {
	case "true":
		f.replace(ident.Pos(), ident.End(), "false")
	case "false":
		f.replace(ident.Pos(), ident.End(), "true")
	}
}

func isPanic(call *ast.CallExpr) bool {
	ident, ok := call.Fun.(*ast.Ident)
	return ok && ident.Name == "panic"
}

// isLogging reports whether a call writes to a log: a method of log, slog, or of
// something with "log" at the end of its name.
func isLogging(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of := strings.ToLower(lastName(method.X))
	if !strings.HasSuffix(of, "log") && !strings.HasSuffix(of, "logger") {
		return false
	}
	return slices.ContainsFunc(logVerbs, func(verb string) bool { return strings.HasPrefix(method.Sel.Name, verb) })
}

var logVerbs = []string{"Debug", "Info", "Warn", "Error", "Log", "Print", "Fatal", "Panic"}

// lastName returns the name at the end of an expression: log of a.b.log and of b.log().
func lastName(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		return lastName(e.Fun)
	}
	return ""
}

func (f *finder) offset(p token.Pos) int { return f.tokens.Position(p).Offset }

func (f *finder) text(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

func (f *finder) replace(start, end token.Pos, with string) {
	m := mutant{
		file: f.file, line: f.tokens.Position(start).Line, source: f.source,
		start: f.offset(start), end: f.offset(end), with: with,
		function: f.function, offset: f.offset,
	}
	if f.function != nil {
		m.body = f.offset(f.function.Body.Pos())
	}
	f.found = append(f.found, m)
}
