// Package streams has a WebSocket and server-sent events that end within a second of the login.
package streams

import (
	"context"
	"iter"
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
	ID, Name, Email, PasswordHash string
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
		for range time.Tick(askEvery) {
			// An error is an outage and no logout: the stream goes on, and asks again.
			if still, err := ginlogin.StillLoggedIn(login); login.Err() != nil || err == nil && !still {
				return
			}
		}
	}()
	return login, end
}

// feed yields what a user is to read until ctx ends: here the time. Yours comes from a queue.
var feed = func(ctx context.Context, account *Account) iter.Seq[string] {
	return func(yield func(string) bool) {
		for ctx.Err() == nil && yield(time.Now().Format(time.TimeOnly)) {
			time.Sleep(askEvery)
		}
	}
}

// socket sends the feed over a WebSocket. Accept refuses pages of other sites, which could open a socket with
// the user's cookies.
func socket(c *gin.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		return // it has answered
	}
	defer conn.CloseNow()
	account, _ := ginlogin.UserAs[*Account](c)
	ctx, stop := whileLoggedIn(conn.CloseRead(ginlogin.Context(c)))
	defer stop()
	for message := range feed(ctx, account) {
		if conn.Write(ctx, websocket.MessageText, []byte(message)) != nil {
			break
		}
	}
	if ctx.Err() != nil { // otherwise the browser is gone
		_ = conn.Close(websocket.StatusPolicyViolation, "logged out")
	}
}

// events sends the feed as server-sent events.
func events(c *gin.Context) {
	account, _ := ginlogin.UserAs[*Account](c)
	ctx, stop := whileLoggedIn(ginlogin.Context(c))
	defer stop()
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}) // a WriteTimeout is for pages
	c.SSEvent("hello", account.Name)
	c.Writer.Flush()
	for message := range feed(ctx, account) {
		c.SSEvent("message", message)
		c.Writer.Flush()
	}
	c.SSEvent("logout", "logged out") // for the page to say so
}

// Site is an app with both. Without logins a logout would leave no trace that a stream could see.
func Site(find func(context.Context, string) (*Account, error), logins ginlogin.LoginStore, key []byte) *gin.Engine {
	lm := ginlogin.New(find)
	lm.LoginView = "/login"
	lm.Logins = logins

	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(cookiestore.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	r.GET("/events", ginlogin.LoginRequired(), events)
	r.GET("/socket", ginlogin.LoginRequired(), socket)
	r.POST("/logout", ginlogin.LogoutTo("/"))
	r.POST("/devices/end", ginlogin.LoginRequired(), func(c *gin.Context) {
		if err := ginlogin.EndLogin(c, c.PostForm("id")); err != nil {
			c.String(http.StatusConflict, err.Error())
		}
	})
	return r
}
