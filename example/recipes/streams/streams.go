// Package streams has a WebSocket and server-sent events that end within a second of the login.
package streams

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// Account is a user.
type Account struct {
	ginlogin.UserMixin
	ID, Name string
}

func (a *Account) GetID() string { return a.ID }

// askEvery is how long a stream may outlive its login. Each stream asks the login store and the user loader as
// often.
const askEvery = 500 * time.Millisecond

// whileLoggedIn returns a context that ends with the login of ctx.
func whileLoggedIn(ctx context.Context) (context.Context, context.CancelFunc) {
	login, end := context.WithCancel(ctx)
	go func() {
		defer end()
		for ticker := time.Tick(askEvery); ; {
			select {
			case <-login.Done():
				return
			case <-ticker:
			}
			// An error is an outage and no logout: the stream goes on, and asks again.
			if still, err := ginlogin.StillLoggedIn(login); err == nil && !still {
				return
			}
		}
	}()
	return login, end
}

// Feed returns what a user is to read. It ends with ctx.
type Feed func(ctx context.Context, account *Account) <-chan string

// socket sends the feed over a WebSocket. Accept refuses pages of other sites, which could open a socket with
// the user's cookies.
func (feed Feed) socket(c *gin.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow()
	account, _ := ginlogin.UserAs[*Account](c)
	ctx, stop := whileLoggedIn(conn.CloseRead(ginlogin.Context(c)))
	defer stop()
	for messages := feed(ctx, account); ; {
		select {
		case <-ctx.Done():
			_ = conn.Close(websocket.StatusPolicyViolation, "logged out")
			return
		case message := <-messages:
			if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil && ctx.Err() == nil {
				return // the browser is gone
			}
		}
	}
}

// events sends the feed as server-sent events.
func (feed Feed) events(c *gin.Context) {
	account, _ := ginlogin.UserAs[*Account](c)
	ctx, stop := whileLoggedIn(ginlogin.Context(c))
	defer stop()
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}) // a WriteTimeout is for pages
	c.SSEvent("hello", account.Name)
	c.Writer.Flush()
	for messages := feed(ctx, account); ; c.Writer.Flush() {
		select {
		case <-ctx.Done():
			c.SSEvent("logout", "logged out") // for the page to say so
			return
		case message := <-messages:
			c.SSEvent("message", message)
		}
	}
}

// Site is an app with both. Without logins a logout would leave no trace that a stream could see.
func Site(find func(context.Context, string) (*Account, error), logins ginlogin.LoginStore, feed Feed, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"
	lm.Logins = logins

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/events", ginlogin.LoginRequired(), feed.events)
	r.GET("/socket", ginlogin.LoginRequired(), feed.socket)
	r.POST("/logout", ginlogin.LogoutTo("/"))
	r.POST("/devices/end", ginlogin.LoginRequired(), func(c *gin.Context) {
		if err := ginlogin.EndLogin(c, c.PostForm("id")); err != nil {
			c.String(http.StatusConflict, err.Error())
		}
	})
	return r
}
