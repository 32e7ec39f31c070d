package sitetest

import (
	"os"
	"strings"
	"testing"
)

// A page with mistakes: what is checked below cannot pass because nothing is looked at.
func TestTheCheckOfAccessibilityFindsMistakes(t *testing.T) {
	site := OpenInBrowser(t)
	if _, err := axe(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("%v; the accessibility of pages is not checked", err)
	}
	b := site.Launch()
	b.Open("/login")
	b.Heading("Log in")
	b.Ask(`document.querySelector("label").remove(); document.querySelector(".aside").style.color = "#ccc"; ""`)
	found := b.Violations()
	for _, rule := range []string{"label", "color-contrast"} {
		if !strings.Contains(found, rule+": ") {
			t.Errorf("does not find %s:\n%s", rule, found)
		}
	}
	b.Ask(`document.querySelector("main").append(Object.assign(document.createElement("pre"), {textContent: "x".repeat(999), style: "white-space: pre"})); ""`)
	if b.Fits() {
		t.Error("does not find what is too wide")
	}
}
