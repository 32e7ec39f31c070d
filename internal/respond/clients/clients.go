// Package clients lists what real clients send, and how a guard answers them, for tests. The
// headers of Chromium are those of version 156; those of others are from their documentation
// and source.
package clients

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/ginlogin/ginlogin/internal/respond"
)

// Page is what all the clients ask for.
const Page = "/page?tab=2"

// Board is where the visitor of htmx is.
const Board = "/board?list=3"

// A Client is one request of a client, and the answer to it without a login.
type Client struct {
	Name   string
	Method string
	Header []string // lines
	Answer
}

// An Answer is what a guard answers, and what it leaves for the login page.
type Answer struct {
	Kind     respond.Client
	Status   int
	Redirect string // the header that names the login page, if one does
	JSON     bool   // the body says why; otherwise it is for people or empty
	Message  bool
	Next     string // the page to return to
}

// The answers that there are.
var (
	redirected = Answer{Kind: respond.Navigation, Status: http.StatusFound, Redirect: "Location", Message: true, Next: Page}
	posted     = Answer{Kind: respond.Navigation, Status: http.StatusSeeOther, Redirect: "Location", Message: true}
	withheld   = Answer{Kind: respond.Navigation, Status: http.StatusSeeOther, Redirect: "Location"}

	framed       = Answer{Kind: respond.Frame, Status: http.StatusFound, Redirect: "Location"}
	postedFramed = Answer{Kind: respond.Frame, Status: http.StatusSeeOther, Redirect: "Location"}

	boosted       = Answer{Kind: respond.HTMX, Status: http.StatusUnauthorized, Redirect: "HX-Redirect", JSON: true, Message: true, Next: Page}
	boostedPosted = Answer{Kind: respond.HTMX, Status: http.StatusUnauthorized, Redirect: "HX-Redirect", JSON: true, Message: true}
	part          = Answer{Kind: respond.HTMX, Status: http.StatusUnauthorized, Redirect: "HX-Redirect", JSON: true, Message: true, Next: Board}

	refused = Answer{Kind: respond.Program, Status: http.StatusUnauthorized, JSON: true}
)

// All returns the clients.
func All() []Client { return slices.Concat(navigations, frames, ahead, pieces, scripts, programs) }

// Request returns the client's request for url. HX-Current-URL names its host.
func (c Client) Request(url string) *http.Request {
	req := httptest.NewRequest(c.Method, url, nil)
	req.RequestURI = "" // so that a client can send it, too
	for _, line := range c.Header {
		key, value, _ := strings.Cut(line, ": ")
		if key == "HX-Current-URL" {
			value = req.URL.Scheme + "://" + req.URL.Host + value
		}
		req.Header.Add(key, value)
	}
	return req
}

func get(name string, header []string, answer Answer) Client {
	return Client{Name: name, Method: http.MethodGet, Header: header, Answer: answer}
}

func post(name string, header []string, answer Answer) Client {
	return Client{Name: name, Method: http.MethodPost, Header: header, Answer: answer}
}

func with(header []string, more ...string) []string { return slices.Concat(header, more) }

// fetches returns the lines by which a browser says what a request is for.
func fetches(site, mode, dest string) []string {
	return []string{"Sec-Fetch-Site: " + site, "Sec-Fetch-Mode: " + mode, "Sec-Fetch-Dest: " + dest}
}
