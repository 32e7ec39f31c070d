package main

import (
	"database/sql"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/loginsql"
	"github.com/ginlogin/ginlogin/throttle"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// newSite makes a site with an empty database.
func newSite(t *testing.T) *site {
	t.Helper()
	db, err := openDatabase(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	times, err := loadTimeouts(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return &site{
		users:         newUsers(db),
		logins:        newLogins(t, db, sqlite),
		timeouts:      times,
		now:           time.Now,
		guesses:       throttle.New(),
		keys:          [][]byte{[]byte("a secret key of thirty-two bytes")},
		secureCookies: true,
		logger:        slog.New(slog.DiscardHandler),
		audit:         slog.New(slog.DiscardHandler),
	}
}

// clock is ahead of time.Now as much as it is told.
type clock struct{ ahead atomic.Int64 }

// advance lets time pass for the logins, though not for the rest of the site.
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// runs makes the site use the clock.
func (c *clock) runs(s *site) {
	s.now = func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
}

func newLogins(t *testing.T, db *sql.DB, e *engine) *loginsql.Store {
	t.Helper()
	logins := loginsql.New(db, e.dialect)
	if err := logins.CreateSchema(t.Context()); err != nil {
		t.Error(err)
	}
	return logins
}

// exec changes the database beneath the site.
func (s *site) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.users.db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// ada has an account on every test site.
const (
	adaEmail    = "ada@example.com"
	adaPassword = "analytical engine"
)

// open serves a new site over HTTPS, with an account for Ada and a first visitor. It changes what is
// to be different first.
func open(t *testing.T, changes ...func(*site)) (*site, *visitor) {
	t.Helper()
	s := newSite(t)
	for _, change := range changes {
		change(s)
	}
	return serveSite(t, s)
}

// serveSite is open for a site that is there already.
func serveSite(t *testing.T, s *site) (*site, *visitor) {
	t.Helper()
	if _, err := s.users.Create(t.Context(), adaEmail, "Ada Lovelace", adaPassword); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(withTestAddress(s.handler()))
	t.Cleanup(server.Close)
	return s, newVisitor(t, server.URL, server.Client().Transport)
}

func withTestAddress(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if address := req.Header.Get(testAddress); address != "" {
			req.RemoteAddr = net.JoinHostPort(address, "1024")
		}
		handler.ServeHTTP(w, req)
	})
}

// testAddress is the header by which a visitor says where the request comes from.
const testAddress = "Test-Address"

// visitor is a browser to the extent that the tests need one: it keeps cookies. It follows no
// redirects, so that the tests see them.
type visitor struct {
	t         *testing.T
	url       string
	client    *http.Client
	userAgent string // "" is that of net/http
	address   string // "" is 127.0.0.1
}

// newVisitor visits the site at address; transport, unless nil, knows how to get there.
func newVisitor(t *testing.T, address string, transport http.RoundTripper) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, url: address, client: &http.Client{
		Transport:     transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// another is a visitor to the same site with a browser of their own.
func (v *visitor) another() *visitor {
	v.t.Helper()
	return newVisitor(v.t, v.url, v.client.Transport)
}

// moveTo sends the visitor to another instance of the site.
func (v *visitor) moveTo(s *site) *visitor {
	v.t.Helper()
	server := httptest.NewTLSServer(withTestAddress(s.handler()))
	v.t.Cleanup(server.Close)
	cookies := v.client.Jar.Cookies(v.site())
	v.url, v.client.Transport = server.URL, server.Client().Transport
	v.client.Jar.SetCookies(v.site(), cookies)
	return v
}

// thief is another visitor, with a copy of the cookies.
func (v *visitor) thief() *visitor {
	v.t.Helper()
	other := v.another()
	other.client.Jar.SetCookies(v.site(), v.client.Jar.Cookies(v.site()))
	return other
}

func (v *visitor) get(path string, header ...string) *page {
	v.t.Helper()
	return v.send(http.MethodGet, path, "", header)
}

// post sends a form of the fields, each "name=value".
func (v *visitor) post(path string, fields ...string) *page {
	v.t.Helper()
	return v.send(http.MethodPost, path, encode(fields), nil)
}

func encode(fields []string) string {
	form := url.Values{}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		form.Add(name, value)
	}
	return form.Encode()
}

// send sends a request with the headers, each "Name: value".
func (v *visitor) send(method, path, body string, header []string) *page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.userAgent != "" {
		req.Header.Set("User-Agent", v.userAgent)
	}
	if v.address != "" {
		req.Header.Set(testAddress, v.address)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return &page{resp, v.t, method + " " + path, string(text), html.UnescapeString(string(text))}
}

// follow opens the page that p redirects to.
func (v *visitor) follow(p *page) *page {
	v.t.Helper()
	return v.get(p.Header.Get("Location"))
}

// logIn logs Ada in.
func (v *visitor) logIn(fields ...string) {
	v.t.Helper()
	v.post("/login", append([]string{"email=" + adaEmail, "password=" + adaPassword}, fields...)...).leadsTo("/")
}

// knownAs fails the test unless the home page greets name; "" is nobody.
func (v *visitor) knownAs(name string) {
	v.t.Helper()
	if name == "" {
		v.get("/").is(http.StatusOK).says("Nobody is logged in")
		return
	}
	v.get("/").is(http.StatusOK).says("Hello, " + name)
}

// cookie returns the value of the visitor's cookie, or "".
func (v *visitor) cookie(name string) string {
	for _, c := range v.client.Jar.Cookies(v.site()) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (v *visitor) dropCookie(name string) {
	v.client.Jar.SetCookies(v.site(), []*http.Cookie{{Name: name, Path: "/", MaxAge: -1}})
}

// closeBrowser drops what a browser forgets when it is closed.
func (v *visitor) closeBrowser() { v.dropCookie("session") }

func (v *visitor) site() *url.URL {
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// page is an answer.
type page struct {
	*http.Response
	t    *testing.T
	name string
	html string
	text string // html with &amp; and the like as people read them
}

func (p *page) is(status int) *page {
	p.t.Helper()
	if p.StatusCode != status {
		p.t.Fatalf("%s: status %d, want %d:\n%s", p.name, p.StatusCode, status, p.text)
	}
	return p
}

func (p *page) says(texts ...string) *page {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			p.t.Errorf("%s does not say %q:\n%s", p.name, text, p.text)
		}
	}
	return p
}

func (p *page) saysNot(texts ...string) *page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.text, text) {
			p.t.Errorf("%s says %q:\n%s", p.name, text, p.text)
		}
	}
	return p
}

func (p *page) leadsTo(location string) *page {
	p.t.Helper()
	if p.StatusCode != http.StatusSeeOther && p.StatusCode != http.StatusFound {
		p.t.Fatalf("%s: status %d, want a redirect:\n%s", p.name, p.StatusCode, p.text)
	}
	if got := p.Header.Get("Location"); got != location {
		p.t.Fatalf("%s leads to %q, want %q", p.name, got, location)
	}
	return p
}

// setsCookie returns the cookie of that name that the answer sets, and fails the test unless there is
// exactly one.
func (p *page) setsCookie(name string) *http.Cookie {
	p.t.Helper()
	var found []*http.Cookie
	for _, c := range p.Cookies() {
		if c.Name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		p.t.Fatalf("%s sets %d cookies %q, want one: %q", p.name, len(found), name, p.Header["Set-Cookie"])
	}
	return found[0]
}

func (p *page) setsNoCookie(name string) *page {
	p.t.Helper()
	for _, c := range p.Cookies() {
		if c.Name == name {
			p.t.Errorf("%s sets the cookie %q", p.name, c)
		}
	}
	return p
}
