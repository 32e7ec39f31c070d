package respond

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAScriptRanksJSONAboveHTML(t *testing.T) {
	for _, row := range []struct {
		name     string
		accept   []string
		isScript bool
	}{
		// Clients in the field.
		{"Chrome navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}, false},
		{"Firefox navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8"}, false},
		{"Safari navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, false},
		{"Internet Explorer navigates", []string{"image/gif, image/jpeg, image/pjpeg, application/x-ms-application, */*"}, false},
		{"lynx navigates", []string{"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"}, false},
		{"curl takes anything", []string{"*/*"}, false},
		{"wget takes anything", []string{"*/*;q=0.8"}, false},
		{"Go's client says nothing", nil, false},
		{"an empty Accept says nothing", []string{""}, false},
		{"axios", []string{"application/json, text/plain, */*"}, true},
		{"jQuery's getJSON", []string{"application/json, text/javascript, */*; q=0.01"}, true},
		{"HTTPie", []string{"application/json, */*;q=0.5"}, true},
		{"Angular", []string{"application/json, text/plain, */*"}, true},
		{"an API client", []string{"application/json"}, true},
		{"an API client that says so loudly", []string{"APPLICATION/JSON"}, true},
		{"a client of JSON:API", []string{"application/vnd.api+json"}, true},
		{"a client of GitHub's API", []string{"application/vnd.github+json"}, true},
		{"a client that knows problem details", []string{"application/problem+json"}, true},
		{"Turbo", []string{"text/vnd.turbo-stream.html, text/html, application/xhtml+xml"}, false},
		{"an image", []string{"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"}, false},
		{"an event stream", []string{"text/event-stream"}, false},

		// Quality.
		{"HTML rather than JSON", []string{"text/html, application/json;q=0.9"}, false},
		{"JSON rather than HTML", []string{"text/html;q=0.9, application/json"}, true},
		{"JSON a little rather than HTML", []string{"text/html;q=0.998, application/json;q=0.999"}, true},
		{"XHTML is HTML", []string{"application/xhtml+xml, application/json;q=0.9"}, false},
		{"both alike", []string{"text/html, application/json"}, false},
		{"both alike, JSON first", []string{"application/json, text/html"}, false},
		{"both alike and little", []string{"application/json;q=0.1, text/html;q=0.1"}, false},
		{"HTML by a range, JSON by name", []string{"text/*, application/json"}, true},
		{"HTML by name, JSON by a range", []string{"text/html, application/*"}, false},
		{"HTML by a range that is wanted more", []string{"text/*, application/json;q=0.5"}, false},
		{"both by a range", []string{"text/*, application/*"}, false},
		{"JSON by a narrower range than HTML", []string{"application/*, */*"}, true},
		{"a quality of one is the greatest", []string{"application/json;q=1, text/html;q=0.9"}, true},
		{"no quality is a quality of one", []string{"text/html;q=1, application/json"}, false},
		{"no quality is a quality of one, the other way", []string{"text/html, application/json;q=1"}, false},
		{"a quality behind another parameter of JSON", []string{"application/json;v=1;q=0.4, text/html;q=0.5"}, false},
		{"any application", []string{"application/*"}, true},
		{"any text", []string{"text/*;q=0.5, */*;q=0.5"}, false},
		{"a range says nothing of what is named", []string{"application/*, application/json;q=0.1, text/html;q=0.2"}, false},
		{"a range before the name says nothing either", []string{"application/json;q=0.1, text/html;q=0.2, */*"}, false},
		{"the best JSON counts", []string{"application/json;q=0.1, text/html;q=0.5, application/problem+json"}, true},
		{"the best JSON counts, first", []string{"application/problem+json, text/html;q=0.5, application/json;q=0.1"}, true},
		{"the best HTML counts", []string{"text/html;q=0.1, application/json;q=0.5, application/xhtml+xml"}, false},
		{"anything but HTML", []string{"text/html;q=0, */*"}, true},
		{"anything but JSON", []string{"application/json;q=0, */*"}, false},
		{"neither, expressly", []string{"application/json;q=0, text/html;q=0"}, false},
		{"no JSON, expressly", []string{"application/json;q=0"}, false},
		{"no HTML, expressly", []string{"text/html;q=0"}, false},
		{"nothing at all, expressly", []string{"*/*;q=0"}, false},
		{"a quality in capitals", []string{"text/html;Q=0.5, application/json"}, true},
		{"a quality behind another parameter", []string{"text/html;charset=utf-8;q=0.5, application/json;q=0.4"}, false},
		{"a quality before another parameter", []string{"application/json;q=0.4;v=1, text/html;q=0.5"}, false},
		{"blanks everywhere", []string{"  text/html ; q=0.5 ,\tapplication/json ; q=0.6 "}, true},
		{"two lines are one list", []string{"text/html;q=0.5", "application/json"}, true},
		{"two lines are one list, the other way", []string{"text/html", "application/json;q=0.5"}, false},

		// Nonsense is no wish for JSON.
		{"a quality that is no number", []string{"application/json;q=high"}, false},
		{"a quality without a number", []string{"application/json;q="}, false},
		{"a quality that is not a number", []string{"application/json;q=NaN"}, false},
		{"a quality below zero", []string{"application/json;q=-1"}, false},
		{"a quality above one", []string{"application/json;q=1.1"}, false},
		{"an infinite quality", []string{"application/json;q=Inf"}, false},
		{"a bad quality of HTML leaves JSON alone", []string{"text/html;q=2, application/json;q=0.1"}, true},
		{"so does one that is not a number", []string{"text/html;q=NaN, application/json;q=0.1"}, true},
		{"commas and semicolons", []string{",;,;;q=1,,=,"}, false},
		{"half a type", []string{"application"}, false},
		{"a type that only ends like JSON", []string{"application/notjson"}, false},
		{"a suffix other than JSON", []string{"application/json+zip"}, false},
		{"a JSON suffix outside of application", []string{"image/thing+json"}, false},

		{"a huge header that ends in JSON", []string{strings.Repeat("image/x;q=0.1,", 20000) + "application/json"}, true},
		{"a huge header without JSON", []string{strings.Repeat("image/x;q=0.1;", 20000)}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodGet, "/page", nil)
			req.Header["Accept"] = row.accept
			if got := IsScript(req); got != row.isScript {
				t.Errorf("IsScript is %t", got)
			}
		})
	}
}
