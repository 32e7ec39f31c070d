package storetest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of stores into README.md")

const tableBegin, tableEnd = "<!-- the table of stores: go test -run README -update -->\n", "<!-- end of the table -->\n"

func TestTheREADMEHoldsTheTableOfStores(t *testing.T) {
	old := string(must(os.ReadFile("README.md"))(t))
	before, rest, found := strings.Cut(old, tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !found || !ends {
		t.Fatalf("README.md has no place for the table: put %q and %q there", tableBegin, tableEnd)
	}
	want := before + tableBegin + table() + tableEnd + after
	t.Log("\n" + table())
	if old == want {
		return
	}
	if !*update {
		t.Fatal("README.md does not say what the tests expect: run go test -run README -update")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| Store | A login gives a new session ID | While it is down | `MaxAge: 0` | More than 30 days " +
		"| A late save after a logout that emptied the session logs in | … that left other data | |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "| %s | %v | %v | %s | %s | %v | %v | %s |\n", k.name, k.rotation, k.outage,
			k.zero.of("until the browser ends"), k.month.of("as asked"), k.lateSave, k.lateSaveOfMore, k.notes())
	}
	return b.String()
}

func (k kind) notes() string {
	if k.racy {
		return strings.TrimSpace(k.remark + " Races.")
	}
	return k.remark
}

func (r rotation) String() string {
	return map[rotation]string{
		inCookie:        "it has none: it is the cookie",
		newID:           "yes; the old one is deleted",
		newIDOldEmptied: "yes; the old one is emptied",
	}[r]
}

func (o outage) String() string {
	return map[outage]string{
		never:     "it cannot be",
		told:      "guards answer 503",
		swallowed: "**visitors are nobody**",
	}[o]
}

func (l lifetime) of(asked string) string {
	switch l {
	case capped:
		return "30 days"
	case refused:
		return "**lost**; `Login` says so"
	}
	return asked
}

func (r revival) String() string {
	return map[revival]string{
		stays:      "nobody",
		inBrowser:  "the browser",
		everywhere: "the browser and copied cookies",
	}[r]
}
