package redirect

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The lists of Django's URLHasAllowedHostAndSchemeTests, in full.
var (
	djangoUnsafe = []string{
		"http://example.com",
		"http:///example.com",
		"https://example.com",
		"ftp://example.com",
		`\\example.com`,
		`\\\example.com`,
		`/\\/example.com`,
		`\\//example.com`,
		`/\/example.com`,
		`\/example.com`,
		`/\example.com`,
		`http:/\//example.com`,
		`http:\/example.com`,
		`http:/\example.com`,
		`javascript:alert("XSS")`,
		"\njavascript:alert(x)",
		"java\nscript:alert(x)",
		"\x08//example.com",
		`http://otherserver\@example.com`,
		`http:\\testserver\@example.com`,
		`http://testserver\me:pass@example.com`,
		`http://testserver\@example.com`,
		`http:\\testserver\confirm\me@example.com`,
		"http:999999999",
		"ftp:9999999999",
		"\n",
		"http://[2001:cdba:0000:0000:0000:0000:3257:9652/",
		"http://2001:cdba:0000:0000:0000:0000:3257:9652]/",
	}
	djangoSafe = []string{
		"/view/?param=http://example.com",
		"/view/?param=https://example.com",
		"/view?param=ftp://example.com",
		"view/?param=//example.com",
		"https://testserver/",
		"HTTPS://testserver/",
		"//testserver/",
		"http://testserver/confirm?email=me@example.com",
		"/url%20with%20spaces/",
		"path/http:2222222222",
	}
)

func TestDjangosVerdictsOnRedirectsHold(t *testing.T) {
	for _, target := range djangoUnsafe {
		if IsSafe(target, "testserver", "testserver2") {
			t.Errorf("%q is safe", target)
		}
	}
	for _, target := range djangoSafe {
		if !IsSafe(target, "otherserver", "testserver") {
			t.Errorf("%q is not safe", target)
		}
	}
	for _, test := range []struct {
		name, target string
		hosts        []string
		safe         bool
	}{
		{"credentials that are part of the allowed host", "http://user:pass@testserver/", []string{"user:pass@testserver"}, true},
		{"an @ in the path", "/confirm/me@example.com", nil, true},
		{"credentials without hosts", `http://testserver\@example.com`, nil, false},
		{"the one allowed host", "http://good.com/good", []string{"good.com"}, true},
		{"a prefix of the allowed host", "http://good.co/evil", []string{"good.com"}, false},
		{"https to the allowed host", "https://example.com/p", []string{"example.com"}, true},
		{"HTTPS in capitals", "HTTPS://example.com/p", []string{"example.com"}, true},
		{"a URL in the query", "/view/?param=http://example.com", []string{"example.com"}, true},
		{"ftp to the allowed host", "ftp://example.com/p", []string{"example.com"}, false},
	} {
		if got := IsSafe(test.target, test.hosts...); got != test.safe {
			t.Errorf("%s: IsSafe(%q, %q) = %t", test.name, test.target, test.hosts, got)
		}
	}
}

