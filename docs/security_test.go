package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName    = regexp.MustCompile(`\b(?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*`)
	testDeclare = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*)\(`)
)

func TestTheTestsThatTheSecurityDocumentNamesExist(t *testing.T) {
	declared := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range testDeclare.FindAllStringSubmatch(string(text), -1) {
			declared[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(read(t, "docs/security.md")) {
		names := testName.FindAllString(line, -1)
		for _, name := range names {
			named++
			if !declared[name] {
				t.Errorf("docs/security.md names %s, which does not exist", name)
			}
		}
		isClaim := strings.HasPrefix(line, "|") && (strings.Contains(line, "✔") || strings.Contains(line, "◐"))
		if isClaim && len(names) == 0 {
			t.Errorf("docs/security.md claims without naming a test: %s", line)
		}
	}
	if named == 0 {
		t.Error("docs/security.md names no test at all")
	}
}
