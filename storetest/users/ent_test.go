package users

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/entc/load"
)

// The code of ent's is not kept here, because it is two thousand lines.
func TestTheErrorOfEntIsTheOneThatItGenerates(t *testing.T) {
	storage, err := gen.NewStorage("sql")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "ent")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	config := &gen.Config{Package: "example.org/app/ent", Schema: "example.org/app/ent/schema", Target: folder, Storage: storage}
	graph, err := gen.NewGraph(config, &load.Schema{Name: "User"})
	if err != nil {
		t.Fatal(err)
	}
	if err := graph.Gen(); err != nil {
		t.Fatal(err)
	}
	generated, ours := notFoundError(t, filepath.Join(folder, "ent.go")), notFoundError(t, "internal/ent/ent.go")
	if generated != ours {
		t.Errorf("ent generates\n%s\nand not\n%s", generated, ours)
	}
}

// notFoundError returns the text of the type NotFoundError and of its methods.
func notFoundError(t *testing.T, file string) string {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, declaration := range parsed.Decls {
		if !isOfNotFoundError(declaration) {
			continue
		}
		if err := format.Node(&text, set, declaration); err != nil {
			t.Fatal(err)
		}
		text.WriteString("\n")
	}
	return text.String()
}

func isOfNotFoundError(declaration ast.Decl) bool {
	switch d := declaration.(type) {
	case *ast.GenDecl:
		spec, ok := d.Specs[0].(*ast.TypeSpec)
		return ok && spec.Name.Name == "NotFoundError"
	case *ast.FuncDecl:
		if d.Recv == nil {
			return false
		}
		pointer, ok := d.Recv.List[0].Type.(*ast.StarExpr)
		return ok && pointer.X.(*ast.Ident).Name == "NotFoundError"
	}
	return false
}
