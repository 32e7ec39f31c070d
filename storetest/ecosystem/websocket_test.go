package ecosystem

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/requestid"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// talk answers each message with the user's name and whether cookies can still be
// set.
func talk(c *gin.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(c.Request.Context())
		if err != nil {
			return
		}
		text := ginlogin.CurrentUser(c).GetID() + ": " + string(message)
		if err := ginlogin.Logout(c); !errors.Is(err, ginlogin.ErrHeadersWritten) {
			text = "a logout is not refused"
		}
		if conn.Write(c.Request.Context(), kind, []byte(text)) != nil {
			return
		}
	}
}

func talking(t *testing.T, front ...gin.HandlerFunc) *site.Site {
	t.Helper()
	engine := site.Engine(append(front, known()...)...)
	pages(engine)
	engine.GET("/talk", ginlogin.LoginRequired(), talk)
	return site.Serve(t, engine)
}

// dial opens a WebSocket as a page of that origin does.
func dial(ctx context.Context, b *site.Browser, origin string) (*websocket.Conn, site.Response, error) {
	header := http.Header{"Origin": {origin}, "Sec-Fetch-Mode": {"websocket"}, "User-Agent": {"test browser"}}
	conn, res, err := websocket.Dial(ctx, strings.Replace(b.Site.URL, "https:", "wss:", 1)+"/talk",
		&websocket.DialOptions{HTTPClient: &b.Client, HTTPHeader: header})
	if res == nil {
		res = &http.Response{Header: http.Header{}}
	}
	return conn, site.Response{Response: res}, err
}

func TestAWebSocketKnowsItsUser(t *testing.T) {
	for name, front := range map[string][]gin.HandlerFunc{
		"alone": nil, "behind gzip and requestid": {requestid.New(), gzip.Gzip(gzip.DefaultCompression)},
	} {
		t.Run(name, func(t *testing.T) {
			s := talking(t, front...)
			b := loggedIn(s, "ada")
			b.Put("session", "")
			conn, res, err := dial(t.Context(), b, s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			site.Wants(t, "status", res.StatusCode, http.StatusSwitchingProtocols)
			site.Wants(t, "cookies of the restored login", res.Sets(), "session "+remember)
			for _, word := range []string{"hello", "again"} {
				if err := conn.Write(t.Context(), websocket.MessageText, []byte(word)); err != nil {
					t.Fatal(err)
				}
				_, message, err := conn.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				site.Wants(t, "answer", string(message), "ada: "+word)
			}
			site.Wants(t, "a page beside it", b.Do("GET", "/guarded").Text, "Hi ada")
		})
	}
}

func TestAWebSocketOfNobodyIsRefusedWith401(t *testing.T) {
	s := talking(t)
	_, res, err := dial(t.Context(), s.Browser(), s.URL)
	if err == nil {
		t.Fatal("the WebSocket is open")
	}
	site.Wants(t, "status", res.StatusCode, http.StatusUnauthorized)
}

// Guards do not look at the origin: a page of another site may try with the
// user's cookies, where these are not SameSite. The library refuses it.
func TestAWebSocketFromAnotherSiteIsRefused(t *testing.T) {
	s := talking(t)
	_, res, err := dial(t.Context(), loggedIn(s, "ada"), "https://evil.example")
	if err == nil {
		t.Fatal("the WebSocket is open")
	}
	site.Wants(t, "status", res.StatusCode, http.StatusForbidden)
}
