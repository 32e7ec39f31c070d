// Package paper puts what a command of bench has measured into its README.
package paper

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine returns what this runs on.
func Machine() string {
	model := "unknown processor"
	if file, err := os.Open("/proc/cpuinfo"); err == nil {
		defer file.Close()
		for scan := bufio.NewScanner(file); scan.Scan(); {
			if name, value, _ := strings.Cut(scan.Text(), ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d processors, %s/%s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}

// GoVersion returns the version of Go that this was built with.
func GoVersion() string { return strings.Replace(runtime.Version(), "go", "Go ", 1) }

// Section begins a table under a title. Its first column is of text, the others are of figures.
func Section(w *strings.Builder, title string, columns ...string) {
	fmt.Fprintf(w, "\n### %s\n\n", title)
	Row(w, columns...)
	w.WriteString("| ---" + strings.Repeat(" | --:", len(columns)-1) + " |\n")
}

// Row adds a row to the table.
func Row(w *strings.Builder, cells ...string) {
	w.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

const endMark = "<!-- end of measured -->"

func startMark(command string) string {
	return "<!-- measured: written by go run " + command + " -write -->"
}

// ReplaceIn puts tables between the marks of the command in a file.
func ReplaceIn(path, command, tables string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err = between(text, startMark(command), tables)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

func between(text []byte, startMark, tables string) ([]byte, error) {
	head, rest, started := bytes.Cut(text, []byte(startMark))
	_, tail, ended := bytes.Cut(rest, []byte(endMark))
	if !started || !ended {
		return nil, fmt.Errorf("the marks %q and %q are missing", startMark, endMark)
	}
	return fmt.Appendf(nil, "%s%s\n%s%s%s", head, startMark, tables, endMark, tail), nil
}
