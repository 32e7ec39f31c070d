package respond

import (
	"strings"
	"testing"
)

func TestHTMLIsWantedIfNoOtherTypeRanksAboveIt(t *testing.T) {
	for _, row := range []struct {
		name   string
		accept []string
		want   bool
	}{
		// Nothing is named.
		{"no Accept", nil, true},
		{"an empty Accept", []string{""}, true},
		{"anything", []string{"*/*"}, true},
		{"anything, as Java's client writes it", []string{"*"}, true},
		{"anything, a little", []string{"*/*;q=0.1"}, true},
		{"nothing at all, expressly", []string{"*/*;q=0"}, false},

		// HTML is named.
		{"HTML alone", []string{"text/html"}, true},
		{"HTML alone, in capitals", []string{"TEXT/HTML"}, true},
		{"HTML alone, a little", []string{"text/html;q=0.1"}, true},
		{"XHTML alone", []string{"application/xhtml+xml"}, true},
		{"no HTML, expressly", []string{"text/html;q=0"}, false},
		{"anything but HTML", []string{"text/html;q=0, */*"}, false},
		{"HTML rather than JSON", []string{"application/json;q=0.9, text/html"}, true},
		{"JSON rather than HTML", []string{"text/html;q=0.9, application/json"}, false},
		{"JSON a little rather than HTML", []string{"text/html;q=0.998, application/json;q=0.999"}, false},
		{"XHTML is HTML", []string{"application/xhtml+xml, application/json;q=0.9"}, true},
		{"both alike", []string{"text/html, application/json"}, true},
		{"both alike, JSON first", []string{"application/json, text/html"}, true},
		{"both alike and little", []string{"application/json;q=0.1, text/html;q=0.1"}, true},
		{"a quality of one is the greatest", []string{"application/json;q=1, text/html;q=0.9"}, false},
		{"no quality is a quality of one", []string{"text/html;q=1, application/json"}, true},
		{"no quality is a quality of one, the other way", []string{"application/json;q=1, text/html"}, true},
		{"the best HTML counts", []string{"text/html;q=0.1, application/json;q=0.5, application/xhtml+xml"}, true},
		{"the best HTML counts, first", []string{"application/xhtml+xml, application/json;q=0.5, text/html;q=0.1"}, true},
		{"the best of the others counts", []string{"application/json;q=0.1, text/html;q=0.5, image/png"}, false},
		{"the best of the others counts, first", []string{"image/png, text/html;q=0.5, application/json;q=0.1"}, false},
		{"a range says nothing of HTML that is named", []string{"*/*, text/*, text/html;q=0.1, image/png;q=0.2"}, false},
		{"a range behind it says nothing either", []string{"image/png;q=0.2, text/html;q=0.1, text/*, */*"}, false},
		{"both are not wanted", []string{"application/json;q=0, text/html;q=0"}, false},

		// Only others are named.
		{"JSON", []string{"application/json"}, false},
		{"JSON in capitals", []string{"APPLICATION/JSON"}, false},
		{"an event stream", []string{"text/event-stream"}, false},
		{"no JSON, expressly", []string{"application/json;q=0"}, false},
		{"any image", []string{"image/*"}, false},
		{"a type that only begins like HTML", []string{"text/html5"}, false},

		// HTML is in a range.
		{"any text", []string{"text/*"}, true},
		{"any text, or anything", []string{"text/*;q=0.5, */*;q=0.5"}, true},
		{"any text, or any application", []string{"text/*, application/*"}, true},
		{"any text and named JSON", []string{"text/*, application/json"}, false},
		{"any text rather than JSON", []string{"text/*, application/json;q=0.5"}, true},
		{"no text, expressly", []string{"text/*;q=0, */*"}, false},
		{"HTML by name and any application", []string{"application/*, text/html"}, true},
		{"anything and named JSON", []string{"application/json, */*"}, false},
		{"anything and any application", []string{"application/*, */*"}, false},
		{"anything rather than JSON", []string{"application/json;q=0.5, */*"}, true},
		{"anything but JSON", []string{"application/json;q=0, */*"}, true},
		{"anything below one beside other types", []string{"application/json;q=0.5, */*;q=0.9"}, false},
		{"anything below one beside any image", []string{"image/*;q=0.5, */*;q=0.9"}, false},

		// How it is written.
		{"a quality in capitals", []string{"text/html;Q=0.5, application/json"}, false},
		{"a quality behind another parameter", []string{"text/html;charset=utf-8;q=0.5, application/json;q=0.4"}, true},
		{"a quality before another parameter", []string{"application/json;q=0.6;v=1, text/html;q=0.5"}, false},
		{"a quality that begins with a point", []string{"application/json;q=.6, text/html;q=.5"}, false},
		{"blanks everywhere", []string{"  text/html ; q=0.5 ,\tapplication/json ; q=0.6 "}, false},
		{"two lines are one list", []string{"text/html;q=0.5", "application/json"}, false},
		{"two lines are one list, the other way", []string{"application/json;q=0.5", "text/html"}, true},

		// Nonsense prefers nothing.
		{"a quality that is no number", []string{"application/json;q=high, text/html;q=0.1"}, true},
		{"a quality without a number", []string{"application/json;q=, text/html;q=0.1"}, true},
		{"a quality that is not a number", []string{"application/json;q=NaN, text/html;q=0.1"}, true},
		{"a quality below zero", []string{"application/json;q=-1, text/html;q=0.1"}, true},
		{"a quality above one", []string{"application/json;q=1.1, text/html;q=0.1"}, true},
		{"an infinite quality", []string{"application/json;q=Inf, text/html;q=0.1"}, true},
		{"a bad quality of HTML", []string{"text/html;q=2, application/json;q=0.1"}, false},
		{"a quality of HTML that is not a number", []string{"text/html;q=NaN, application/json;q=0.1"}, false},
		{"commas and semicolons", []string{",;,;;q=1,,=,"}, true},
		{"half a type", []string{"application"}, true},

		{"a huge header that ends in HTML", []string{strings.Repeat("image/x;q=0.1,", 20000) + "text/html"}, true},
		{"a huge header without HTML", []string{strings.Repeat("image/x;q=0.1;", 20000)}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, _ := wantsHTML(row.accept); got != row.want {
				t.Errorf("wantsHTML is %t", got)
			}
		})
	}
}

func TestHTMLIsNamedByItselfAndByNoRange(t *testing.T) {
	for accept, want := range map[string]bool{
		navigation: true, "text/html": true, "image/png;q=0.5, text/html": true, "application/xhtml+xml": true,
		"": false, "*/*": false, "text/*": false, "application/json": false, "application/json;q=0.5, */*": false,
	} {
		if _, named := wantsHTML([]string{accept}); named != want {
			t.Errorf("%q names HTML: %t", accept, named)
		}
	}
}
