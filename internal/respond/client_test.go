package respond

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

const navigation = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// What no client of package clients sends.
func TestAClientIsKnownByItsHeaders(t *testing.T) {
	for _, row := range []struct {
		name   string
		header []string // keys and values
		want   Client
	}{
		{"a navigation that wants JSON is a program", []string{"Sec-Fetch-Mode", "navigate", "Accept", "application/json"}, Program},
		{"a document without a mode is a navigation", []string{"Sec-Fetch-Dest", "document", "Accept", navigation}, Navigation},
		{"a document that is not navigated to is a program", []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Mode", "cors", "Accept", navigation}, Program},
		{"an image without a mode is a program", []string{"Sec-Fetch-Dest", "image", "Accept", navigation}, Program},
		{"a navigation to what is not known is a program", []string{"Sec-Fetch-Dest", "hologram", "Sec-Fetch-Mode", "navigate", "Accept", navigation}, Program},
		{"an empty Sec-Fetch-Mode says nothing", []string{"Sec-Fetch-Mode", "", "Accept", navigation}, Navigation},
		{"Sec-Fetch-Site alone says nothing", []string{"Sec-Fetch-Site", "same-origin", "Accept", "*/*"}, Navigation},
		{"a navigation stays one beside the signs of a program", []string{"Sec-Fetch-Mode", "navigate", "Accept", navigation,
			"Authorization", "Bearer a", "X-Requested-With", "XMLHttpRequest", "Content-Type", "application/json"}, Navigation},

		{"HX-Request other than true is not htmx", []string{"HX-Request", "false", "Accept", navigation}, Navigation},
		{"HX-Boosted alone is not htmx", []string{"HX-Boosted", "true", "Accept", navigation}, Navigation},
		{"htmx with a token is htmx", []string{"HX-Request", "true", "Authorization", "Bearer a"}, HTMX},
		{"htmx that a browser prefetches is a program", []string{"HX-Request", "true", "Sec-Purpose", "prefetch"}, Program},
		{"HX-Preloaded other than true is not ahead", []string{"HX-Preloaded", "false", "Accept", navigation}, Navigation},

		{"a frame of Turbo that an app marks as a navigation is a frame", []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "empty",
			"Accept", "text/html, application/xhtml+xml", "Turbo-Frame", "a"}, Frame},
		{"a visit of Turbo that an app marks as a navigation is one", []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "empty",
			"Accept", "text/html, application/xhtml+xml", "X-Turbo-Request-Id", "1"}, Navigation},
		{"a prefetch of Turbo that an app marks as a navigation is a program", []string{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "empty",
			"Accept", "text/html, application/xhtml+xml", "X-Sec-Purpose", "prefetch"}, Program},
		{"Turbo-Frame without an ID of Turbo is a program", []string{"Sec-Fetch-Mode", "cors", "Accept", "text/html", "Turbo-Frame", "a"}, Program},
		{"a link that htmx preloads on plain HTTP is a program", []string{"HX-Preloaded", "true"}, Program},
		{"a visit of Turbo that takes anything is a program", []string{"Sec-Fetch-Mode", "cors", "X-Turbo-Request-Id", "1", "Accept", "*/*"}, Program},
		{"a prefetched frame is a program", []string{"Sec-Fetch-Dest", "iframe", "Sec-Fetch-Mode", "navigate", "Accept", navigation, "Sec-Purpose", "prefetch"}, Program},

		{"a purpose in capitals is a purpose", []string{"Sec-Purpose", "Prefetch", "Accept", navigation}, Program},
		{"a purpose with blanks is a purpose", []string{"Sec-Purpose", " prefetch ; prerender", "Accept", navigation}, Program},
		{"a prerender alone is one", []string{"Sec-Purpose", "prerender", "Accept", navigation}, Program},
		{"a purpose that is not known says nothing", []string{"Sec-Purpose", "prefetched", "Accept", navigation}, Navigation},

		{"a token in capitals is a token", []string{"Authorization", "BEARER a"}, Program},
		{"a scheme without credentials is a scheme", []string{"Authorization", "Bearer"}, Program},
		{"a scheme of browsers in capitals is one of browsers", []string{"Authorization", "BASIC QTpC"}, Navigation},
		{"a digest is sent by browsers", []string{"Authorization", "Digest username=a"}, Navigation},
		{"NTLM is sent by browsers", []string{"Authorization", "NTLM TlRM"}, Navigation},
		{"a scheme that begins like one of browsers is another", []string{"Authorization", "Basically QTpC"}, Program},

		{"a JSON body in capitals is one", []string{"Content-Type", "APPLICATION/JSON"}, Program},
		{"a JSON body of another kind is one", []string{"Content-Type", "application/problem+json"}, Program},
		{"bytes are no form", []string{"Content-Type", "application/octet-stream"}, Program},
		{"a form in capitals is a form", []string{"Content-Type", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"}, Navigation},
		{"plain text can be a form", []string{"Content-Type", "text/plain"}, Navigation},

		{"a script may name itself otherwise than XMLHttpRequest", []string{"X-Requested-With", "fetch", "Accept", navigation}, Program},
		{"an empty Upgrade is none", []string{"Upgrade", "", "Accept", navigation}, Navigation},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := ClientOf(request(http.MethodGet, row.header...)); got != row.want {
				t.Errorf("ClientOf is %d, want %d", got, row.want)
			}
		})
	}
}

func TestOnlyWhoShowsTheLoginPageNextLeavesATrace(t *testing.T) {
	for client, want := range map[Client][2]bool{
		Navigation: {true, true},
		Frame:      {true, false},
		HTMX:       {false, true},
		Program:    {false, false},
	} {
		if got := [2]bool{client.ShowsPages(), client.LeavesTrace()}; got != want {
			t.Errorf("client %d: ShowsPages and LeavesTrace are %v, want %v", client, got, want)
		}
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
