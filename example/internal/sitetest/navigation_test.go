package sitetest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// What a browser asks for on behalf of a page, all of it behind the login, leaves nothing for the login
// page. What its visitor asks for does.
func TestBrowserAsksForMoreThanItsVisitor(t *testing.T) {
	site := watchInBrowser(t)
	b := site.Launch()
	b.Open("/")
	b.Heading("Welcome")

	for _, row := range []struct {
		path, what string
		header     map[string]string // what Chromium says; "" is a header that it does not send
	}{
		{"/mine/icon.png", "the favicon", map[string]string{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}},
		{"/mine/fetched", "fetch", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}},
		{"/mine/prefetched", "a prefetch by speculation rules", map[string]string{
			"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"}},
		{"/mine/prerendered", "a prerender by speculation rules", map[string]string{
			"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"}},
		{"/mine/events", "an EventSource", map[string]string{"Sec-Fetch-Mode": "cors", "Accept": "text/event-stream"}},
		{"/mine/socket", "a WebSocket", map[string]string{
			"Upgrade": "websocket", "Accept": "", "Sec-Fetch-Mode": "", "Sec-Fetch-Dest": ""}},
		{"/mine/file", "a link with the attribute download", map[string]string{
			"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "empty", "Accept": ""}},
	} {
		seen := site.wait(row.path)
		for name, want := range row.header {
			if got := seen.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", row.what, name, got, want)
			}
		}
		seen.isRefused(t, row.what)
	}
	if names := b.CookieNames(); names != "" {
		t.Errorf("they left the cookies %q", names)
	}

	// The visitor follows the links, and is sent to log in: the browser has kept none of the answers.
	for _, link := range []string{"prefetched", "prerendered"} {
		b.Open("/")
		b.Click("#" + link)
		b.Heading("Log in")
		b.Sees("flashes", "Please log in to access this page.")
		b.Sees("next", "/mine/"+link)
		site.wait("/mine/"+link).isRedirected(t, "a link that was "+link)
	}
}

// A service worker that passes the visitor's navigations on hides that they are for a document.
func TestBrowserNavigatesThroughAServiceWorker(t *testing.T) {
	site := watchInBrowser(t)
	b := site.Launch()
	b.Open("/worker")
	b.Heading("A worker is in control")
	b.Open("/mine/page")
	b.Heading("Log in")
	b.Sees("flashes", "Please log in to access this page.")
	b.Sees("next", "/mine/page")
	seen := site.wait("/mine/page")
	if mode, dest := seen.header.Get("Sec-Fetch-Mode"), seen.header.Get("Sec-Fetch-Dest"); mode != "navigate" || dest != "empty" {
		t.Errorf("Sec-Fetch-Mode is %q and Sec-Fetch-Dest %q, want navigate and empty", mode, dest)
	}
	seen.isRedirected(t, "a navigation through a service worker")
}

// An exchange is a request and what was answered.
type exchange struct {
	header, answer http.Header
	status         int
}

// isRefused checks that the answer is a 401 that leaves nothing and is kept nowhere.
func (e exchange) isRefused(t *testing.T, what string) {
	t.Helper()
	got := fmt.Sprint(e.status, e.answer["Location"], e.answer["Set-Cookie"], e.answer["Cache-Control"], e.answer["Vary"])
	if want := "401 [] [] [private, no-store] [Cookie]"; got != want {
		t.Errorf("%s is answered %s, want %s", what, got, want)
	}
	if got := e.answer.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("%s is answered with a body of type %q", what, got)
	}
}

func (e exchange) isRedirected(t *testing.T, what string) {
	t.Helper()
	got := fmt.Sprint(e.status, e.answer["Location"], e.answer["Cache-Control"], e.answer["Vary"])
	if want := "302 [/login] [private, no-store] [Cookie]"; got != want {
		t.Errorf("%s is answered %s, want %s", what, got, want)
	}
}

