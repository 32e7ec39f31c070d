package respond

import "testing"

func TestAPostOfAnotherSiteIsKnownByWhatTheBrowserSays(t *testing.T) {
	const own, foreign = "http://shop.example", "https://evil.example"
	for _, row := range []struct {
		name, method, forceHost string
		trusted                 []string
		header                  []string
		want                    bool
	}{
		{"a form of another site", "POST", "", nil, []string{"Sec-Fetch-Site", "cross-site", "Origin", foreign}, true},
		{"a form of our own", "POST", "", nil, []string{"Sec-Fetch-Site", "same-origin", "Origin", own}, false},
		{"a form of another host of this site", "POST", "", nil, []string{"Sec-Fetch-Site", "same-site", "Origin", foreign}, false},
		{"a form that an extension sends", "POST", "", nil, []string{"Sec-Fetch-Site", "none", "Origin", foreign}, false},
		{"Sec-Fetch-Site counts more than Origin", "POST", "", nil, []string{"Sec-Fetch-Site", "cross-site", "Origin", own}, true},
		{"Sec-Fetch-Site alone is enough", "DELETE", "", nil, []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"another origin in an old browser", "POST", "", nil, []string{"Origin", foreign}, true},
		{"our own origin in an old browser", "POST", "", nil, []string{"Origin", own}, false},
		{"our own origin in capitals", "POST", "", nil, []string{"Origin", "http://SHOP.example"}, false},
		{"our own host at another port", "POST", "", nil, []string{"Origin", "http://shop.example:8080"}, true},
		{"the forced host", "POST", "www.example", nil, []string{"Origin", "https://WWW.example"}, false},
		{"another origin beside a forced host", "POST", "www.example", nil, []string{"Origin", foreign}, true},
		{"an origin that the browser keeps to itself", "POST", "", nil, []string{"Origin", "null"}, true},
		{"an origin that does not parse", "POST", "", nil, []string{"Origin", "http://shop.example:port"}, true},
		{"an origin without a host beside no forced host", "POST", "", nil, []string{"Origin", "about:blank"}, true},
		{"a trusted origin", "POST", "", []string{"https://app.example"}, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://app.example"}, false},
		{"a trusted origin in an old browser", "POST", "", []string{"https://app.example"}, []string{"Origin", "https://app.example"}, false},
		{"a trusted origin by another scheme", "POST", "", []string{"https://app.example"}, []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://app.example"}, true},
		{"no origin beside an empty trusted one", "POST", "", []string{""}, []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"a program that sends neither header", "POST", "", nil, nil, false},
		{"a GET changes nothing", "GET", "", nil, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a HEAD changes nothing", "HEAD", "", nil, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"OPTIONS change nothing", "OPTIONS", "", nil, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a TRACE changes nothing", "TRACE", "", nil, []string{"Sec-Fetch-Site", "cross-site"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := IsCrossSite(request(row.method, row.header...), row.forceHost, row.trusted); got != row.want {
				t.Errorf("IsCrossSite is %t", got)
			}
		})
	}
}
