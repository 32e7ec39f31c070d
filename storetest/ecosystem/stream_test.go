package ecosystem

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// streaming adds a guarded stream of events: each names the user, and waits for
// the test to ask for it.
func streaming(engine *gin.Engine) (next chan struct{}) {
	next = make(chan struct{})
	engine.GET("/events", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.Stream(func(io.Writer) bool {
			_, more := <-next
			if more {
				c.SSEvent("", ginlogin.CurrentUser(c).GetID())
			}
			return more
		})
	})
	return next
}

// event reads the next event.
func event(t *testing.T, events *bufio.Reader) string {
	t.Helper()
	for {
		line, err := events.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data:"); ok {
			return data
		}
	}
}

func TestEventsArriveAsTheyAreSentWithTheCookiesInFront(t *testing.T) {
	for name, front := range map[string][]gin.HandlerFunc{
		"alone": nil, "behind gzip": {gzip.Gzip(gzip.DefaultCompression)},
	} {
		t.Run(name, func(t *testing.T) {
			engine := newEngine(append(front, known()...)...)
			pages(engine)
			next := streaming(engine)
			s := serve(t, engine)
			b := s.loggedIn("ada")
			b.forget("session")
			go func() { next <- struct{}{} }()
			res := b.open("GET", "/events")
			defer res.Body.Close()
			wants(t, "type", strings.HasPrefix(res.header("Content-Type"), "text/event-stream"), true)
			wants(t, "cookies of the restored login", res.setsCookies(), "session "+remember)
			wants(t, "Cache-Control", res.header("Cache-Control"), "private, no-store")
			events := bufio.NewReader(res.Body)
			wants(t, "first event", event(t, events), "ada")
			next <- struct{}{}
			wants(t, "second event", event(t, events), "ada")
			close(next)
			wants(t, "a page after it", b.do("GET", "/guarded").body, "Hi ada")
		})
	}
}

// An EventSource cannot show a login page.
func TestAnEventSourceIsRefusedWith401(t *testing.T) {
	engine := newEngine(known()...)
	streaming(engine)
	res := serve(t, engine).browser().do("GET", "/events", "Accept", "text/event-stream", "Sec-Fetch-Mode", "cors")
	wants(t, "status", res.StatusCode, http.StatusUnauthorized)
}

// A user is found once for a request, and a stream is one request: whoever sends
// for hours has to end the stream from time to time.
func TestAStreamOutlivesTheLogout(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	next := streaming(engine)
	s := serve(t, engine)
	b := s.loggedIn("ada")
	go func() { next <- struct{}{} }()
	res := b.open("GET", "/events")
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	wants(t, "before the logout", event(t, events), "ada")
	wants(t, "the logout", b.do("POST", "/logout").body, "done")
	next <- struct{}{}
	wants(t, "after it", event(t, events), "ada")
	close(next)
	wants(t, "the next stream", b.do("GET", "/events", "Sec-Fetch-Mode", "cors").StatusCode, http.StatusUnauthorized)
}

func TestAStreamThatHasBegunLogsNobodyInOrOut(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	engine.POST("/late", func(c *gin.Context) {
		c.Writer.WriteString("begun ")
		c.Writer.Flush()
		for _, err := range []error{ginlogin.Login(c, &account{id: "eve"}), ginlogin.Logout(c)} {
			if !errors.Is(err, ginlogin.ErrHeadersWritten) {
				c.Writer.WriteString("no refusal: ")
			}
		}
		c.Writer.WriteString(ginlogin.CurrentUser(c).GetID())
	})
	b := serve(t, engine).loggedIn("ada")
	res := b.do("POST", "/late")
	wants(t, "body", res.body, "begun ada")
	wants(t, "cookies", res.setsCookies(), "")
	wants(t, "the next page", b.do("GET", "/guarded").body, "Hi ada")
}
