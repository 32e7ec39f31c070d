package sitetest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// testAddress is the header by which a visitor says where the request comes from.
const testAddress = "Test-Address"

// visitor is a browser to the extent that the tests need one: it keeps cookies. It follows no
// redirects, so that the tests see them.
type Visitor struct {
	T         *testing.T
	URL       string
	Client    *http.Client
	UserAgent string // "" is that of net/http
	Address   string // "" is 127.0.0.1
}

// newVisitor visits the site at address; transport, unless nil, knows how to get there.
func NewVisitor(t *testing.T, address string, transport http.RoundTripper) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Visitor{T: t, URL: address, Client: &http.Client{
		Transport:     transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// another is a visitor to the same site with a browser of their own.
func (v *Visitor) Another() *Visitor {
	v.T.Helper()
	return NewVisitor(v.T, v.URL, v.Client.Transport)
}

// moveTo sends the visitor to another instance of the site.
func (v *Visitor) MoveTo(s *Site) *Visitor {
	v.T.Helper()
	server := httptest.NewTLSServer(withTestAddress(s.Handler()))
	v.T.Cleanup(server.Close)
	cookies := v.Client.Jar.Cookies(v.Site())
	v.URL, v.Client.Transport = server.URL, server.Client().Transport
	v.Client.Jar.SetCookies(v.Site(), cookies)
	return v
}

// thief is another visitor, with a copy of the cookies.
func (v *Visitor) Thief() *Visitor {
	v.T.Helper()
	other := v.Another()
	other.Client.Jar.SetCookies(v.Site(), v.Client.Jar.Cookies(v.Site()))
	return other
}

func (v *Visitor) Get(path string, header ...string) *Page {
	v.T.Helper()
	return v.Send(http.MethodGet, path, "", header)
}

// post sends a form of the fields, each "name=value".
func (v *Visitor) Post(path string, fields ...string) *Page {
	v.T.Helper()
	return v.Send(http.MethodPost, path, Encode(fields), nil)
}

func Encode(fields []string) string {
	form := url.Values{}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		form.Add(name, value)
	}
	return form.Encode()
}

// send sends a request with the headers, each "Name: value".
func (v *Visitor) Send(method, path, body string, header []string) *Page {
	v.T.Helper()
	req, err := http.NewRequestWithContext(v.T.Context(), method, v.URL+path, strings.NewReader(body))
	if err != nil {
		v.T.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.UserAgent != "" {
		req.Header.Set("User-Agent", v.UserAgent)
	}
	if v.Address != "" {
		req.Header.Set(testAddress, v.Address)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := v.Client.Do(req)
	if err != nil {
		v.T.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	return &Page{resp, v.T, method + " " + path, string(text), html.UnescapeString(string(text))}
}

// follow opens the page that p redirects to.
func (v *Visitor) Follow(p *Page) *Page {
	v.T.Helper()
	return v.Get(p.Header.Get("Location"))
}

// logIn logs Ada in.
func (v *Visitor) LogIn(fields ...string) {
	v.T.Helper()
	v.Post("/login", append([]string{"email=" + AdaEmail, "password=" + AdaPassword}, fields...)...).LeadsTo("/")
}

// knownAs fails the test unless the home page greets name; "" is nobody.
func (v *Visitor) KnownAs(name string) {
	v.T.Helper()
	if name == "" {
		v.Get("/").Is(http.StatusOK).Says("You are not logged in")
		return
	}
	v.Get("/").Is(http.StatusOK).Says("Hello, " + name)
}

// cookie returns the value of the visitor's cookie, or "".
func (v *Visitor) Cookie(name string) string {
	for _, c := range v.Client.Jar.Cookies(v.Site()) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (v *Visitor) DropCookie(name string) {
	v.Client.Jar.SetCookies(v.Site(), []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}

// closeBrowser drops what a browser forgets when it is closed.
func (v *Visitor) CloseBrowser() { v.DropCookie("session") }

// Site is where the visitor is.
func (v *Visitor) Site() *url.URL {
	u, err := url.Parse(v.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	return u
}

// page is an answer.
type Page struct {
	*http.Response
	T    *testing.T
	Name string
	HTML string
	Text string // html with &amp; and the like as people read them
}

func (p *Page) Is(status int) *Page {
	p.T.Helper()
	if p.StatusCode != status {
		p.T.Fatalf("%s: status %d, want %d:\n%s", p.Name, p.StatusCode, status, p.Text)
	}
	return p
}

func (p *Page) Says(texts ...string) *Page {
	p.T.Helper()
	for _, text := range texts {
		if !strings.Contains(p.Text, text) {
			p.T.Errorf("%s does not say %q:\n%s", p.Name, text, p.Text)
		}
	}
	return p
}

func (p *Page) SaysNot(texts ...string) *Page {
	p.T.Helper()
	for _, text := range texts {
		if strings.Contains(p.Text, text) {
			p.T.Errorf("%s says %q:\n%s", p.Name, text, p.Text)
		}
	}
	return p
}

func (p *Page) LeadsTo(location string) *Page {
	p.T.Helper()
	if p.StatusCode != http.StatusSeeOther && p.StatusCode != http.StatusFound {
		p.T.Fatalf("%s: status %d, want a redirect:\n%s", p.Name, p.StatusCode, p.Text)
	}
	if got := p.Header.Get("Location"); got != location {
		p.T.Fatalf("%s leads to %q, want %q", p.Name, got, location)
	}
	return p
}

// setsCookie returns the cookie of that name that the answer sets, and fails the test unless there is
// exactly one.
func (p *Page) SetsCookie(name string) *http.Cookie {
	p.T.Helper()
	var found []*http.Cookie
	for _, c := range p.Cookies() {
		if c.Name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		p.T.Fatalf("%s sets %d cookies %q, want one: %q", p.Name, len(found), name, p.Header["Set-Cookie"])
	}
	return found[0]
}

func (p *Page) SetsNoCookie(name string) *Page {
	p.T.Helper()
	for _, c := range p.Cookies() {
		if c.Name == name {
			p.T.Errorf("%s sets the cookie %q", p.Name, c)
		}
	}
	return p
}
