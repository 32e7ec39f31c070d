package redirect

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// request returns a request to https://shop.example with these keys and values as its header.
// The target is sent as it is, and need not be a valid URL.
func request(method, target string, header ...string) *http.Request {
	req := httptest.NewRequest(method, "/", nil)
	req.Host, req.RequestURI, req.TLS = "shop.example", target, &tls.ConnectionState{}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func TestHereIsThePageToReturnTo(t *testing.T) {
	const here = "https://shop.example/page?a=b"
	htmx := func(header ...string) []string { return append(header, "HX-Request", "true") }
	for _, row := range []struct {
		name, method, forceHost string
		header                  []string
		want                    string
	}{
		{"a GET is a page", "GET", "", nil, here},
		{"a HEAD is a page", "HEAD", "", nil, here},
		{"a POST is none", "POST", "", nil, ""},
		{"a DELETE is none", "DELETE", "", nil, ""},
		{"a POST is none with a forced host", "POST", "www.example", nil, ""},
		{"the forced host replaces the host", "GET", "www.example", nil, "https://www.example/page?a=b"},
		{"a forced host may have a port", "GET", "www.example:8443", nil, "https://www.example:8443/page?a=b"},

		{"htmx returns to the page that the visitor sees", "GET", "", htmx("HX-Current-URL", "https://shop.example/seen?tab=2#top"), "https://shop.example/seen?tab=2"},
		{"so does htmx that posts", "POST", "", htmx("HX-Current-URL", "https://shop.example/seen"), "https://shop.example/seen"},
		{"a page without a path is the root", "GET", "", htmx("HX-Current-URL", "https://shop.example"), "https://shop.example/"},
		{"the scheme is that of the request", "GET", "", htmx("HX-Current-URL", "http://shop.example/seen"), "https://shop.example/seen"},
		{"a page of a foreign host is none", "GET", "", htmx("HX-Current-URL", "https://evil.example/seen"), ""},
		{"a page on another port is none", "GET", "", htmx("HX-Current-URL", "https://shop.example:8443/seen"), ""},
		{"a page without a host is none", "GET", "", htmx("HX-Current-URL", "/seen"), ""},
		{"a page without a host is none with a forced host", "GET", "www.example", htmx("HX-Current-URL", "/seen"), ""},
		{"a page that does not parse is none", "GET", "", htmx("HX-Current-URL", "https://shop.example/%zz"), ""},
		{"without a page there is none", "GET", "", htmx(), ""},
		{"a page on the forced host is one", "GET", "www.example", htmx("HX-Current-URL", "https://www.example/seen"), "https://www.example/seen"},
		{"a page on the host of the request is one on the forced host", "GET", "www.example", htmx("HX-Current-URL", "https://shop.example/seen"), "https://www.example/seen"},
		{"a boosted link is itself the page", "GET", "", htmx("HX-Boosted", "true", "HX-Current-URL", "https://shop.example/seen"), here},
		{"a boosted form is no page", "POST", "", htmx("HX-Boosted", "true", "HX-Current-URL", "https://shop.example/seen"), ""},
		{"HX-Boosted other than true is not boosted", "GET", "", htmx("HX-Boosted", "false", "HX-Current-URL", "https://shop.example/seen"), "https://shop.example/seen"},
		{"HX-Request other than true is not htmx", "GET", "", []string{"HX-Request", "false", "HX-Current-URL", "https://shop.example/seen"}, here},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Here(request(row.method, "/page?a=b", row.header...), row.forceHost); got != row.want {
				t.Errorf("Here is %q, want %q", got, row.want)
			}
		})
	}
}

func TestTheOriginIsForcedOrWhatTheClientClaims(t *testing.T) {
	for _, row := range []struct {
		name, forceHost, proto string
		tls                    *tls.ConnectionState
		want                   string
	}{
		{"plain HTTP", "", "", nil, "http://shop.example"},
		{"HTTPS", "", "", &tls.ConnectionState{}, "https://shop.example"},
		{"HTTPS to a proxy", "", "https", nil, "https://shop.example"},
		{"a forced host", "www.example", "", nil, "http://www.example"},
		{"a forced host over HTTPS", "www.example", "", &tls.ConnectionState{}, "https://www.example"},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request("GET", "/", "X-Forwarded-Proto", row.proto)
			req.TLS = row.tls
			if got := Origin(req, row.forceHost); got != row.want {
				t.Errorf("Origin is %q, want %q", got, row.want)
			}
		})
	}
}

func TestTheRequestURIIsWhatTheBrowserRequested(t *testing.T) {
	for _, row := range []struct{ name, target, path, want string }{
		{"a path", "/page?a=b", "/page", "/page?a=b"},
		{"a path before a prefix was stripped", "/app/page?a=b", "/page", "/app/page?a=b"},
		{"a path before it was rewritten", "/pretty?a=b", "/ugly", "/pretty?a=b"},
		{"a URL of our own", "https://shop.example/page?a=b", "/page", "/page?a=b"},
		{"a URL of another host", "https://evil.example/page?a=b", "/page", "/page?a=b"},
		{"no target, in a request made by a test", "", "/page", "/page?a=b"},
		{"the asterisk of OPTIONS", "*", "/page", "/page?a=b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request("GET", row.target)
			req.URL.Path, req.URL.RawQuery = row.path, "a=b"
			if got := RequestURI(req); got != row.want {
				t.Errorf("RequestURI is %q, want %q", got, row.want)
			}
		})
	}
}