// Verdicts with "good.example" as the only host.
var (
	safeTargets = []struct{ name, target string }{
		{"the front page", "/"},
		{"a path", "/account"},
		{"a path with a slash at its end", "/account/"},
		{"a path with a query and a fragment", "/account?tab=2#top"},
		{"a query", "?page=2"},
		{"a fragment", "#top"},
		{"a relative path", "account/edit"},
		{"a colon behind the first segment", "/a/b:c"},
		{"a colon in the first segment of an absolute path", "/a:b"},
		{"a colon in the query", "?at=12:30"},
		{"a path that is not ASCII", "/über-uns/東京"},
		{"a path with spaces that are not encoded", "/my files"},
		{"a path that is Latin-1 once decoded", "/caf%E9"},
		{"an encoded slash", "/repo/feature%2Flogin"},
		{"an encoded URL as a segment", "/bookmarks/https%3A%2F%2Fevil.example%2F"},
		{"an encoded backslash inside a name", `/users/CORP%5Calice`},
		{"an empty segment inside", "/a//b"},
		{"a name that starts with a dot", "/.well-known/change-password"},
		{"three dots", "/..."},
		{"a backslash in the query", `/search?q=a\b`},
		{"an encoded line break in the query", "/search?q=a%0D%0Ab"},
		{"a bad escape in the query", "/search?q=100%"},
		{"the allowed host", "https://good.example/account"},
		{"the allowed host over http", "http://good.example/account"},
		{"the allowed host in capitals", "HTTPS://GOOD.Example/account"},
		{"the allowed host alone", "https://good.example"},
		{"the allowed host with a query", "https://good.example?a=b"},
		{"the allowed host with a fragment", "https://good.example#a"},
		{"the allowed host, whatever the scheme", "//good.example/account"},
	}
	unsafeTargets = []struct{ name, target string }{
		{"nothing", ""},

		// Passed on unchanged by http.Redirect.
		{"two slashes", "//evil.example"},
		{"three slashes", "///evil.example"},
		{"a slash and a backslash", `/\evil.example`},
		{"two slashes and a backslash", `//\evil.example`},
		{"a slash, a tab and a slash", "/\t/evil.example"},
		{"a slash, a line break and a slash", "/\r\n/evil.example"},
		{"a scheme without slashes", "http:evil.example"},
		{"a scheme with one slash", "http:/evil.example"},
		{"a scheme with three slashes", "https:///evil.example"},
		{"our own scheme without slashes", "https:evil.example"},
		{"our own scheme with a path", "https:/account"},

		// Other schemes.
		{"javascript", "javascript:alert(1)"},
		{"javascript with a comment", "javascript://good.example/%0aalert(1)"},
		{"javascript with a tab inside", "java\tscript:alert(1)"},
		{"data", "data:text/html,<script>alert(1)</script>"},
		{"a file", "file://good.example/etc/passwd"},
		{"a WebSocket", "wss://good.example/"},
		{"a colon in the first segment", "a:b"},
		{"a colon in a first segment that cannot be a scheme", "12:30"},
		{"a long s in the scheme", "httpſ:evil.example"},

		// Stripped by browsers.
		{"a space before", " /account"},
		{"a space after", "/account "},
		{"a tab before two slashes", "\t//evil.example"},
		{"a NUL before two slashes", "\x00//evil.example"},
		{"a NUL inside", "/account\x00"},
		{"a DEL inside", "/account\x7f"},
		{"a C1 control inside", "/account\u0085x"},
		{"a no-break space before", "\u00a0/account"},
		{"a line break in the query", "/account?a=b\r\nSet-Cookie: a=b"},
		{"invalid UTF-8", "/account\xff"},
		{"invalid UTF-8 in the query", "/account?\xc0\xaf"},

		// Hosts that are not the allowed one.
		{"another host", "https://evil.example/"},
		{"a name below the allowed host", "https://www.good.example/"},
		{"a name that ends on the allowed host", "https://evilgood.example/"},
		{"a name that starts with the allowed host", "https://good.example.evil.example/"},
		{"a port", "https://good.example:8443/"},
		{"a default port", "https://good.example:443/"},
		{"a port that is empty", "https://good.example:/"},
		{"a dot at the end", "https://good.example./"},
		{"credentials", "https://me:secret@good.example/"},
		{"credentials that look like the host", "https://good.example@evil.example/"},
		{"credentials that look like the host and its port", "https://good.example:443@evil.example/"},
		{"credentials behind a backslash", `https://good.example\@evil.example/`},
		{"a backslash behind the host", `https://good.example\account`},
		{"backslashes before the host", `https:\\good.example/`},
		{"an encoded letter", "https://%67ood.example/"},
		{"an encoded slash", "https://good.example%2f@evil.example/"},
		{"an encoded fullwidth dot", "//evil%E3%80%82example"},
		{"an ideographic full stop", "//good。example"},
		{"a fullwidth letter", "//ｇood.example"},
		{"a soft hyphen", "//go\u00adod.example"},
		{"an IPv6 address that does not end", "http://[::1"},
		{"a scheme without a host", "https://"},
		{"two slashes without a host", "//"},

		// Paths that become a host on the next hop.
		{"two slashes behind the host", "https://good.example//evil.example"},
		{"a backslash in the path", `/a\b`},
		{"a backslash in the fragment, which http.Redirect cleans as path", `#/../\evil.example`},
		{"an encoded second slash", "/%2Fevil.example"},
		{"an encoded second backslash", "/%5cevil.example"},
		{"an encoded first slash", "%2fevil.example"},
		{"two encoded slashes", "%2f%2fevil.example"},
		{"an encoded tab between slashes", "/%09/evil.example"},
		{"an encoded NUL", "/account%00"},
		{"an encoded line break", "/a%0Ab"},
		{"an encoded C1 control", "/a%C2%85b"},
		{"a parent between encoded slashes", "/a%2F..%2Fb"},
		{"a bad escape", "/100%"},
		{"two slashes behind a dot", "/.//evil.example"},
		{"two slashes behind two dots", "/..//evil.example"},
		{"two slashes behind an encoded dot", "/%2e//evil.example"},
		{"two slashes behind a relative dot", ".//evil.example"},
		{"two slashes behind two relative dots", "..//evil.example"},
		{"two slashes behind a segment and its parent", "foo/..//evil.example"},
		{"two slashes behind an encoded parent", "/foo/.%2E//evil.example"},
		{"an encoded slash before a parent", "/foo%2f..//evil.example"},
		{"an encoded backslash before a parent", "/foo%5c..//evil.example"},
		{"a URL behind a dot, which http.Redirect cleans away", "./http:/evil.example"},
		{"a dot at the end", "/account/."},
		{"an encoded dot at the end", "/account/%2e"},
		{"an encoded parent at the end", "/account/%2e%2E"},
		{"the parent", "../account"},
	}
)

