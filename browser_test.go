package ginlogin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
)

// browser is a visitor with cookies.
type browser struct {
	*http.Client
	s     *site
	agent string
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client := *s.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{Client: &client, s: s, agent: "test browser"}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

// setCookie returns the cookie of that name that the answer sets, and fails the
// test if it sets two.
func (b *browser) setCookie(rep reply, name string) *http.Cookie {
	b.s.t.Helper()
	var found *http.Cookie
	for _, c := range rep.Cookies() {
		if c.Name == name {
			if found != nil {
				b.s.t.Errorf("two Set-Cookie lines of %s: %q", name, rep.Header["Set-Cookie"])
			}
			found = c
		}
	}
	return found
}

func (b *browser) do(method, path string, header ...string) reply {
	b.s.t.Helper()
	req, err := http.NewRequest(method, b.s.URL+path, nil)
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header.Set("User-Agent", b.agent)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.Do(req)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return reply{res, string(body)}
}

// get and post return status and body, as "200 ok".
func (b *browser) get(path string, header ...string) string {
	b.s.t.Helper()
	rep := b.do("GET", path, header...)
	return fmt.Sprintf("%d %s", rep.StatusCode, rep.body)
}

func (b *browser) post(path string, header ...string) string {
	b.s.t.Helper()
	rep := b.do("POST", path, header...)
	return fmt.Sprintf("%d %s", rep.StatusCode, rep.body)
}

// direct gets a page without a network in between.
func (b *browser) direct(path string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", b.s.URL+path, nil)
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set("User-Agent", b.agent)
	for _, c := range b.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.s.engine.ServeHTTP(w, req)
	return w
}

// cookie returns a cookie's value in the jar.
func (b *browser) cookie(name string) string {
	b.s.t.Helper()
	u, _ := url.Parse(b.s.URL)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// put puts a cookie into the jar; "" removes it.
func (b *browser) put(name, value string) {
	u, _ := url.Parse(b.s.URL)
	c := &http.Cookie{Name: name, Value: value, Path: "/", Secure: true}
	if value == "" {
		c.MaxAge = -1
	}
	b.Jar.SetCookies(u, []*http.Cookie{c})
}
