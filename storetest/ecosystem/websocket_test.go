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

func talking(t *testing.T, front ...gin.HandlerFunc) *site {
	t.Helper()
	engine := newEngine(append(front, known()...)...)
	pages(engine)
	engine.GET("/talk", ginlogin.LoginRequired(), talk)
	return serve(t, engine)
}

// dial opens a WebSocket as a page of that origin does.
func (b *browser) dial(ctx context.Context, origin string) (*websocket.Conn, response, error) {
	header := http.Header{"Origin": {origin}, "Sec-Fetch-Mode": {"websocket"}, "User-Agent": {"test browser"}}
	conn, res, err := websocket.Dial(ctx, strings.Replace(b.s.URL, "https:", "wss:", 1)+"/talk",
		&websocket.DialOptions{HTTPClient: &b.Client, HTTPHeader: header})
	if res == nil {
		res = &http.Response{Header: http.Header{}}
	}
	return conn, response{Response: res}, err
}

func TestAWebSocketKnowsItsUser(t *testing.T) {
	for name, front := range map[string][]gin.HandlerFunc{
		"alone": nil, "behind gzip and requestid": {requestid.New(), gzip.Gzip(gzip.DefaultCompression)},
	} {
		t.Run(name, func(t *testing.T) {
			s := talking(t, front...)
			b := s.loggedIn("ada")
			b.forget("session")
			conn, res, err := b.dial(t.Context(), s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
			wants(t, "status", res.StatusCode, http.StatusSwitchingProtocols)
			wants(t, "cookies of the restored login", res.setsCookies(), "session "+remember)
			for _, word := range []string{"hello", "again"} {
				if err := conn.Write(t.Context(), websocket.MessageText, []byte(word)); err != nil {
					t.Fatal(err)
				}
				_, message, err := conn.Read(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				wants(t, "answer", string(message), "ada: "+word)
			}
			wants(t, "a page beside it", b.do("GET", "/guarded").body, "Hi ada")
		})
	}
}

func TestAWebSocketOfNobodyIsRefusedWith401(t *testing.T) {
	s := talking(t)
	_, res, err := s.browser().dial(t.Context(), s.URL)
	if err == nil {
		t.Fatal("the WebSocket is open")
	}
	wants(t, "status", res.StatusCode, http.StatusUnauthorized)
}

// Guards do not look at the origin: a page of another site may try with the
// user's cookies, where these are not SameSite. The library refuses it.
func TestAWebSocketFromAnotherSiteIsRefused(t *testing.T) {
	s := talking(t)
	_, res, err := s.loggedIn("ada").dial(t.Context(), "https://evil.example")
	if err == nil {
		t.Fatal("the WebSocket is open")
	}
	wants(t, "status", res.StatusCode, http.StatusForbidden)
}
