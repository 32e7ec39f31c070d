package paper

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTablesAreReplacedBetweenTheMarksOfTheirCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	start := startMark("./bench")
	if err := os.WriteFile(file, []byte("a\n"+start+"\nold\n"+endMark+"\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceIn(file, "./bench", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "a\n" + start + "\nnew\n" + endMark + "\nb\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if err := ReplaceIn(file, "./bench/other", "new\n"); err == nil {
		t.Error("a file without the command's marks is accepted")
	}
}

func TestTheREADMEsHaveTheirMarks(t *testing.T) {
	for file, command := range map[string]string{
		"../../README.md": "./bench", "../../load/README.md": "./bench/load",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := between(text, startMark(command), ""); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
