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
)

// longer than any request here takes.
const ample = time.Minute

func TestTimeoutInFrontKeepsLogins(t *testing.T) {
	s := behind(t, timeout.New(timeout.WithTimeout(ample)))
	s.keepsLogins()
	s.tellsUsersApart()
}

// Timeout gives the handlers behind it a header of their own, and sets each line
// of it in place of those from in front.
func TestTimeoutBehindAGuardLosesTheGuardsCookies(t *testing.T) {
	own := func(c *gin.Context) { c.SetCookie("own", "value", 0, "/", "", true, true); greet(c) }
	engine := newEngine(known()...)
	pages(engine)
	engine.GET("/own", ginlogin.LoginRequired(), own)
	engine.GET("/timed", ginlogin.LoginRequired(), timeout.New(timeout.WithTimeout(ample)), own)
	s := serve(t, engine)

	restored := func(path string) string {
		b := s.loggedIn("ada")
		b.forget("session")
		return b.do("GET", path).setsCookies()
	}
	wants(t, "cookies without a timeout", restored("/own"), "session "+remember+" own")
	wants(t, "cookies with one", restored("/timed"), "own")
}

// Nothing is streamed through Timeout: the first flush sends the header from in
// front of it.
func TestAStreamBehindTimeoutLosesItsCookies(t *testing.T) {
	engine := newEngine(append([]gin.HandlerFunc{timeout.New(timeout.WithTimeout(ample))}, known()...)...)
	pages(engine)
	engine.GET("/events", ginlogin.LoginRequired(), func(c *gin.Context) {
		c.SSEvent("", "Hi")
		c.Writer.Flush()
	})
	s := serve(t, engine)
	b := s.loggedIn("ada")
	b.forget("session")
	wants(t, "cookies", b.do("GET", "/events").setsCookies(), "")
}

// gzip asks the writer for its size, and Timeout's says that there is nothing yet.
func TestGzipBehindTimeoutLosesThePage(t *testing.T) {
	s := behind(t, timeout.New(timeout.WithTimeout(ample)), gzip.Gzip(gzip.DefaultCompression))
	res := s.browser().open("POST", "/login?id=ada")
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
	l.result <- ginlogin.Login(c, &account{id: "ada"}, ginlogin.Remember())
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
	engine := newEngine(known()...)
	pages(engine)
	engine.POST("/slow", timeout.New(timeout.WithTimeout(time.Millisecond), timeout.WithResponse(func(c *gin.Context) {
		<-slow.begun // Timeout itself races with a handler that begins at that moment
		c.Status(http.StatusRequestTimeout)
	})), slow.logIn)
	engine.GET("/wait", next.wait)
	s := serve(t, engine)

	// Gin's pool gives the context to whom it likes.
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		ada, bob := s.browser(), s.loggedIn("bob")
		answered := make(chan response)
		go func() { answered <- ada.do("POST", "/slow") }()
		adas := <-slow.context
		wants(t, "Ada's status", (<-answered).StatusCode, http.StatusRequestTimeout)
		go func() { answered <- bob.do("GET", "/wait") }()
		bobs := <-next.context
		slow.proceed <- struct{}{}
		known, err := <-slow.known, <-slow.result
		next.proceed <- struct{}{}
		res := <-answered
		if adas != bobs {
			wants(t, "Bob's cookies with a context of his own", res.setsCookies(), "")
			continue
		}
		wants(t, "whom the late handler knows", known, "bob")
		wants(t, "the late login", err, nil)
		wants(t, "Bob's page", bob.do("GET", "/guarded").body, "Hi ada")
		return
	}
	t.Fatal("no context was used again")
}

// http.TimeoutHandler stands before Gin: a context is given to nobody before its
// handler has ended.
func TestTimeoutHandlerKeepsLogins(t *testing.T) {
	engine := newEngine(known()...)
	pages(engine)
	s := serve(t, http.TimeoutHandler(engine, ample, ""))
	s.keepsLogins()
	s.tellsUsersApart()
}

func TestALateHandlerOfTimeoutHandlerLogsNobodyIn(t *testing.T) {
	slow, next := newLate(), newLate()
	engine := newEngine(known()...)
	pages(engine)
	engine.POST("/slow", slow.logIn)
	engine.GET("/wait", next.wait)
	impatient := http.TimeoutHandler(engine, time.Millisecond, "")
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/slow" {
			impatient.ServeHTTP(w, req)
			return
		}
		engine.ServeHTTP(w, req)
	}))

	ada, bob := s.browser(), s.browser()
	answered := make(chan response)
	go func() { answered <- ada.do("POST", "/slow") }()
	adas := <-slow.context
	res := <-answered
	wants(t, "Ada's status", res.StatusCode, http.StatusServiceUnavailable)
	wants(t, "Ada's cookies", res.setsCookies(), "")
	go func() { answered <- bob.do("GET", "/wait") }()
	bobs := <-next.context
	wants(t, "Bob has Ada's context", bobs == adas, false)
	slow.proceed <- struct{}{}
	wants(t, "whom the late handler knows", <-slow.known, "")
	if err := <-slow.result; err == nil {
		t.Error("the late login is no error, though its request is over")
	}
	next.proceed <- struct{}{}
	wants(t, "Bob's cookies", (<-answered).setsCookies(), "")
	wants(t, "Bob's status", bob.do("GET", "/guarded").StatusCode, http.StatusFound)
}
