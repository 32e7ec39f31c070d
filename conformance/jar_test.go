package conformance

import (
	"slices"
	"testing"
	"time"
)

func mustParse(t *testing.T, line string) setCookie {
	t.Helper()
	s, err := parseSetCookie(line, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(cookies []cookie) []string {
	found := []string{}
	for _, c := range cookies {
		found = append(found, c.name)
	}
	return found
}

func TestJarSends(t *testing.T) {
	for _, tt := range []struct {
		name             string
		setBy, setByPath string
		line             string
		host, path       string
		sent             bool
	}{
		{"to the host that set it", "a.example", "/", "x=1", "a.example", "/", true},
		{"to no other", "a.example", "/", "x=1", "b.example", "/", false},
		{"to no subdomain, without Domain", "a.example", "/", "x=1", "www.a.example", "/", false},
		{"to subdomains with Domain", "a.example", "/", "x=1; Domain=.A.example", "www.a.example", "/", true},
		{"nothing set for a foreign domain", "a.example", "/", "x=1; Domain=b.example", "b.example", "/", false},
		{"no suffix of an address", "127.0.0.1", "/", "x=1; Domain=0.0.1", "127.0.0.1", "/", false},
		{"on its path", "a.example", "/", "x=1; Path=/in", "a.example", "/in", true},
		{"below its path", "a.example", "/", "x=1; Path=/in", "a.example", "/in/side", true},
		{"not beside it", "a.example", "/", "x=1; Path=/in", "a.example", "/inside", false},
		{"without Path beside the page that set it", "a.example", "/in/side", "x=1", "a.example", "/in/other", true},
		{"without Path not above", "a.example", "/in/side", "x=1", "a.example", "/", false},
		{"nothing that is deleted", "a.example", "/", "x=; Max-Age=0; Path=/", "a.example", "/", false},
		{"nothing that has expired", "a.example", "/", "x=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "a.example", "/", false},
		{"what Max-Age keeps against Expires", "a.example", "/",
			"x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "a.example", "/", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var j jar
			j.store(mustParse(t, tt.line), tt.setBy, tt.setByPath)
			if sent := j.send(tt.host, tt.path); (len(sent) > 0) != tt.sent {
				t.Errorf("sends %v", sent)
			}
		})
	}
}

func TestJarHasAClock(t *testing.T) {
	var j jar
	j.store(mustParse(t, "short=1; Max-Age=60"), "a.example", "/")
	j.store(mustParse(t, "browser=1"), "a.example", "/")
	j.ahead = 59 * time.Second
	if !j.has("short") {
		t.Error("a cookie of a minute is gone after 59 seconds")
	}
	j.ahead = 61 * time.Second
	if j.has("short") || !j.has("browser") {
		t.Errorf("after a minute the jar holds %v", names(j.live()))
	}
	j.closeBrowser()
	if j.has("browser") {
		t.Error("a cookie without lifetime survives the browser")
	}
}

func TestJarReplacesAndSortsCookies(t *testing.T) {
	var j jar
	j.store(mustParse(t, "x=old; Path=/"), "a.example", "/")
	j.store(mustParse(t, "x=new; Path=/"), "a.example", "/")
	j.store(mustParse(t, "y=deep; Path=/in"), "a.example", "/")
	sent := j.send("a.example", "/in")
	if !slices.Equal(names(sent), []string{"y", "x"}) || sent[1].value != "new" {
		t.Errorf("sends %v", sent)
	}
}

func TestTampered(t *testing.T) {
	const value = "1|0123456789abcdef0123"
	for how, want := range map[string]string{
		"signature":    "1|01234567890bcdef0123",
		"payload":      "2|0123456789abcdef0123",
		"truncate":     "1|012345678",
		"append":       "1|0123456789abcdef01230",
		"garbage":      "foo",
		"garbage-pipe": "Foo|BAD_HASH",
		"empty":        "",
	} {
		if got, err := tampered(value, how); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", how, got, err, want)
		}
	}
	if _, err := tampered(value, "nicely"); err == nil {
		t.Error("an unknown way to tamper is accepted")
	}
}