// A watchedSite is a site whose pages may run scripts, as the example's may not. It notes what it is asked.
type watchedSite struct {
	*BrowserSite
	mu   sync.Mutex
	seen map[string]exchange // the last one, by path
	news chan struct{}
}

const watchedPage = `<!doctype html><title>Welcome</title><link rel="icon" href="/mine/icon.png"><h1>Welcome</h1>
<script type="speculationrules">{
	"prefetch": [{"urls": ["/mine/prefetched"], "eagerness": "immediate"}],
	"prerender": [{"urls": ["/mine/prerendered"], "eagerness": "immediate"}]
}</script>
<a id="prefetched" href="/mine/prefetched">one</a> <a id="prerendered" href="/mine/prerendered">two</a>
<a id="file" href="/mine/file" download>three</a>
<script>
fetch("/mine/fetched");
new EventSource("/mine/events");
new WebSocket("ws://" + location.host + "/mine/socket");
document.getElementById("file").click();
</script>`

const workerPage = `<!doctype html><title>Worker</title><h1></h1>
<script>
navigator.serviceWorker.oncontrollerchange = () => document.querySelector("h1").textContent = "A worker is in control";
navigator.serviceWorker.register("/worker.js");
</script>`

const workerScript = `
self.onactivate = event => event.waitUntil(clients.claim());
self.onfetch = event => event.respondWith(fetch(event.request));`

// watchInBrowser serves a watched site to a browser, which is missing in no run of CI.
func watchInBrowser(t *testing.T) *watchedSite {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: drives a browser")
	}
	program := findChromium()
	switch {
	case program == "" && os.Getenv("CI") == "true":
		t.Fatal("no Chromium or Chrome found")
	case program == "":
		t.Skip("no Chromium or Chrome found: install one to run the browser tests")
	}
	s := &watchedSite{seen: map[string]exchange{}, news: make(chan struct{}, 1)}
	server := httptest.NewServer(s.pages())
	t.Cleanup(server.Close)
	s.BrowserSite = (&BrowserSite{t: t, program: program, URL: server.URL}).Another()
	return s
}

func (s *watchedSite) pages() http.Handler {
	lm := ginlogin.New(func(context.Context, string) (ginlogin.User, error) { return nil, nil })
	lm.SecretKeys = [][]byte{[]byte("a secret key of thirty-two bytes")}
	lm.LoginView = "/login"
	lm.UseSessionForNext = true

	store := cookiestore.NewStore(lm.SecretKeys[0])
	r := gin.New()
	r.Use(s.watch, cookiestore.Sessions("session", store), lm.Middleware())
	html := func(path, page string) {
		r.GET(path, func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte(page)) })
	}
	html("/", watchedPage)
	html("/worker", workerPage)
	r.GET("/worker.js", func(c *gin.Context) { c.Data(http.StatusOK, "text/javascript", []byte(workerScript)) })
	r.GET("/login", func(c *gin.Context) {
		next := ginlogin.NextURL(c, "none")
		flashes, err := ginlogin.Flashes(c)
		page := fmt.Sprintf(`<!doctype html><link rel="icon" href="/mine/icon.png"><h1>Log in</h1><p id="flashes">%v %v<p id="next">%s`, flashes, err, next)
		c.Data(http.StatusOK, "text/html", []byte(page))
	})
	r.GET("/mine/*path", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, "mine") })
	return r
}

// watch notes what is asked and answered.
func (s *watchedSite) watch(c *gin.Context) {
	header := c.Request.Header.Clone()
	c.Next()
	s.mu.Lock()
	s.seen[c.Request.URL.Path] = exchange{header, c.Writer.Header().Clone(), c.Writer.Status()}
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default: // there are some already
	}
}

// wait returns the last request for the path, and waits for the first.
func (s *watchedSite) wait(path string) exchange {
	s.t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		seen, ok := s.seen[path]
		s.mu.Unlock()
		if ok {
			return seen
		}
		select {
		case <-s.news:
		case <-late:
			s.t.Fatalf("the browser does not ask for %s", path)
		}
	}
}
