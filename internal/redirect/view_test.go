package redirect

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAViewIsAPathOrAnHTTPURL(t *testing.T) {
	for _, view := range []string{
		"", "/", "/login", "/login?a=b", "/login#top", "//sso.example/login",
		"https://sso.example/login", "http://sso.example:8080", "HTTPS://sso.example/",
	} {
		if err := CheckView(view); err != nil {
			t.Errorf("CheckView(%q) is %v", view, err)
		}
	}
	for name, view := range map[string]string{
		"a relative path":            "login",
		"a relative path with dots":  "../login",
		"a query":                    "?login",
		"another scheme":             "javascript:alert(1)",
		"another scheme with a host": "ftp://sso.example/login",
		"a URL without a host":       "https:///login",
		"a URL without slashes":      "https:login",
		"a bad escape":               "/%zz",
		"a line break":               "/login\r\nX: y",
		"a blank before":             " /login",
	} {
		err := CheckView(view)
		if err == nil {
			t.Errorf("%s: CheckView(%q) is nil", name, view)
			continue
		}
		for _, part := range []string{"use a path that begins with /", "http(s) URL"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %q does not mention %q", name, err, part)
			}
		}
	}
	if got, want := CheckView("evil").Error(), `"evil": use a path that begins with / or an absolute http(s) URL`; got != want {
		t.Errorf("the error is %s, want %s", got, want)
	}
}

func TestALoginURLIsTheViewWithNext(t *testing.T) {
	for _, row := range []struct{ name, forceHost, view, next, want string }{
		{"a path and a path", "", "/login", "/page", "/login?next=%2Fpage"},
		{"without next there is none", "", "/login", "", "/login"},
		{"the query of the view stays", "", "/login?a=b", "/page", "/login?a=b&next=%2Fpage"},
		{"the query of the view stays without next", "", "/login?a=b", "", "/login?a=b"},
		{"all values of the query stay", "", "/login?a=1&a=2", "/page", "/login?a=1&a=2&next=%2Fpage"},
		{"the next of the view is replaced", "", "/login?next=/old", "/page", "/login?next=%2Fpage"},
		{"the next of the view stays without next", "", "/login?next=/old", "", "/login?next=/old"},
		{"the query of next is escaped", "", "/login", "/page?a=b&c=d+e", "/login?next=%2Fpage%3Fa%3Db%26c%3Dd%2Be"},
		{"the fragment of the view stays", "", "/login#top", "/page", "/login?next=%2Fpage#top"},
		{"the fragment of a next on the same site is dropped", "", "/login", "/page#top", "/login?next=%2Fpage"},
		{"a next of any host is shortened for a path", "", "/login", "https://shop.example/page?a=b", "/login?next=%2Fpage%3Fa%3Db"},
		{"a password in it is dropped", "", "/login", "https://me:secret@shop.example/page", "/login?next=%2Fpage"},
		{"a next on the same site is shortened", "", "https://shop.example/login", "https://shop.example/page", "https://shop.example/login?next=%2Fpage"},
		{"a next on another site is not", "", "https://sso.example/login", "https://shop.example/page", "https://sso.example/login?next=https%3A%2F%2Fshop.example%2Fpage"},
		{"a next by another scheme is not", "", "https://shop.example/login", "http://shop.example/page", "https://shop.example/login?next=http%3A%2F%2Fshop.example%2Fpage"},
		{"a next on another port is not", "", "https://shop.example/login", "https://shop.example:8443/page", "https://shop.example/login?next=https%3A%2F%2Fshop.example%3A8443%2Fpage"},
		{"a path is a path for another site, too", "", "https://sso.example/login", "/page", "https://sso.example/login?next=%2Fpage"},
		{"a view without scheme and its own host", "", "//shop.example/login", "https://shop.example/page", "//shop.example/login?next=%2Fpage"},
		{"a next that does not parse is taken as it is", "", "/login", "/%zz", "/login?next=%2F%25zz"},
		{"a view that does not parse is returned as it is", "shop.example", "/%zz", "/page", "/%zz"},
		{"Unicode is escaped", "", "/login", "/☃", "/login?next=%2F%25E2%2598%2583"},
		{"a next of more than 1,024 bytes is left out", "", "/login?a=b", "/" + strings.Repeat("a", MaxNext), "/login?a=b"},
		{"a next of 1,024 bytes is not", "", "/login", "/" + strings.Repeat("a", MaxNext-1), "/login?next=%2F" + strings.Repeat("a", MaxNext-1)},
		{"a next of more than 1,024 bytes is left out for another site", "", "https://sso.example/login",
			"https://shop.example/" + strings.Repeat("a", MaxNext-20), "https://sso.example/login"},
		{"a forced host is put before a path", "shop.example", "/login", "/page", "//shop.example/login?next=%2Fpage"},
		{"a forced host is put before a path without next", "shop.example", "/login", "", "//shop.example/login"},
		{"a forced host leaves the host of a view", "shop.example", "https://sso.example/login", "/page", "https://sso.example/login?next=%2Fpage"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := LoginURL(row.view, row.next, row.forceHost); got != row.want {
				t.Errorf("LoginURL is %s, want %s", got, row.want)
			}
		})
	}
}

