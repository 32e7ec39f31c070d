package setcookie

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// variants returns Domain and Path of the Set-Cookie lines, in their order.
func variants(t *testing.T, lines []string) (found []string) {
	t.Helper()
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, c.Domain+c.Path)
	}
	return found
}

func TestTheOthersOfACookieAreThoseThatABrowserMayHaveSent(t *testing.T) {
	for _, row := range []struct {
		name      string
		url, line string
		all       bool
		want      []string // beside the line itself
	}{
		{"by default there is none", "https://app.shop.test/a/b", "s=1; Path=/", false, nil},
		{"beside one with a Domain there is that of the host alone", "https://app.shop.test/a/b", "s=1; Path=/; Domain=shop.test", false, []string{"/"}},
		{"beside one with a Path there is that of the whole host", "https://app.shop.test/a/b", "s=1; Path=/a", false, []string{"/"}},
		{
			"beside one with both there are three", "https://app.shop.test/a/b", "s=1; Path=/a; Domain=shop.test", false,
			[]string{"/", "/a", "shop.test/"},
		},
		{"all include those of the Domains above", "https://app.shop.test/page", "s=1; Path=/", true, []string{"app.shop.test/", "shop.test/"}},
		{"all include that of the host alone", "https://shop.test/page", "s=1; Path=/; Domain=shop.test", true, []string{"/"}},
		{
			"all include those of the page's folders", "https://localhost/a/b/c?d=e/f", "s=1; Path=/", true,
			[]string{"/a", "/a/", "/a/b", "/a/b/"},
		},
		{"the page itself is no folder", "https://localhost/logout", "s=1; Path=/", true, nil},
		{"a folder is as the browser spells it", "https://localhost/caf%C3%A9/x", "s=1; Path=/", true, []string{"/caf%C3%A9", "/caf%C3%A9/"}},
		{"a host in capitals, with a port and a dot at its end is the same", "https://Shop.Test.:8443/", "s=1; Path=/", true, []string{"shop.test/"}},
		{"a Domain in capitals with a dot in front is the same", "https://shop.test/", "s=1; Path=/; Domain=.Shop.Test", true, []string{"/"}},
		{"a folder that no Path can be is left out", "https://localhost/a;b/c", "s=1; Path=/", true, nil},
		{"an IPv4 address has no Domain", "https://192.0.2.1:8443/", "s=1; Path=/", true, nil},
		{"an IPv6 address has no Domain", "https://[2001:db8::1]:8443/", "s=1; Path=/", true, nil},
		{"a host whose name only ends like the Domain is not in it", "https://myshop.test/", "s=1; Path=/; Domain=shop.test", true, nil},
		{"a host that a proxy has put in is not in the Domain", "https://backend:8080/a/b", "s=1; Path=/; Domain=shop.test", true, nil},
		{
			"a deletion has others, too", "https://shop.test/", "s=; Path=/; Max-Age=0", true,
			[]string{"shop.test/"},
		},
		{
			"a long address makes no long answer", "https://a.b.c.d.e.f.g.test/1/2/3/4/5/6/7", "s=1; Path=/", true,
			slices.DeleteFunc(product(
				[]string{"", "a.b.c.d.e.f.g.test", "b.c.d.e.f.g.test", "c.d.e.f.g.test", "d.e.f.g.test", "e.f.g.test"},
				[]string{"/", "/1", "/1/", "/1/2", "/1/2/", "/1/2/3"},
			), func(v string) bool { return v == "/" }),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := httptest.NewRequest("GET", row.url, nil)
			h := http.Header{"Set-Cookie": {"other=1", row.line}}
			DeleteOthers(req, h, "s", row.all)
			lines := h["Set-Cookie"]
			if lines[0] != "other=1" || lines[len(lines)-1] != row.line {
				t.Errorf("the other cookie is not first, or the line not last: %q", lines)
			}
			if got := variants(t, lines[1:len(lines)-1]); !slices.Equal(got, row.want) {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

func TestAHostThatIsNoneHasNoDomain(t *testing.T) {
	for _, host := range []string{"sh\"op.test", "shop.test; Path=/", "a b.test", "é.test", "[::1", "x:y:z", "."} {
		req := httptest.NewRequest("GET", "https://shop.test/", nil)
		req.Host = host
		h := http.Header{"Set-Cookie": {"s=1; Path=/"}}
		DeleteOthers(req, h, "s", true)
		if len(h["Set-Cookie"]) != 1 {
			t.Errorf("%q: %q", host, h["Set-Cookie"])
		}
	}
}

func product(domains, paths []string) (all []string) {
	for _, d := range domains {
		for _, p := range paths {
			all = append(all, d+p)
		}
	}
	return all
}

func TestTheOthersAreDeletedAsTheCookieIsSet(t *testing.T) {
	req := httptest.NewRequest("GET", "https://shop.test/", nil)
	h := http.Header{"Set-Cookie": {"s=1; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=None; Partitioned"}}
	DeleteOthers(req, h, "s", true)
	want := "s=; Path=/; Domain=shop.test; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned"
	if got := h["Set-Cookie"][1]; got != want { // before it is that from before it was Partitioned
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A browser with partitions keeps this cookie apart from the one that was set before.
func TestTheCookieFromBeforeItWasPartitionedIsDeleted(t *testing.T) {
	for _, row := range []struct {
		name, line string
		want       []string
	}{
		{"s", "s=1; Path=/; Secure; Partitioned", []string{"s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure"}},
		{"s", "s=; Path=/app; Domain=shop.test; Max-Age=0; Secure; Partitioned", []string{
			"s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; Partitioned",
			"s=; Path=/app; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; Partitioned",
			"s=; Path=/; Domain=shop.test; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; Partitioned",
			"s=; Path=/app; Domain=shop.test; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure",
		}},
		{"__Host-s", "__Host-s=1; Path=/; Secure; Partitioned", []string{"__Host-s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure"}},
		{"__Host-s", "__Host-s=1; Path=/; Secure", nil},
	} {
		h := http.Header{"Set-Cookie": {row.line}}
		DeleteOthers(httptest.NewRequest("GET", "https://shop.test/app/page", nil), h, row.name, false)
		if want := append(row.want, row.line); !slices.Equal(h["Set-Cookie"], want) {
			t.Errorf("got  %q\nwant %q", h["Set-Cookie"], want)
		}
	}
}

func TestNothingIsAddedWhereThereAreNoOthers(t *testing.T) {
	for name, lines := range map[string][]string{
		"without a line":                       nil,
		"with a line of another cookie":        {"other=1; Path=/"},
		"with a cookie that has no other name": {"__Host-s=1; Path=/; Secure"},
	} {
		cookie := "s"
		if len(lines) > 0 && strings.HasPrefix(lines[0], "__Host-") {
			cookie = "__Host-s"
		}
		h := http.Header{}
		if lines != nil {
			h["Set-Cookie"] = slices.Clone(lines)
		}
		DeleteOthers(httptest.NewRequest("GET", "https://shop.test/a/b", nil), h, cookie, true)
		if !slices.Equal(h["Set-Cookie"], lines) {
			t.Errorf("%s: %q", name, h["Set-Cookie"])
		}
	}
}

func TestTheOthersAreDeletedOnce(t *testing.T) {
	req := httptest.NewRequest("GET", "https://app.shop.test/a/b", nil)
	h := http.Header{"Set-Cookie": {"s=1; Path=/"}}
	DeleteOthers(req, h, "s", true)
	once := slices.Clone(h["Set-Cookie"])
	DeleteOthers(req, h, "s", true)
	if !slices.Equal(h["Set-Cookie"], once) {
		t.Errorf("got  %q\nwant %q", h["Set-Cookie"], once)
	}
	if sent := Sent(h, "s"); sent == nil || sent.Value != "1" {
		t.Errorf("the response sends %v", sent)
	}
}

// Whatever Domain and Path a cookie was set with: if the browser sends it with a request, the answer
// leaves one cookie, the one that it sets.
func TestABrowserIsLeftWithOneCookie(t *testing.T) {
	page, _ := url.Parse("https://app.shop.test/area/logout")
	for _, domain := range []string{"", "app.shop.test", "shop.test", ".shop.test"} {
		for _, path := range []string{"/", "/area", "/area/", ""} {
			for _, line := range []string{"s=new; Path=/", "s=new; Path=/area; Domain=shop.test", "s=; Path=/; Domain=app.shop.test; Max-Age=0"} {
				jar, _ := cookiejar.New(nil)
				jar.SetCookies(page, []*http.Cookie{{Name: "s", Value: "old", Domain: domain, Path: path}})
				if len(jar.Cookies(page)) != 1 {
					t.Fatalf("%q %q: the browser does not send it", domain, path)
				}
				h := http.Header{"Set-Cookie": {line}}
				DeleteOthers(&http.Request{Host: page.Host, URL: page}, h, "s", true)
				jar.SetCookies(page, (&http.Response{Header: h}).Cookies())
				var left []string
				for _, c := range jar.Cookies(page) {
					left = append(left, c.Value)
				}
				want := []string{"new"}
				if strings.HasPrefix(line, "s=;") {
					want = nil
				}
				if !slices.Equal(left, want) {
					t.Errorf("set with Domain %q and Path %q, then %q: left with %q", domain, path, line, left)
				}
			}
		}
	}
}
