package respond

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

const navigation = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestAClientIsKnownByItsHeaders(t *testing.T) {
	for _, row := range []struct {
		name   string
		header []string // keys and values
		want   Client
	}{
		{"a client that says nothing is a browser", nil, Browser},
		{"a browser without fetch metadata is a browser", []string{"Accept", navigation}, Browser},
		{"a navigation is a browser", []string{"Sec-Fetch-Mode", "navigate", "Accept", navigation}, Browser},
		{"a navigation that wants JSON is a script", []string{"Sec-Fetch-Mode", "navigate", "Accept", "application/json"}, Script},
		{"a client that wants JSON is a script", []string{"Accept", "application/json"}, Script},
		{"fetch to another origin is a script", []string{"Sec-Fetch-Mode", "cors", "Accept", "*/*"}, Script},
		{"fetch to the same origin is a script", []string{"Sec-Fetch-Mode", "same-origin", "Accept", "*/*"}, Script},
		{"an image is a script", []string{"Sec-Fetch-Mode", "no-cors", "Accept", "image/*,*/*;q=0.8"}, Script},
		{"a WebSocket with fetch metadata is a script", []string{"Sec-Fetch-Mode", "websocket"}, Script},
		{"a script that wants HTML is a script", []string{"Sec-Fetch-Mode", "cors", "Accept", navigation}, Script},
		{"a preflight is a script", []string{"Sec-Fetch-Mode", "cors", "Origin", "https://other.example", "Access-Control-Request-Method", "PUT"}, Script},
		{"an empty Sec-Fetch-Mode says nothing", []string{"Sec-Fetch-Mode", "", "Accept", navigation}, Browser},
		{"htmx is htmx", []string{"HX-Request", "true"}, HTMX},
		{"htmx with fetch metadata is htmx", []string{"HX-Request", "true", "Sec-Fetch-Mode", "cors", "Accept", "*/*"}, HTMX},
		{"htmx that wants JSON is htmx", []string{"HX-Request", "true", "Accept", "application/json"}, HTMX},
		{"a boosted link of htmx is htmx", []string{"HX-Request", "true", "HX-Boosted", "true"}, HTMX},
		{"HX-Request other than true is not htmx", []string{"HX-Request", "false", "Accept", navigation}, Browser},
		{"HX-Boosted alone is not htmx", []string{"HX-Boosted", "true", "Accept", navigation}, Browser},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request(http.MethodGet, row.header...)
			if got := ClientOf(req); got != row.want {
				t.Errorf("ClientOf is %d, want %d", got, row.want)
			}
		})
	}
}

func TestHtmxIsAScriptOnlyByItsOtherHeaders(t *testing.T) {
	for _, row := range []struct {
		name     string
		header   []string
		isScript bool
	}{
		{"with fetch metadata it is one", []string{"HX-Request", "true", "Sec-Fetch-Mode", "cors", "Accept", "*/*"}, true},
		{"without them it is none", []string{"HX-Request", "true", "Accept", "*/*"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := IsScript(request(http.MethodGet, row.header...)); got != row.isScript {
				t.Errorf("IsScript is %t", got)
			}
		})
	}
}

func TestABrowserIsKnownWithoutAllocating(t *testing.T) {
	req := request(http.MethodGet, "Sec-Fetch-Mode", "navigate", "Accept", navigation)
	if n := testing.AllocsPerRun(100, func() { ClientOf(req) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// request returns a request with these keys and values as its header.
func request(method string, header ...string) *http.Request {
	req := httptest.NewRequest(method, "http://shop.example/page", nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}
