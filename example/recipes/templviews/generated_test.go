package templviews

import (
	"bytes"
	"go/format"
	"os"
	"testing"

	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

func TestTheGeneratedCodeIsThatOfTheTemplates(t *testing.T) {
	file, err := parser.Parse("pages.templ")
	if err != nil {
		t.Fatal(err)
	}
	var code bytes.Buffer
	if _, err := generator.Generate(file, &code, generator.WithFileName("pages.templ"), generator.WithVersion("v0.3.1118")); err != nil {
		t.Fatal(err)
	}
	want, err := format.Source(code.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("pages_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("pages_templ.go is not what pages.templ makes: run go generate ./recipes/templviews")
	}
}
