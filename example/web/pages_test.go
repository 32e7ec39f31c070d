package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The policy lets no browser run such code, so none may be needed: in the pages of no feature.
func TestNoInlineCode(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script>|<script[^>]*>[^<]|<style|\s(style|on[a-z]+)=|javascript:`)
	names, err := filepath.Glob("../*/*.html")
	if err != nil || len(names) < 15 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(text); found != nil {
			t.Errorf("%s has inline code: %s", name, found)
		}
	}
}
