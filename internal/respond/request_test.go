package respond

import (
	"crypto/tls"
	"net/http"
	"testing"
)

func TestTheStatusOfARedirectDependsOnTheMethod(t *testing.T) {
	for method, want := range map[string]int{
		"GET": 302, "HEAD": 302, "POST": 303, "PUT": 303, "PATCH": 303, "DELETE": 303, "OPTIONS": 303, "get": 303,
	} {
		req := request("GET")
		req.Method = method
		if got := RedirectStatus(req); got != want {
			t.Errorf("RedirectStatus of %s is %d, want %d", method, got, want)
		}
		if got := IsRead(req); got != (want == 302) {
			t.Errorf("IsRead of %s is %t", method, got)
		}
	}
}

func TestABrowserWithholdsCookiesFromFormsOfOtherSites(t *testing.T) {
	const own, foreign = "http://shop.example", "https://evil.example"
	for _, row := range []struct {
		name, method string
		header       []string
		want         bool
	}{
		{"a form of another site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, true},
		{"a form of our own", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", own}, false},
		{"a form of a subdomain, which is the same site", "POST", []string{"Sec-Fetch-Site", "same-site", "Origin", foreign}, false},
		{"a form that an extension sends for the visitor", "POST", []string{"Sec-Fetch-Site", "none"}, false},
		{"Sec-Fetch-Site counts more than Origin", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", own}, true},
		{"another origin in an old browser", "POST", []string{"Origin", foreign}, true},
		{"our own origin in an old browser", "POST", []string{"Origin", own}, false},
		{"our own host over https, behind a proxy", "POST", []string{"Origin", "https://shop.example"}, false},
		{"our own host at another port", "POST", []string{"Origin", "http://shop.example:8080"}, true},
		{"a name below our own host", "POST", []string{"Origin", "http://www.shop.example"}, true},
		{"an origin that the browser keeps to itself", "POST", []string{"Origin", "null"}, true},
		{"an origin that does not parse", "POST", []string{"Origin", "http://shop.example:port"}, true},
		{"a program that sends neither header", "POST", nil, false},
		{"every method that is no read", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"a link of another site, which brings Lax cookies", "GET", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a HEAD is a read, too", "HEAD", []string{"Origin", foreign}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := CookiesWithheld(request(row.method, row.header...)); got != row.want {
				t.Errorf("CookiesWithheld is %t", got)
			}
		})
	}
}

func TestHTTPSIsWhatTheBrowserUses(t *testing.T) {
	for _, row := range []struct {
		name    string
		tls     *tls.ConnectionState
		proxies string
		want    bool
	}{
		{"plain HTTP", nil, "", false},
		{"TLS to this server", &tls.ConnectionState{}, "", true},
		{"TLS to this server from a proxy of plain HTTP", &tls.ConnectionState{}, "http", true},
		{"a proxy that says https", nil, "https", true},
		{"a proxy that says HTTPS", nil, "HTTPS", true},
		{"a proxy that says http", nil, "http", false},
		{"the first of several proxies says https", nil, " https , http", true},
		{"the last of several proxies says https", nil, "http, https", false},
		{"a scheme that begins alike", nil, "httpsx", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := request("GET", "X-Forwarded-Proto", row.proxies)
			req.TLS = row.tls
			if got := IsHTTPS(req); got != row.want {
				t.Errorf("IsHTTPS is %t", got)
			}
		})
	}
}

func TestALocalHostIsTheBrowsersOwnMachine(t *testing.T) {
	for host, want := range map[string]bool{
		"": true, "localhost": true, "LOCALHOST": true,
		"127.0.0.1": true, "127.8.9.10": true, "::1": true, "::ffff:127.0.0.1": true,
		"shop.example": false, "localhost.example": false, "127.0.0.1.example": false,
		"192.168.1.7": false, "192.0.2.1": false, "2001:db8::1": false, "0.0.0.0": false,
	} {
		if got := IsLocal(host); got != want {
			t.Errorf("IsLocal(%q) is %t", host, got)
		}
	}
}

func TestAHostnameHasNoPort(t *testing.T) {
	for host, want := range map[string]string{
		"": "", "shop.example": "shop.example", "shop.example:8080": "shop.example", "LOCALHOST:8080": "LOCALHOST",
		"127.0.0.1:8080": "127.0.0.1", "[::1]:8080": "::1", "[::1]": "::1",
	} {
		if got := Hostname(host); got != want {
			t.Errorf("Hostname(%q) is %q, want %q", host, got, want)
		}
	}
}

func TestAskingARequestDoesNotAllocate(t *testing.T) {
	req := request(http.MethodGet, "X-Forwarded-Proto", "https", "Sec-Fetch-Site", "same-origin")
	if n := testing.AllocsPerRun(100, func() { IsRead(req); IsHTTPS(req); CookiesWithheld(req) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
