package ecosystem

import (
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/gin-contrib/gzip"
	"github.com/gin-contrib/timeout"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

// longer than any request here takes.
const ample = time.Minute

func TestTimeoutInFrontKeepsLogins(t *testing.T) {
	s := behind(t, timeout.New(timeout.WithTimeout(ample)))
	keepsLogins(s)
	tellsUsersApart(s)
}

// Timeout gives the handlers behind it a header of their own, and sets each line
// of it in place of those from in front.
func TestTimeoutBehindAGuardLosesTheGuardsCookies(t *testing.T) {
	own := func(c *gin.Context) { c.SetCookie("own", "value", 0, "/", "", true, true); greet(c) }
	engine := site.Engine(known()...)
	pages(engine)
	engine.GET("/own", ginlogin.LoginRequired(), own)
	engine.GET("/timed", ginlogin.LoginRequired(), timeout.New(timeout.WithTimeout(ample)), own)
	s := site.Serve(t, engine)

	restored := func(path string) string {
		b := loggedIn(s, "ada")
		b.Put("session", "")
		return b.Do("GET", path).Sets()
	}
	site.Wants(t, "cookies without a timeout", restored("/own"), "session "+remember+" own")
	site.Wants(t, "cookies with one", restored("/timed"), "own")
}

// Nothing is streamed through Timeout: the first flush sends the header from in
// front of it.
func TestAStreamBehindTimeoutLosesItsCookies(t *testing.T) {
	engine := site.Engine(append([]gin.HandlerFunc{timeout.New(timeout.WithTimeout(ample))}, known()...)...)
	pages(engine)
	engine.GET("/events", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.SSEvent("", "Hi")
		c.Writer.Flush()
	})
	s := site.Serve(t, engine)
	b := loggedIn(s, "ada")
	b.Put("session", "")
	site.Wants(t, "cookies", b.Do("GET", "/events").Sets(), "")
}

// gzip asks the writer for its size, and Timeout's says that there is nothing yet.
func TestGzipBehindTimeoutLosesThePage(t *testing.T) {
	s := behind(t, timeout.New(timeout.WithTimeout(ample)), gzip.Gzip(gzip.DefaultCompression))
	res := s.Browser().Open("POST", "/login?id=ada")
	defer res.Body.Close()
	if page, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("the page is %q, want it cut", page)
	}
}

// A late handler is one that its visitor has not waited for.
type late struct {
	begun   chan struct{}
	context chan *gin.Context // of its request
	proceed chan struct{}
	known   chan string // who the late handler thinks it is
	result  chan error
}

func newLate() *late {
	return &late{make(chan struct{}, 1), make(chan *gin.Context), make(chan struct{}), make(chan string, 1), make(chan error, 1)}
}

// logIn logs Ada in once her request has been answered.
func (l *late) logIn(c *gin.Context) {
	l.begun <- struct{}{}
	l.context <- c
	<-l.proceed
	l.known <- ginlogin.CurrentUser(c).GetID()
	l.result <- ginlogin.Login(c, &site.Account{ID: "ada"}, ginlogin.Remember(true))
	// What Gin does next with a context that has changed hands is a data race.
	runtime.Goexit()
}

// wait answers another visitor when the test says so.
func (l *late) wait(c *gin.Context) {
	l.context <- c
	<-l.proceed
	c.String(http.StatusOK, "waited")
}

// A handler that Timeout does not wait for goes on with a context that Gin has
// given to the next visitor meanwhile: what it logs in is that visitor. Nothing
// in the context tells the two apart. If this fails, it has been mended, and the
// README can say so.
func TestALateHandlerOfTimeoutLogsTheNextVisitorIn(t *testing.T) {
	slow, next := newLate(), newLate()
	engine := site.Engine(known()...)
	pages(engine)
	engine.POST("/slow", timeout.New(timeout.WithTimeout(time.Millisecond), timeout.WithResponse(func(c *gin.Context) {
		<-slow.begun // Timeout itself races with a handler that begins at that moment
		c.Status(http.StatusRequestTimeout)
	})), slow.logIn)
	engine.GET("/wait", next.wait)
	s := site.Serve(t, engine)

	// Gin's pool gives the context to whom it likes.
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		ada, bob := s.Browser(), loggedIn(s, "bob")
		answered := make(chan site.Response)
		go func() { answered <- ada.Do("POST", "/slow") }()
		adas := <-slow.context
		site.Wants(t, "Ada's status", (<-answered).StatusCode, http.StatusRequestTimeout)
		go func() { answered <- bob.Do("GET", "/wait") }()
		bobs := <-next.context
		slow.proceed <- struct{}{}
		known, err := <-slow.known, <-slow.result
		next.proceed <- struct{}{}
		res := <-answered
		if adas != bobs {
			site.Wants(t, "Bob's cookies with a context of his own", res.Sets(), "")
			continue
		}
		site.Wants(t, "whom the late handler knows", known, "bob")
		site.Wants(t, "the late login", err, nil)
		site.Wants(t, "Bob's page", bob.Do("GET", "/guarded").Text, "Hi ada")
		return
	}
	t.Fatal("no context was used again")
}

// http.TimeoutHandler stands before Gin: a context is given to nobody before its
// handler has ended.
func TestTimeoutHandlerKeepsLogins(t *testing.T) {
	engine := site.Engine(known()...)
	pages(engine)
	s := site.Serve(t, http.TimeoutHandler(engine, ample, ""))
	keepsLogins(s)
	tellsUsersApart(s)
}

func TestALateHandlerOfTimeoutHandlerLogsNobodyIn(t *testing.T) {
	slow, next := newLate(), newLate()
	engine := site.Engine(known()...)
	pages(engine)
	engine.POST("/slow", slow.logIn)
	engine.GET("/wait", next.wait)
	impatient := http.TimeoutHandler(engine, time.Millisecond, "")
	s := site.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/slow" {
			impatient.ServeHTTP(w, req)
			return
		}
		engine.ServeHTTP(w, req)
	}))

	ada, bob := s.Browser(), s.Browser()
	answered := make(chan site.Response)
	go func() { answered <- ada.Do("POST", "/slow") }()
	adas := <-slow.context
	res := <-answered
	site.Wants(t, "Ada's status", res.StatusCode, http.StatusServiceUnavailable)
	site.Wants(t, "Ada's cookies", res.Sets(), "")
	go func() { answered <- bob.Do("GET", "/wait") }()
	bobs := <-next.context
	site.Wants(t, "Bob has Ada's context", bobs == adas, false)
	slow.proceed <- struct{}{}
	site.Wants(t, "whom the late handler knows", <-slow.known, "")
	if err := <-slow.result; err == nil {
		t.Error("the late login is no error, though its request has ended")
	}
	next.proceed <- struct{}{}
	site.Wants(t, "Bob's cookies", (<-answered).Sets(), "")
	site.Wants(t, "Bob's status", bob.Do("GET", "/guarded").StatusCode, http.StatusFound)
}
