// Package browser visits the recipes as a browser does: over HTTPS, with a cookie jar.
package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/logintest"
)

// Browser is one visitor of one site.
type Browser struct {
	// Header goes with every request.
	Header http.Header

	t      testing.TB
	site   *url.URL
	client *http.Client
}

// Open serves handler, until the test ends, for a browser without cookies.
func Open(t testing.TB, handler http.Handler) *Browser {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	site, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return (&Browser{t: t, site: site, client: server.Client()}).Another()
}

// OpenAs is Open for a browser in which u is logged in.
func OpenAs(t testing.TB, router *gin.Engine, u ginlogin.User, opts ...ginlogin.LoginOption) *Browser {
	t.Helper()
	client, address := logintest.Client(t, router, u, opts...)
	site, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	b := (&Browser{t: t, site: site, client: client}).Another()
	b.client.Jar = client.Jar
	return b
}

// Another returns a browser without cookies for the same site.
func (b *Browser) Another() *Browser {
	jar, _ := cookiejar.New(nil) // it never fails without options
	client := *b.client
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{t: b.t, site: b.site, client: &client, Header: http.Header{}}
}

// At returns the same browser on another host of the site, which is example.com or a subdomain.
func (b *Browser) At(host string) *Browser {
	at := *b
	at.site = &url.URL{Scheme: "https", Host: host}
	return &at
}

// Get returns the status of a page with its text, or with where it redirects to.
func (b *Browser) Get(path string) string {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// Post sends a form of names and values.
func (b *Browser) Post(path string, form ...string) string {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return b.do(http.MethodPost, path, values)
}

func (b *Browser) do(method, path string, form url.Values) string {
	b.t.Helper()
	req, err := http.NewRequest(method, b.site.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = b.Header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	text := string(body)
	if location := res.Header.Get("Location"); location != "" {
		text = location
	}
	return strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", text))
}

// Client returns what sends the browser's requests, with its cookies, for what Get and Post cannot do.
func (b *Browser) Client() *http.Client { return b.client }

// URL returns the address of a path on the site.
func (b *Browser) URL(path string) string { return b.site.String() + path }

// Want fails the test if got is something else.
func (b *Browser) Want(got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("got %q, want %q", got, want)
	}
}

// Cookie returns the value of a cookie, "" without it.
func (b *Browser) Cookie(name string) string {
	for _, cookie := range b.client.Jar.Cookies(b.site) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie puts a cookie into the jar, or with "" takes it out.
func (b *Browser) SetCookie(name, value string) {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/", Secure: true}
	if value == "" {
		cookie.MaxAge = -1
	}
	b.client.Jar.SetCookies(b.site, []*http.Cookie{cookie})
}
