package docs_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recipes has the pages of recipes, by subject; docs/recipes.md is their index.
const recipes = "docs/recipes"

// A recipe is a section of these pages. Its first line names its program.
type recipe struct{ file, title, text string }

func readRecipes(t *testing.T) (all []recipe) {
	t.Helper()
	files, err := filepath.Glob(recipes + "/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has the pages %q, %v", recipes, files, err)
	}
	for _, file := range files {
		sections := strings.Split(read(t, file), "\n## ")
		for _, section := range sections[1:] {
			title, text, _ := strings.Cut(section, "\n")
			all = append(all, recipe{filepath.ToSlash(file), title, text})
		}
	}
	return all
}

var program = regexp.MustCompile(`^\nWhole program: \[([^\]\n]+)\]\(([^)\n]+)\)\. Imports: (.*)\.\n`)

// head returns the program of a recipe, and what the recipe says it imports.
func (r recipe) head(t *testing.T) (source, imports string) {
	t.Helper()
	match := program.FindStringSubmatch(r.text)
	if match == nil {
		t.Fatalf("%s, %s: the first line is not like this: Whole program: [file](link). Imports: `net/http`.", r.file, r.title)
	}
	if path.Join(path.Dir(r.file), match[2]) != match[1] {
		t.Errorf("%s, %s: the line names %s and links to %s", r.file, r.title, match[1], match[2])
	}
	return match[1], match[3]
}

// importsOf returns what the blocks of a recipe need to be imported where they are pasted.
func (r recipe) importsOf(t *testing.T, program string) string {
	t.Helper()
	var paths []string
	for _, match := range recipeBlock.FindAllStringSubmatch(r.text, -1) {
		source := cmp.Or(match[1], program)
		file, err := parser.ParseFile(token.NewFileSet(), source, read(t, source), parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			shown := strings.ReplaceAll(spec.Path.Value, `"`, "`")
			if !slices.Contains(paths, shown) && uses(match[3], spec) {
				paths = append(paths, shown)
			}
		}
	}
	slices.SortFunc(paths, func(a, b string) int { // those of the standard library first
		return cmp.Or(cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")), cmp.Compare(a, b))
	})
	return cmp.Or(strings.Join(paths, ", "), "none")
}

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// uses reports whether a block names the package that is imported.
func uses(block string, spec *ast.ImportSpec) bool {
	name := path.Base(majorVersion.ReplaceAllString(strings.Trim(spec.Path.Value, `"`), ""))
	if spec.Name != nil {
		name = spec.Name.Name
	}
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\.[A-Z]`).MatchString(block)
}

// With -update it writes the imports.
func TestEveryRecipeNamesItsProgramAndItsImports(t *testing.T) {
	for _, r := range readRecipes(t) {
		source, shown := r.head(t)
		want := r.importsOf(t, source)
		switch {
		case shown == want:
		case *update:
			text := strings.Replace(read(t, r.file), r.text, strings.Replace(r.text, shown, want, 1), 1)
			if err := os.WriteFile(r.file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s, %s: the blocks need other imports: run go test ./docs -run Imports -update", r.file, r.title)
		}
	}
}

var recipeBlock = regexp.MustCompile("(?s)(?:\nFrom \\[([^\\]\n]+)\\]\\(([^)\n]+)\\):\n\n)?```(?:go|templ)\n(.*?)```")

// A block is part of the recipe's program, or of the file that a line above it names.
func TestEveryBlockOfARecipeIsPartOfATestedFile(t *testing.T) {
	for _, r := range readRecipes(t) {
		program, _ := r.head(t)
		blocks := recipeBlock.FindAllStringSubmatch(r.text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s, %s shows nothing of its program", r.file, r.title)
		}
		for _, match := range blocks {
			source, block := program, match[3]
			if match[1] != "" {
				source = match[1]
				if path.Join(path.Dir(r.file), match[2]) != source {
					t.Errorf("%s, %s: the line names %s and links to %s", r.file, r.title, source, match[2])
				}
			}
			first, _, _ := strings.Cut(block, "\n")
			if tests, _ := filepath.Glob(path.Join(path.Dir(source), "*_test.go")); len(tests) == 0 {
				t.Errorf("%s, %s: nothing tests %s", r.file, r.title, source)
			}
			if !strings.Contains(unindented(read(t, source)), unindented(block)) {
				t.Errorf("%s, %s: %s has no such lines: %s", r.file, r.title, source, first)
			}
		}
	}
}

// What is pasted has to be whole declarations, or whole statements.
func TestEveryBlockOfGoInARecipeParses(t *testing.T) {
	for _, r := range readRecipes(t) {
		for _, match := range goBlock.FindAllStringSubmatch(r.text, -1) {
			_, asFile := parser.ParseFile(token.NewFileSet(), "", "package p\n"+match[3], 0)
			_, asBody := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+match[3]+"\n}", 0)
			if asFile != nil && asBody != nil {
				t.Errorf("%s, %s: %v, in the block\n%s", r.file, r.title, asBody, match[3])
			}
		}
	}
}

func TestTheIndexListsEveryRecipe(t *testing.T) {
	index := read(t, recipes+".md")
	for _, r := range readRecipes(t) {
		link := "[" + r.title + "](recipes/" + path.Base(r.file) + "#" + anchors("## " + r.title)[0] + ")"
		if !strings.Contains(index, link) {
			t.Errorf("%s.md has no %s", recipes, link)
		}
	}
}

// Every program of example/recipes is the program of a recipe.
func TestEveryProgramHasARecipe(t *testing.T) {
	var shown []string
	for _, r := range readRecipes(t) {
		source, _ := r.head(t)
		shown = append(shown, path.Dir(source))
	}
	folders, err := filepath.Glob("example/recipes/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if folder = filepath.ToSlash(folder); path.Base(folder) != "internal" && !slices.Contains(shown, folder) {
			t.Errorf("no recipe shows %s", folder)
		}
	}
}
