package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// A site is the same small app, whose users are known by one library or another.
//
//	GET  /open     asks for nobody
//	GET  /private  for users only; anybody else is answered 401
//	POST /login    logs Ada in, without asking for a password, which costs all the same
//	POST /remember logs her in for longer than the browser runs
//	POST /logout   logs her out
type site struct {
	name    string
	handler http.Handler
	keeps   bool // sessions on the server: after a logout the cookie is worth nothing
}

// account is a user. It knows nothing of the libraries but ginlogin's interface.
type account struct {
	ginlogin.UserMixin
	ID, Name string
}

func (a *account) GetID() string { return a.ID }

var (
	ada   = &account{ID: "1815", Name: "Ada Lovelace"}
	users = map[string]*account{"1815": ada, "1906": {ID: "1906", Name: "Grace Hopper"}}
)

const (
	greeting = "Hello, Ada!"
	noted    = "noted"
	cookie   = "session" // where every library keeps what it knows
)

// secret is no secret: it is here for everybody to read.
var secret = []byte("bench: 32 bytes of no secrecy at all")[:32]

// greet is the handler of /private: it is given the user that its library found.
func greet(c *gin.Context, u *account) {
	if u == nil || u.ID != ada.ID {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	answer(c, greeting)
}

// answer writes as directly as Gin can: what all entrants have in common would make
// them look alike.
func answer(c *gin.Context, body string) {
	_, _ = c.Writer.WriteString(body)
}

// done answers a login or logout.
func done(c *gin.Context, err error) {
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	answer(c, noted)
}

func newEngine() *gin.Engine {
	engine := gin.New()
	if err := engine.SetTrustedProxies(nil); err != nil {
		panic(err)
	}
	engine.GET("/open", func(c *gin.Context) { answer(c, greeting) })
	return engine
}

// content is what a session holds beside the login.
type content struct {
	bytes int // in one value
	keys  int // further keys, each with a number
}

func (fill content) into(set func(key string, value any)) {
	if fill.bytes > 0 {
		set("data", strings.Repeat("cart ", fill.bytes/5+1)[:fill.bytes])
	}
	for i := range fill.keys {
		set(fmt.Sprint("key", i), i*1000)
	}
}

// browserHeader is what Chrome sends with a navigation, without cookies.
func browserHeader() http.Header {
	return http.Header{
		"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"},
		"Accept-Language":           {"en-GB,en;q=0.9"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"same-origin"},
		"Upgrade-Insecure-Requests": {"1"},
	}
}

// cookiesAfter returns the Cookie header of a browser after that request.
func (s *site) cookiesAfter(method, path string) (string, error) {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, newRequest(method, path, ""))
	if w.Code != http.StatusOK || w.Body.String() != noted {
		return "", fmt.Errorf("%s: %s %s is answered %d %q", s.name, method, path, w.Code, w.Body)
	}
	jar := map[string]string{}
	for _, c := range w.Result().Cookies() {
		jar[c.Name] = c.Name + "=" + c.Value
	}
	if len(jar) == 0 {
		return "", fmt.Errorf("%s: %s %s sets no cookie", s.name, method, path)
	}
	return strings.Join(slices.Sorted(maps.Values(jar)), "; "), nil
}
