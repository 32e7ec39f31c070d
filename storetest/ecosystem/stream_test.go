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
	"github.com/ginlogin/ginlogin/storetest/internal/site"
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
			engine := site.Engine(append(front, known()...)...)
			pages(engine)
			next := streaming(engine)
			s := site.Serve(t, engine)
			b := loggedIn(s, "ada")
			b.Put("session", "")
			go func() { next <- struct{}{} }()
			res := b.Open("GET", "/events")
			defer res.Body.Close()
			site.Wants(t, "type", strings.HasPrefix(res.Lines("Content-Type"), "text/event-stream"), true)
			site.Wants(t, "cookies of the restored login", res.Sets(), "session "+remember)
			site.Wants(t, "Cache-Control", res.Lines("Cache-Control"), "private, no-store")
			events := bufio.NewReader(res.Body)
			site.Wants(t, "first event", event(t, events), "ada")
			next <- struct{}{}
			site.Wants(t, "second event", event(t, events), "ada")
			close(next)
			site.Wants(t, "a page after it", b.Do("GET", "/guarded").Text, "Hi ada")
		})
	}
}

// An EventSource cannot show a login page.
func TestAnEventSourceIsRefusedWith401(t *testing.T) {
	engine := site.Engine(known()...)
	streaming(engine)
	res := site.Serve(t, engine).Browser().Do("GET", "/events", "Accept", "text/event-stream", "Sec-Fetch-Mode", "cors")
	site.Wants(t, "status", res.StatusCode, http.StatusUnauthorized)
}

// A user is found once for a request, and a stream is one request: whoever sends
// for hours has to end the stream from time to time.
func TestAStreamOutlivesTheLogout(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	next := streaming(engine)
	s := site.Serve(t, engine)
	b := loggedIn(s, "ada")
	go func() { next <- struct{}{} }()
	res := b.Open("GET", "/events")
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	site.Wants(t, "before the logout", event(t, events), "ada")
	site.Wants(t, "the logout", b.Do("POST", "/logout").Text, "done")
	next <- struct{}{}
	site.Wants(t, "after it", event(t, events), "ada")
	close(next)
	site.Wants(t, "the next stream", b.Do("GET", "/events", "Sec-Fetch-Mode", "cors").StatusCode, http.StatusUnauthorized)
}

func TestAStreamThatHasBegunLogsNobodyInOrOut(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	engine.POST("/late", func(c *gin.Context) {
		c.Writer.WriteString("begun ")
		c.Writer.Flush()
		for _, err := range []error{ginlogin.Login(c, &site.Account{ID: "eve"}), ginlogin.Logout(c)} {
			if !errors.Is(err, ginlogin.ErrHeadersWritten) {
				c.Writer.WriteString("no refusal: ")
			}
		}
		c.Writer.WriteString(ginlogin.CurrentUser(c).GetID())
	})
	b := loggedIn(site.Serve(t, engine), "ada")
	res := b.Do("POST", "/late")
	site.Wants(t, "body", res.Text, "begun ada")
	site.Wants(t, "cookies", res.Sets(), "")
	site.Wants(t, "the next page", b.Do("GET", "/guarded").Text, "Hi ada")
}