func TestASafeTargetStaysOnThisSite(t *testing.T) {
	for _, test := range safeTargets {
		if !IsSafe(test.target, "good.example") {
			t.Errorf("%s: %q is not safe", test.name, test.target)
		}
	}
	for _, test := range unsafeTargets {
		if IsSafe(test.target, "good.example") {
			t.Errorf("%s: %q is safe", test.name, test.target)
		}
	}
}

func TestAHostMatchesAsAWhole(t *testing.T) {
	for _, test := range []struct {
		name, target string
		hosts        []string
		safe         bool
	}{
		{"no hosts", "https://good.example/", nil, false},
		{"no hosts, but a path", "/account", nil, true},
		{"one of several hosts", "https://b.example/", []string{"a.example", "b.example"}, true},
		{"the host in other letters", "https://good.example/", []string{"Good.Example"}, true},
		{"the host with its port", "http://localhost:8080/", []string{"localhost:8080"}, true},
		{"the host with another port", "http://localhost:8081/", []string{"localhost:8080"}, false},
		{"the host without its port", "http://localhost/", []string{"localhost:8080"}, false},
		{"an IPv6 address", "http://[::1]:8080/", []string{"[::1]:8080"}, true},
		{"an empty entry and no host", "https:///evil.example", []string{""}, false},
		{"an empty entry and two slashes", "//", []string{""}, false},
		{"an empty entry and a path", "/account", []string{""}, true},
		{"an internationalised host in ASCII", "https://xn--bcher-kva.example/", []string{"xn--bcher-kva.example"}, true},
		{"an internationalised host", "https://bücher.example/", []string{"bücher.example"}, false},
		{"the other sigma, which EqualFold holds equal", "https://βόλοσ.example/", []string{"βόλος.example"}, false},
		{"a dotted capital I, which ToLower makes an i", "https://gİthub.example/", []string{"github.example"}, false},
	} {
		if got := IsSafe(test.target, test.hosts...); got != test.safe {
			t.Errorf("%s: IsSafe(%q, %q) = %t", test.name, test.target, test.hosts, got)
		}
	}
}