func TestNextIsThePathThatTheBrowserRequested(t *testing.T) {
	for _, row := range []struct{ name, path string }{
		{"a path", "/area/page"},
		{"a trailing slash", "/area/"},
		{"a query", "/area/page?a=b"},
		{"a query with an ampersand", "/area/page?a=b&c=d"},
		{"a query with an escaped ampersand and a plus", "/area/page?q=a%26b+c%2Bd"},
		{"an empty query", "/area/page?"},
		{"a next of its own", "/area/page?next=%2Fother"},
		{"an escaped slash", "/area/a%2Fb"},
		{"an escaped blank", "/area/a%20b"},
		{"an escaped percent sign", "/area/100%25"},
		{"an escaped question mark", "/area/why%3F"},
		{"an escaped number sign", "/area/%23one"},
		{"Unicode", "/area/%E2%98%83/%C3%BC?q=%E2%98%83"},
		{"bytes that are not Unicode", "/area/%FF%FE"},
		{"a plus", "/area/a+b"},
		{"a semicolon", "/area/a;b=c?d=e;f=g"},
		{"a colon", "/area/a:b"},
		{"a double slash inside", "/area//page"},
		{"a percent sign in the query that escapes nothing", "/area/page?q=100%"},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request("GET", row.path)
			if got := NextParam("/login", Here(req, "")); got != row.path {
				t.Errorf("NextParam is %q, want %q", got, row.path)
			}
			if !IsSafe(row.path) {
				t.Errorf("%q is not safe to return to", row.path)
			}
		})
	}
}

func TestALineBreakInTheRequestPathStaysEscaped(t *testing.T) {
	const path = "/area/%0D%0ASet-Cookie:x=y"
	if got := NextParam("/login", Here(request("GET", path), "")); got != path {
		t.Errorf("NextParam is %q, want %q", got, path)
	}
}

func TestARequestPathThatLooksLikeAHostLeadsNowhere(t *testing.T) {
	for _, target := range []string{
		"//evil.example", "//evil.example/page", "///evil.example", "////evil.example",
		`/\evil.example`, `/\/evil.example`, "//evil.example:80/page", "/%2Fevil.example", "/%5Cevil.example",
	} {
		req := request("GET", target)
		req.Host = "good.example"
		next := NextParam("/login", Here(req, ""))
		if at := browse(next); IsSafe(next) && !at.isHome() {
			t.Errorf("%q becomes next %q, which is safe and leads to %v", target, next, at)
		}
	}
}

func TestNextIsShortenedForALoginPageOnTheSameSite(t *testing.T) {
	for _, row := range []struct{ name, view, next, want string }{
		{"a path", "/login", "/page?a=b", "/page?a=b"},
		{"nothing", "/login", "", ""},
		{"a URL, for a path", "/login", "https://shop.example/page?a=b", "/page?a=b"},
		{"a URL, for a URL on the same site", "https://shop.example/login", "https://shop.example/page", "/page"},
		{"a URL, for one without a scheme on the same host", "//shop.example/login", "https://shop.example/page", "/page"},
		{"a URL without a scheme, for one on the same host", "https://shop.example/login", "//shop.example/page", "/page"},
		{"a URL without a scheme, for one on another host", "https://sso.example/login", "//shop.example/page", "//shop.example/page"},
		{"a URL, for one on another site", "https://sso.example/login", "https://shop.example/page", "https://shop.example/page"},
		{"a URL, for one by another scheme", "https://shop.example/login", "http://shop.example/page", "http://shop.example/page"},
		{"a URL, for one on another port", "https://shop.example/login", "https://shop.example:8443/page", "https://shop.example:8443/page"},
		{"a URL, for one without a scheme on another host", "//sso.example/login", "https://shop.example/page", "https://shop.example/page"},
		{"a path, for a URL on another site", "https://sso.example/login", "/page", "/page"},
		{"a fragment", "/login", "/page#top", "/page"},
		{"a path with a fragment, for another site", "https://sso.example/login", "/page#top", "/page"},
		{"a password", "/login", "https://me:secret@shop.example/page", "/page"},
		{"a fragment, for another site", "https://sso.example/login", "https://shop.example/page#top", "https://shop.example/page#top"},
		{"a next that does not parse", "/login", "https://shop.example/%zz", "https://shop.example/%zz"},
		{"a view that does not parse", "/%zz", "https://shop.example/page", "https://shop.example/page"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := NextParam(row.view, row.next); got != row.want {
				t.Errorf("NextParam is %q, want %q", got, row.want)
			}
		})
	}
}

func TestANextOfMoreThan1024BytesIsLeftOut(t *testing.T) {
	const origin = "https://shop.example"
	fits := "/" + strings.Repeat("a", 1023)
	for _, row := range []struct{ name, view, next, want string }{
		{"1,024 bytes fit", "/login", fits, fits},
		{"one more does not", "/login", fits + "a", ""},
		{"scheme and host do not count on the same site", "/login", origin + fits, fits},
		{"they count on another", "https://sso.example/login", origin + fits, ""},
		{"escapes count by their bytes", "/login", "/" + strings.Repeat("%20", 341) + "a", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := NextParam(row.view, row.next); got != row.want {
				t.Errorf("NextParam has %d bytes, want %d", len(got), len(row.want))
			}
		})
	}
}

func TestNextHasFlaskLoginsName(t *testing.T) {
	if NextKey != "next" {
		t.Errorf("NextKey is %q", NextKey)
	}
}
