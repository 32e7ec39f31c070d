package web

import (
	"strings"
	"testing"
)

// Each says what to do about it.
func TestProblemsAreComplete(t *testing.T) {
	for status, p := range Problems {
		if p.Title == "" || strings.Count(p.Text, ".") < 1 || !strings.HasPrefix(p.Path, "/") || p.Link == "" {
			t.Errorf("%d: %+v", status, p)
		}
	}
}
