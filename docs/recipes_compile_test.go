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
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A recipe is pasted into the README's small site as a reader does it: its imports beside those of the site, its
// declarations instead of those of the same names, its statements into newSite, or into a handler that has c and
// account.
func TestEveryRecipeCompilesAsPrinted(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in the PATH")
	}
	fset := token.NewFileSet()
	all := readPasteable(t)
	packages := importPackages(t, fset, all)
	for _, r := range all {
		t.Run(r.title, func(t *testing.T) {
			file, err := parser.ParseFile(fset, "", r.pasted(t, all), parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			config := types.Config{Importer: packages, Error: func(err error) {
				// What a recipe replaces may have used an import of the site.
				if e := err.(types.Error); !strings.HasSuffix(e.Msg, "imported and not used") || fset.Position(e.Pos).Filename != "README.md" {
					t.Error(err)
				}
			}}
			_, _ = config.Check("main", fset, []*ast.File{file}, nil)
		})
	}
}

// smallSite returns the README's small site, the import lines apart.
func smallSite(t *testing.T) (imports, code string) {
	t.Helper()
	source := goBlock.FindAllStringSubmatch(read(t, "README.md"), -1)[1][3]
	_, source, _ = strings.Cut(source, "import (\n")
	imports, code, _ = strings.Cut(source, ")\n")
	return imports, code
}

// pasted returns the small site with the recipe in it, and with the one that it says to paste first. Each part has the
// line that it has on its page.
func (r recipe) pasted(t *testing.T, all []recipe) string {
	t.Helper()
	var declarations, statements, more string
	for _, r := range r.withBase(t, all) {
		_, shown := r.head(t)
		more += shown
		for _, match := range goBlock.FindAllStringSubmatch(r.text, -1) {
			if block := match[3]; isDeclarations(block) {
				declarations += r.lineOf(t, block) + block
			} else {
				statements += r.lineOf(t, block) + block
			}
		}
	}
	imports, site := smallSite(t)
	file := "package main\n"
	for _, match := range importPath.FindAllStringSubmatch(more, -1) {
		if line := strconv.Quote(match[1]); !strings.Contains(imports+file, line) {
			file += "import " + line + "\n"
		}
	}
	file += "//line README.md:1\nimport (\n" + imports + ")\n" + r.beside(t, site, declarations)
	if !strings.Contains(file, endOfSite) {
		t.Fatal("the README has no newSite that ends with return r, or the recipe replaces it")
	}
	return strings.Replace(file, endOfSite, "r.Use(func(c *gin.Context) {\nvar account *Account\n_ = account\n"+statements+"})\n"+endOfSite, 1) + declarations
}

var base = regexp.MustCompile(`Paste \[[^\]]+\]\(([^)#]*)#([^)]+)\) first`)

// withBase returns the recipe, and before it the one that it builds on.
func (r recipe) withBase(t *testing.T, all []recipe) []recipe {
	t.Helper()
	match := base.FindStringSubmatch(r.text)
	if match == nil {
		return []recipe{r}
	}
	for _, b := range all {
		if b.file == path.Join(path.Dir(r.file), match[1]) && anchors("## " + b.title)[0] == match[2] {
			return []recipe{b, r}
		}
	}
	t.Fatalf("%s, %s builds on a recipe that is not there: %s", r.file, r.title, match[0])
	return nil
}

// endOfSite ends newSite; before it the statements of a recipe are put.
const endOfSite = "\treturn r\n}\n"

func isDeclarations(block string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+block, 0)
	return err == nil
}

func (r recipe) lineOf(t *testing.T, block string) string {
	before, _, _ := strings.Cut(read(t, r.file), block)
	return "//line " + r.file + ":" + strconv.Itoa(strings.Count(before, "\n")+1) + "\n"
}

var (
	importPath = regexp.MustCompile("`([^`]+)`")
	replaces   = regexp.MustCompile("It replaces the site's (`[^.]*)\\.")
)

// beside returns the code of the small site without what the recipe declares itself, or says that it replaces.
func (r recipe) beside(t *testing.T, site, declarations string) string {
	t.Helper()
	own := names(t, declarations)
	if match := replaces.FindStringSubmatch(strings.ReplaceAll(r.text, "\n", " ")); match != nil {
		for _, name := range importPath.FindAllStringSubmatch(match[1], -1) {
			own = append(own, name[1])
		}
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", "package main\n"+site, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	offset := len("package main\n")
	for _, d := range slices.Backward(file.Decls) {
		if slices.Contains(own, nameOf(d)) {
			from, to := fset.Position(d.Pos()).Offset-offset, fset.Position(d.End()).Offset-offset
			site = site[:from] + strings.Repeat("\n", strings.Count(site[from:to], "\n")) + site[to:]
		}
	}
	return site
}

func names(t *testing.T, declarations string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+declarations, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		names = append(names, nameOf(d))
	}
	return names
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
