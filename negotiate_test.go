package ginlogin

import (
	"net/http"
	"strings"
	"testing"
)

func TestJSONIsAnsweredToWhoeverRanksItAboveHTML(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	const page, script = http.StatusFound, http.StatusUnauthorized

	for _, row := range []struct {
		name   string
		accept []string
		want   int
	}{
		// What is out there.
		{"Chrome navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}, page},
		{"Firefox navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8"}, page},
		{"Safari navigates", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, page},
		{"Internet Explorer navigates", []string{"image/gif, image/jpeg, image/pjpeg, application/x-ms-application, */*"}, page},
		{"lynx navigates", []string{"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"}, page},
		{"curl takes anything", []string{"*/*"}, page},
		{"wget takes anything", []string{"*/*;q=0.8"}, page},
		{"Go's client says nothing", nil, page},
		{"an empty Accept says nothing", []string{""}, page},
		{"axios", []string{"application/json, text/plain, */*"}, script},
		{"jQuery's getJSON", []string{"application/json, text/javascript, */*; q=0.01"}, script},
		{"HTTPie", []string{"application/json, */*;q=0.5"}, script},
		{"Angular", []string{"application/json, text/plain, */*"}, script},
		{"an API client", []string{"application/json"}, script},
		{"an API client that says so loudly", []string{"APPLICATION/JSON"}, script},
		{"a client of JSON:API", []string{"application/vnd.api+json"}, script},
		{"a client of GitHub's API", []string{"application/vnd.github+json"}, script},
		{"a client that knows problem details", []string{"application/problem+json"}, script},
		{"Turbo", []string{"text/vnd.turbo-stream.html, text/html, application/xhtml+xml"}, page},
		{"an image", []string{"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"}, page},
		{"an event stream", []string{"text/event-stream"}, page},

		// Quality.
		{"HTML rather than JSON", []string{"text/html, application/json;q=0.9"}, page},
		{"JSON rather than HTML", []string{"text/html;q=0.9, application/json"}, script},
		{"JSON a little rather than HTML", []string{"text/html;q=0.998, application/json;q=0.999"}, script},
		{"XHTML is HTML", []string{"application/xhtml+xml, application/json;q=0.9"}, page},
		{"both alike", []string{"text/html, application/json"}, page},
		{"both alike, JSON first", []string{"application/json, text/html"}, page},
		{"both alike and little", []string{"application/json;q=0.1, text/html;q=0.1"}, page},
		{"HTML by a range, JSON by name", []string{"text/*, application/json"}, script},
		{"HTML by name, JSON by a range", []string{"text/html, application/*"}, page},
		{"HTML by a range that is wanted more", []string{"text/*, application/json;q=0.5"}, page},
		{"both by a range", []string{"text/*, application/*"}, page},
		{"any application", []string{"application/*"}, script},
		{"any text", []string{"text/*;q=0.5, */*;q=0.5"}, page},
		{"a range says nothing of what is named", []string{"application/*, application/json;q=0.1, text/html;q=0.2"}, page},
		{"a range before the name says nothing either", []string{"application/json;q=0.1, text/html;q=0.2, */*"}, page},
		{"the best JSON counts", []string{"application/json;q=0.1, text/html;q=0.5, application/problem+json"}, script},
		{"the best JSON counts, first", []string{"application/problem+json, text/html;q=0.5, application/json;q=0.1"}, script},
		{"the best HTML counts", []string{"text/html;q=0.1, application/json;q=0.5, application/xhtml+xml"}, page},
		{"anything but HTML", []string{"text/html;q=0, */*"}, script},
		{"anything but JSON", []string{"application/json;q=0, */*"}, page},
		{"neither, expressly", []string{"application/json;q=0, text/html;q=0"}, page},
		{"no JSON, expressly", []string{"application/json;q=0"}, page},
		{"no HTML, expressly", []string{"text/html;q=0"}, page},
		{"nothing at all, expressly", []string{"*/*;q=0"}, page},
		{"a quality in capitals", []string{"text/html;Q=0.5, application/json"}, script},
		{"a quality behind another parameter", []string{"text/html;charset=utf-8;q=0.5, application/json;q=0.4"}, page},
		{"a quality before another parameter", []string{"application/json;q=0.4;v=1, text/html;q=0.5"}, page},
		{"blanks everywhere", []string{"  text/html ; q=0.5 ,\tapplication/json ; q=0.6 "}, script},
		{"two lines are one list", []string{"text/html;q=0.5", "application/json"}, script},
		{"two lines are one list, the other way", []string{"text/html", "application/json;q=0.5"}, page},

		// Nonsense is no wish for JSON.
		{"a quality that is no number", []string{"application/json;q=high"}, page},
		{"a quality without a number", []string{"application/json;q="}, page},
		{"a quality that is not a number", []string{"application/json;q=NaN"}, page},
		{"a quality below zero", []string{"application/json;q=-1"}, page},
		{"a quality above one", []string{"application/json;q=1.1"}, page},
		{"an infinite quality", []string{"application/json;q=Inf"}, page},
		{"a bad quality of HTML leaves JSON alone", []string{"text/html;q=2, application/json;q=0.1"}, script},
		{"so does one that is not a number", []string{"text/html;q=NaN, application/json;q=0.1"}, script},
		{"commas and semicolons", []string{",;,;;q=1,,=,"}, page},
		{"half a type", []string{"application"}, page},
		{"a type that only ends like JSON", []string{"application/notjson"}, page},
		{"a suffix that is none", []string{"application/json+zip"}, page},
		{"a suffix of what is no application", []string{"image/thing+json"}, page},

		{"a huge header that ends in JSON", []string{strings.Repeat("image/x;q=0.1,", 20000) + "application/json"}, script},
		{"a huge header without JSON", []string{strings.Repeat("image/x;q=0.1;", 20000)}, page},
	} {
		t.Run(row.name, func(t *testing.T) {
			rep := exchange(b, "GET", "/secret", "", func(req *http.Request) { req.Header["Accept"] = row.accept })
			wants(t, "status", rep.StatusCode, row.want)
		})
	}
}