func TestLongTargetsHaveAVerdict(t *testing.T) {
	for piece, safe := range map[string]bool{
		"/a": true, "//": false, "a": true, "%": false, "%61": true, "%2f": false, "ä": true,
		"\\": false, "?": true, ":": false, "/.": false, "@": true, " ": false, "\xff": false,
	} {
		target := strings.Repeat(piece, 1<<17)
		if got := IsSafe(target, "good.example"); got != safe {
			t.Errorf("%q, very often: %t", piece, got)
		}
	}
}

// FuzzIsSafe follows every safe target from https://good.example/login as a browser does, and
// the Location that http.Redirect makes of it.
func FuzzIsSafe(f *testing.F) {
	for _, target := range allTargets() {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if IsSafe(target) && !IsSafe(target, "good.example") {
			t.Errorf("%q is safe only without hosts", target)
		}
		if !IsSafe(target, "", "good.example") {
			return
		}
		for _, link := range linksTo(target) {
			if at := browse(link); !at.isHome() {
				t.Errorf("%q is safe, but %q leads to %v", target, link, at)
			}
		}
	})
}

// TestASafeTargetStaysOnThisSiteInNode asks a real implementation of the URL standard, about the
// tables above and about random targets. It also proves the browser that the fuzz test relies on.
func TestASafeTargetStaysOnThisSiteInNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node in PATH to compare with")
	}
	targets := allTargets()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		targets = append(targets, concoct(random))
	}
	for i, at := range browseWithNode(t, node, targets) {
		got := browse(targets[i])
		if got.Host == foreign {
			continue
		}
		if got.Scheme != at.Scheme || got.Host != at.Host || got.isHome() != at.isHome() {
			t.Errorf("%q leads to %v, in node to %v", targets[i], got, at)
		}
	}

	targets = slices.DeleteFunc(targets, func(target string) bool { return !IsSafe(target, "good.example") })
	var all []string
	for _, target := range targets {
		all = append(all, linksTo(target)...)
	}
	t.Logf("%d of the targets are safe", len(targets))
	for i, at := range browseWithNode(t, node, all) {
		if !at.isHome() {
			t.Errorf("%q is safe, but in node it leads to %v", all[i], at)
		}
	}
}

// allTargets returns the targets of all tables.
func allTargets() []string {
	targets := slices.Concat(djangoUnsafe, djangoSafe)
	for _, test := range slices.Concat(safeTargets, unsafeTargets) {
		targets = append(targets, test.target)
	}
	return targets
}

// concoct returns a random target made of the parts of known redirect tricks.
func concoct(random *rand.Rand) string {
	pieces := []string{
		"/", "/", "/", "//", `\`, ".", "..", "/..", "?", "#", "@", ":", ";", "%", " ", "\t", "\r\n", "\x00", "\x7f", "\xff",
		"%2f", "%2F", "%5c", "%2e", "%2E%2e", "%09", "%00", "%40", "%3a", "%23", "%3f", "%E3%80%82",
		"。", "．", "／", "：", "＠", "\u00ad", "\u200b", "\ufeff", "\u00a0", "ſ", "K", "İ", "é",
		"http:", "https:", "HTTP://", "https://", "javascript:", "data:", "file:", "ws:", ":443", ":80", ":8443",
		"good.example", "good.example", "GOOD.EXAMPLE", "good", "evil.example", "login", "a", "b",
	}
	var target strings.Builder
	for range 1 + random.IntN(7) {
		target.WriteString(pieces[random.IntN(len(pieces))])
	}
	return target.String()
}

// linksTo returns the ways in which an app sends its visitor to target: as it is, with
// http.Redirect, and with http.Redirect behind http.StripPrefix("/app/", …), which leaves the
// request a path without a slash.
func linksTo(target string) []string {
	links := []string{target}
	for _, path := range []string{"/login", "login"} {
		r := httptest.NewRequest(http.MethodPost, "/login", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		http.Redirect(w, r, target, http.StatusSeeOther)
		links = append(links, w.Result().Header.Get("Location"))
	}
	return links
}
