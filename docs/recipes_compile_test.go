package docs_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Blocks of statements belong in main or in a handler of the README's small site, which have these variables.
const variables = `package main

import (
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

var (
	key     []byte
	store   = cookiestore.NewStore(key)
	lm      *ginlogin.LoginManager
	r       *gin.Engine
	c       *gin.Context
	account *Account
)
`

// The blocks of a recipe compile as printed, with the imports above them, in the README's small site. What they use
// of the reader's own program stands in a block below "Your program has:".
func TestEveryRecipeCompilesAsPrinted(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in the PATH")
	}
	fset := token.NewFileSet()
	all := readPasteable(t)
	packages := importPackages(t, fset, all)
	for _, r := range all {
		t.Run(r.title, func(t *testing.T) {
			pasted, err := parser.ParseFile(fset, "", r.pasted(t), 0)
			if err != nil {
				t.Fatal(err)
			}
			main, err := parser.ParseFile(fset, "main.go", variables, 0)
			if err != nil {
				t.Fatal(err)
			}
			config := types.Config{Importer: packages, Error: func(err error) {
				if e := err.(types.Error); !e.Soft || fset.Position(e.Pos).Filename != "README.md" { // main used its imports
					t.Error(err)
				}
			}}
			_, _ = config.Check("main", fset, []*ast.File{pasted, siteBeside(t, fset, pasted), main}, nil)
		})
	}
}

// pasted returns the recipe as a file: its imports, its declarations, and its statements in one function, each with
// the line that it has on its page.
func (r recipe) pasted(t *testing.T) string {
	t.Helper()
	var statements strings.Builder
	_, imports := r.head(t)
	file := "package main\n" + importLines(imports)
	for _, match := range goBlock.FindAllStringSubmatch(r.text, -1) {
		if block := match[3]; isDeclarations(block) {
			file += r.lineOf(t, block) + block
		} else {
			statements.WriteString(r.lineOf(t, block) + block)
		}
	}
	return file + "func _() {\n" + statements.String() + "}\n"
}

func isDeclarations(block string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+block, 0)
	return err == nil
}

func (r recipe) lineOf(t *testing.T, block string) string {
	before, _, _ := strings.Cut(read(t, r.file), block)
	return "//line " + r.file + ":" + strconv.Itoa(strings.Count(before, "\n")+1) + "\n"
}

var importPath = regexp.MustCompile("`([^`]+)`")

func importLines(shown string) (lines string) {
	for _, match := range importPath.FindAllStringSubmatch(shown, -1) {
		lines += "import \"" + match[1] + "\"\n"
	}
	return lines
}

// siteBeside returns the README's small site without main, and without what the recipe declares itself. A recipe with
// a user type of its own has users of its own, too.
func siteBeside(t *testing.T, fset *token.FileSet, pasted *ast.File) *ast.File {
	t.Helper()
	own := map[string]bool{"main": true}
	for _, declaration := range pasted.Decls {
		own[nameOf(declaration)] = true
	}
	delete(own, "") // of its imports
	if own["Account"] {
		own["Account.GetID"], own["accounts"], own["findByID"] = true, true, true
	}
	file, err := parser.ParseFile(fset, "README.md", goBlock.FindAllStringSubmatch(read(t, "README.md"), -1)[1][3], 0)
	if err != nil {
		t.Fatal(err)
	}
	file.Decls = slices.DeleteFunc(file.Decls, func(d ast.Decl) bool { return own[nameOf(d)] })
	return file
}

// nameOf returns what a declaration declares first: the README's declare one thing each.
func nameOf(declaration ast.Decl) string {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name
		}
		return strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + d.Name.Name
	case *ast.GenDecl:
		switch spec := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return spec.Name.Name
		case *ast.ValueSpec:
			return spec.Names[0].Name
		}
	}
	return ""
}

// importPackages returns an importer of what the recipes and the README import, compiled.
func importPackages(t *testing.T, fset *token.FileSet, all []recipe) types.Importer {
	t.Helper()
	arguments := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "."}
	for _, r := range all {
		_, shown := r.head(t)
		for _, match := range importPath.FindAllStringSubmatch(shown, -1) {
			arguments = append(arguments, match[1])
		}
	}
	cmd := exec.Command("go", arguments...)
	cmd.Dir, cmd.Stderr = "example", os.Stderr // whose module requires all of them
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[name] = file
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
}
