package streams

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/recipes/internal/browser"
	"github.com/ginlogin/ginlogin/loginmem"
)

func init() { gin.SetMode(gin.TestMode) }

var ada = &Account{ID: "1", Name: "Ada"}

func find(_ context.Context, id string) (*Account, error) {
	if id != ada.ID {
		return nil, ginlogin.ErrUserNotFound
	}
	return ada, nil
}

// fallible is a login store that can fail. Each failure is noted.
type fallible struct {
	ginlogin.LoginStore
	down   atomic.Bool
	failed chan struct{}
}

func (s *fallible) FindLogin(ctx context.Context, id string) (ginlogin.StoredLogin, error) {
	if s.down.Load() {
		select {
		case s.failed <- struct{}{}:
		default:
		}
		return ginlogin.StoredLogin{}, errors.New("the database is down")
	}
	return s.LoginStore.FindLogin(ctx, id)
}

// app is the site with what the tests do to it.
type app struct {
	*testing.T
	ctx    context.Context // ends before the test hangs
	router *gin.Engine
	logins *fallible
	feed   chan string
}

func newApp(t *testing.T) *app {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	a := &app{T: t, ctx: ctx, logins: &fallible{LoginStore: loginmem.New(), failed: make(chan struct{}, 1)}, feed: make(chan string)}
	a.router = Site(find, a.logins, []byte("a secret key of thirty-two bytes"))
	before := feed
	feed = a.read
	t.Cleanup(func() { feed = before })
	return a
}

func (a *app) read(ctx context.Context, _ *Account) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case message := <-a.feed:
				if !yield(message) {
					return
				}
			}
		}
	}
}

// logIn returns a browser in which Ada is logged in, and the ID of that login.
func (a *app) logIn() (*browser.Browser, string) {
	a.Helper()
	b := browser.OpenAs(a.T, a.router, ada)
	logins, err := a.logins.ListLogins(a.ctx, ada.ID, 2)
	if err != nil || len(logins) != 1 {
		a.Fatalf("%v, %v", logins, err)
	}
	return b, logins[0].ID
}

// A stream is read until it ends: next returns a message, or "" and how it ended.
type stream func() (message, end string)

// openSocket opens a WebSocket as a page of that origin does.
func (a *app) openSocket(b *browser.Browser, origin string) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(a.ctx, b.URL("/socket"), &websocket.DialOptions{
		HTTPClient: b.Client(), HTTPHeader: http.Header{"Origin": {origin}},
	})
}

func (a *app) socket(b *browser.Browser) stream {
	a.Helper()
	conn, _, err := a.openSocket(b, b.URL(""))
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { conn.CloseNow() })
	return func() (message, end string) {
		_, text, err := conn.Read(a.ctx)
		if err == nil {
			return string(text), ""
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) {
			a.Fatal(err)
		}
		return "", closed.Reason
	}
}

func (a *app) events(b *browser.Browser) stream {
	a.Helper()
	req, err := http.NewRequestWithContext(a.ctx, "GET", b.URL("/events"), nil)
	if err != nil {
		a.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := b.Client().Do(req)
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return func() (message, end string) {
		event := ""
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event:"); ok {
				event = name
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok && event == "message" {
				return data, ""
			}
		}
		if event == "logout" {
			return "", "logged out"
		}
		return "", "cut off"
	}
}

// expect fails the test unless the next message is that one.
func (a *app) expect(next stream, want string) {
	a.Helper()
	select {
	case a.feed <- want:
	case <-a.ctx.Done():
		a.Fatal("the stream takes no message")
	}
	if message, end := next(); message != want {
		a.Fatalf("got %q, and the end %q; want %q", message, end, want)
	}
}

// expectEnd fails the test unless the stream ends now, within a second.
func (a *app) expectEnd(next stream) {
	a.Helper()
	start := time.Now()
	if message, end := next(); end != "logged out" {
		a.Errorf("got %q, and the end %q", message, end)
	}
	if took := time.Since(start); took > time.Second {
		a.Errorf("it ended after %v", took)
	}
}

// both runs a test for each kind of stream.
func both(t *testing.T, test func(a *app, open func(*browser.Browser) stream)) {
	t.Run("WebSocket", func(t *testing.T) { a := newApp(t); test(a, a.socket) })
	t.Run("server-sent events", func(t *testing.T) { a := newApp(t); test(a, a.events) })
}

func TestALogoutInAnotherRequestEndsTheStream(t *testing.T) {
	both(t, func(a *app, open func(*browser.Browser) stream) {
		b, _ := a.logIn()
		next := open(b)
		a.expect(next, "news")
		b.Want(b.Post("/logout"), "303 /")
		a.expectEnd(next)
		b.Want(b.Get("/events"), "302 /login?next=%2Fevents")
	})
}

func TestAnotherDeviceEndsTheStream(t *testing.T) {
	both(t, func(a *app, open func(*browser.Browser) stream) {
		b, id := a.logIn()
		next := open(b)
		a.expect(next, "news")
		other := browser.OpenAs(a.T, a.router, ada)
		other.Want(other.Post("/devices/end", "id", id), "200")
		a.expectEnd(next)
	})
}

func TestAnOutageDoesNotEndTheStreamAndALogoutAfterItDoes(t *testing.T) {
	both(t, func(a *app, open func(*browser.Browser) stream) {
		b, _ := a.logIn()
		next := open(b)
		a.expect(next, "news")
		a.logins.down.Store(true)
		select {
		case <-a.logins.failed: // the stream has asked
		case <-a.ctx.Done():
			a.Fatal("the stream does not ask")
		}
		a.expect(next, "news during the outage")
		a.logins.down.Store(false)
		a.expect(next, "news after it")
		b.Want(b.Post("/logout"), "303 /")
		a.expectEnd(next)
	})
}

func TestAStrangerAndAPageOfAnotherSiteGetNoSocket(t *testing.T) {
	a := newApp(t)
	b, _ := a.logIn()
	for name, test := range map[string]struct {
		browser *browser.Browser
		origin  string
		want    int
	}{
		"a stranger":             {b.Another(), b.URL(""), http.StatusUnauthorized},
		"a page of another site": {b, "https://evil.example", http.StatusForbidden},
	} {
		_, res, err := a.openSocket(test.browser, test.origin)
		if err == nil || res == nil || res.StatusCode != test.want {
			t.Errorf("%s is answered %v, %v", name, res, err)
		}
	}
}

func TestTheFeedOfTheRecipeEndsWithItsContext(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	for range feed(ctx, ada) {
		end()
	}
	if ctx.Err() == nil {
		t.Error("the feed has ended before")
	}
}
