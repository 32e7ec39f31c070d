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
		all = append(all, sections(t, filepath.ToSlash(file))...)
	}
	return all
}

func sections(t *testing.T, file string) (all []recipe) {
	t.Helper()
	for _, section := range strings.Split(read(t, file), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		all = append(all, recipe{file, title, text})
	}
	return all
}

const flaskLogin = "docs/flask-login.md"

// readPasteable returns all whose blocks compile as printed: the recipes, and a comparison that is built like one.
func readPasteable(t *testing.T) []recipe {
	t.Helper()
	others := sections(t, flaskLogin)
	return append(readRecipes(t), others[slices.IndexFunc(others, func(r recipe) bool { return r.title == "Side by side" })])
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
		specs := importsOfFile(t, cmp.Or(match[2], program))
		if match[1] == assumed { // it is in no file, and may use any package that a program uses
			programs, err := filepath.Glob("example/recipes/*/*.go")
			if err != nil {
				t.Fatal(err)
			}
			for _, program := range programs {
				specs = append(specs, importsOfFile(t, program)...)
			}
		}
		for _, spec := range specs {
			shown := strings.ReplaceAll(spec.Path.Value, `"`, "`")
			if !slices.Contains(paths, shown) && uses(match[4], spec) {
				paths = append(paths, shown)
			}
		}
	}
	slices.SortFunc(paths, func(a, b string) int { // those of the standard library first
		return cmp.Or(cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")), cmp.Compare(a, b))
	})
	return cmp.Or(strings.Join(paths, ", "), "none")
}

func importsOfFile(t *testing.T, source string) []*ast.ImportSpec {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), source, read(t, source), parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	return file.Imports
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
	for _, r := range readPasteable(t) {
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

// assumed stands above what the other blocks of a recipe use of the reader's program.
const assumed = "Your program has"

var recipeBlock = regexp.MustCompile("(?s)(?:\n(From \\[([^\\]\n]+)\\]\\(([^)\n]+)\\)|" + assumed + "):\n\n)?```(?:go|templ)\n(.*?)```")

// A block is part of the recipe's program, or of the file that a line above it names.
func TestEveryBlockOfARecipeIsPartOfATestedFile(t *testing.T) {
	for _, r := range readPasteable(t) {
		program, _ := r.head(t)
		blocks := recipeBlock.FindAllStringSubmatch(r.text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s, %s shows nothing of its program", r.file, r.title)
		}
		for _, match := range blocks {
			source, block := program, match[4]
			switch {
			case match[1] == assumed:
				continue
			case match[2] != "":
				source = match[2]
				if path.Join(path.Dir(r.file), match[3]) != source {
					t.Errorf("%s, %s: the line names %s and links to %s", r.file, r.title, source, match[3])
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

var (
	statement = regexp.MustCompile("(?s)```sql\n(.*?)```")
	goLink    = regexp.MustCompile(`\]\(([^)\n]+\.go)\)`)
)

// A statement is in one of the files that its recipe links, in lines of another length.
func TestEveryStatementOfARecipeIsInATestedFile(t *testing.T) {
	words := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for _, r := range readPasteable(t) {
		for _, match := range statement.FindAllStringSubmatch(r.text, -1) {
			links := goLink.FindAllStringSubmatch(r.text, -1)
			if !slices.ContainsFunc(links, func(link []string) bool {
				return strings.Contains(words(read(t, path.Join(path.Dir(r.file), link[1]))), words(match[1]))
			}) {
				t.Errorf("%s, %s: no linked file has the statement %s", r.file, r.title, match[1])
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
