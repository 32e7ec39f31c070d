package site

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
)

// A Browser is a visitor with cookies.
type Browser struct {
	http.Client
	Site *Site
}

// Browser returns a visitor without cookies.
func (s *Site) Browser() *Browser {
	b := &Browser{Client: *s.Client(), Site: s}
	b.Jar, _ = cookiejar.New(nil) // it never fails without options
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// A Response has been read to its end by Do.
type Response struct {
	*http.Response
	Text string
}

// Do sends a request with header lines, name and value in turn. It fails the test
// if that does not work or if the response sets a cookie twice.
func (b *Browser) Do(method, path string, header ...string) Response {
	b.Site.T.Helper()
	res := b.Open(method, path, header...)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Site.T.Errorf("%s %s: %v", method, path, err)
	}
	res.Text = string(text)
	return res
}

// Open is Do without reading the body.
func (b *Browser) Open(method, path string, header ...string) Response {
	t := b.Site.T
	t.Helper()
	none := Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}
	req, err := http.NewRequestWithContext(t.Context(), method, b.Site.URL+b.Site.Path+path, nil)
	if err != nil {
		t.Error(err)
		return none
	}
	req.Header.Set("User-Agent", "test browser")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.Client.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return none
	}
	seen := map[[3]string]bool{} // a browser keeps one for each name, Domain and Path
	for _, c := range res.Cookies() {
		cookie := [3]string{c.Name, c.Domain, c.Path}
		if seen[cookie] {
			t.Errorf("%s %s sets a cookie twice: %q", method, path, res.Header["Set-Cookie"])
		}
		seen[cookie] = true
	}
	return Response{Response: res}
}

// Lines returns all header lines of that name.
func (r Response) Lines(name string) string { return strings.Join(r.Header[name], ", ") }

// Sets returns the names of the cookies that are set, in their order, each once: what
// deletes a cookie of the same name with another Path goes with it.
func (r Response) Sets() string {
	var names []string
	for _, c := range r.Cookies() {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

// Varies reports whether Vary names that header.
func (r Response) Varies(name string) bool {
	for field := range strings.SplitSeq(r.Lines("Vary"), ",") {
		if strings.EqualFold(strings.TrimSpace(field), name) {
			return true
		}
	}
	return false
}

// Cookies returns the cookies that the browser sends to the app.
func (b *Browser) Cookies() []*http.Cookie { return b.Jar.Cookies(b.root()) }

// Cookie returns the value of a cookie, or "".
func (b *Browser) Cookie(name string) string {
	for _, c := range b.Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// Put puts a cookie of the app into the browser; "" removes it.
func (b *Browser) Put(name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", Secure: true}
	if b.Site.Path != "" {
		c.Path = b.Site.Path
	}
	if value == "" {
		c.MaxAge = -1
	}
	b.Jar.SetCookies(b.root(), []*http.Cookie{c})
}

func (b *Browser) root() *url.URL {
	u, err := url.Parse(b.Site.URL + b.Site.Path + "/")
	if err != nil {
		b.Site.T.Fatal(err)
	}
	return u
}