func TestALoginPageOnAnotherSiteGetsTheWholeURL(t *testing.T) {
	const sso, shop, plain = "https://sso.example/login?app=shop", "https://shop.example/login", "http://shop.example/login"
	for _, row := range []struct {
		name, host, view, forceHost, method string
		want, next                          string // of the URL: before and in next
	}{
		{"next has scheme and host, the view's query stays", "shop.example", sso, "", "GET", sso + "&next=", "https://shop.example/area/a?b=c"},
		{"the host of next is forced, that of the view is not", "evil.example", sso, "shop.example", "GET", sso + "&next=", "https://shop.example/area/a?b=c"},
		{"a port is forced, too", "evil.example", sso, "shop.example:8443", "GET", sso + "&next=", "https://shop.example:8443/area/a?b=c"},
		{"a POST has no next", "shop.example", sso, "shop.example", "POST", sso, ""},
		{"a view on the forced host gets a path", "evil.example", shop, "shop.example", "GET", shop + "?next=", "/area/a?b=c"},
		{"a view on the forced host by another scheme gets a URL", "evil.example", plain, "shop.example", "GET", plain + "?next=", "https://shop.example/area/a?b=c"},
		{"a view on another host by the same scheme gets a URL", "evil.example", shop, "other.example", "GET", shop + "?next=", "https://other.example/area/a?b=c"},
		{"a view without scheme gets a URL", "shop.example", "//sso.example/login", "", "GET", "//sso.example/login?next=", "https://shop.example/area/a?b=c"},
		{"a view of our own gets the forced host", "evil.example", "/login", "shop.example", "GET", "//shop.example/login?next=", "/area/a?b=c"},
		{"a view of our own gets the forced host for a POST, too", "evil.example", "/login", "shop.example", "POST", "//shop.example/login", ""},
		{"a view of our own stays relative without a forced host", "evil.example", "/login", "", "GET", "/login?next=", "/area/a?b=c"},
		{"a next in the view is replaced", "shop.example", "/login?next=/old&a=b", "", "GET", "/login?a=b&next=", "/area/a?b=c"},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request(row.method, "/area/a?b=c")
			req.Host = row.host
			want := row.want + url.QueryEscape(row.next)
			if got := LoginURL(row.view, Here(req, row.forceHost), row.forceHost); got != want {
				t.Errorf("LoginURL is %s, want %s", got, want)
			}
		})
	}
}

func TestOnlyARedirectToItselfIsALoop(t *testing.T) {
	for _, row := range []struct {
		name, method, target, view, forceHost string
		want                                  bool
	}{
		{"the view itself", "GET", "/login", "/login", "", true},
		{"the view by HEAD", "HEAD", "/login", "/login", "", true},
		{"the view with a next", "GET", "/login?next=%2Fpage", "/login", "", true},
		{"the view with another query", "GET", "/login?a=b", "/login?from=guard", "", true},
		{"the view with an escape", "GET", "/sign%20in?x=1", "/sign in?from=guard", "", true},
		{"another page", "GET", "/page", "/login", "", false},
		{"the view with a slash that the route lacks", "GET", "/login", "/login/", "", true},
		{"the view without a slash that the route has", "GET", "/login/?a=b", "/login", "", true},
		{"a page beneath the view", "GET", "/login/help", "/login", "", false},
		{"a page that begins like the view", "GET", "/login2", "/login", "", false},
		{"a form that the view posts", "POST", "/login", "/login", "", false},
		{"a view on another site", "GET", "/login", "https://sso.example/login", "", false},
		{"a view on our own site by its URL", "GET", "/login", "https://shop.example/login", "", true},
		{"a view on our own site by its URL in capitals", "GET", "/login", "https://Shop.Example/login", "", true},
		{"a view on our own site by its URL without a scheme", "GET", "/login", "//shop.example/login", "", true},
		{"a view on our own site by its URL, whatever host is forced", "GET", "/login", "https://shop.example/login", "www.shop.example", true},
		{"a view on another port of our own site", "GET", "/login", "https://shop.example:8443/login", "", false},
		{"a view that does not parse", "GET", "/%zz", "/%zz", "", false},
		{"the view on the forced host", "GET", "/login", "/login", "shop.example", true},
		{"the view on the forced host in capitals", "GET", "/login", "/login", "SHOP.example", true},
		{"the view on another host than the forced one", "GET", "/login", "/login", "accounts.example", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := IsAt(request(row.method, row.target), row.view, row.forceHost, true); got != row.want {
				t.Errorf("IsAt is %t", got)
			}
		})
	}
}

func TestIsAtComparesThePathThatTheBrowserRequested(t *testing.T) {
	req := request(http.MethodGet, "/app/login")
	req.URL.Path = "/login" // behind http.StripPrefix("/app", …)
	if !IsAt(req, "/app/login", "", true) || IsAt(req, "/login", "", true) {
		t.Error("IsAt compares the stripped path")
	}
}

func TestASlashMakesADifferenceWithoutARoute(t *testing.T) {
	if IsAt(request("GET", "/login/"), "/login", "", false) || IsAt(request("GET", "/login"), "/login/", "", false) {
		t.Error("a path without a route is taken for the view")
	}
}

func TestAPageAtAViewIsTheReferer(t *testing.T) {
	for _, row := range []struct {
		name, referer, view string
		want                bool
	}{
		{"the page", "https://shop.example/login", "/login", true},
		{"its query is of no matter", "https://shop.example/login?next=%2F", "/login?a=b", true},
		{"another page", "https://shop.example/", "/login", false},
		{"a page of another site", "https://evil.example/login", "/login", false},
		{"only the origin", "https://shop.example", "/login", false},
		{"none", "", "/login", false},
		{"none, and no view", "", "", false},
		{"no URL", "%zz", "/login", false},
		{"a path", "/login", "/login", false},
	} {
		req := &http.Request{Host: "shop.example", Header: http.Header{"Referer": {row.referer}}}
		if got := IsFrom(req, row.view); got != row.want {
			t.Errorf("%s: got %v", row.name, got)
		}
	}
}
