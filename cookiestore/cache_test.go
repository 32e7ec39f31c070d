package cookiestore

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

func set(session sessions.Session)   { session.Set("name", "ada") }
func read(session sessions.Session)  { session.Get("name") }
func touch(session sessions.Session) { session.ID() }

// A page uses the session and then answers in one of the ways of a handler.
var answers = map[string]func(c *gin.Context){
	"a text":      func(c *gin.Context) { c.String(http.StatusOK, "text") },
	"JSON":        func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{}) },
	"a status":    func(c *gin.Context) { c.Status(http.StatusNoContent) },
	"nothing":     func(*gin.Context) {},
	"a redirect":  func(c *gin.Context) { c.Redirect(http.StatusFound, "/") },
	"an abortion": func(c *gin.Context) { c.AbortWithStatus(http.StatusTeapot) },
	"a stream":    func(c *gin.Context) { c.Writer.Flush() },
	"bytes":       func(c *gin.Context) { c.Writer.Write([]byte("bytes")) },
	"a string":    func(c *gin.Context) { c.Writer.WriteString("string") },
	"net/http":    func(c *gin.Context) { http.Error(c.Writer, "no", http.StatusTeapot) },
	"a file":      func(c *gin.Context) { http.ServeFile(c.Writer, c.Request, "cache.go") },
	"a panic":     func(*gin.Context) { panic("in the handler") },
}

func answer(t *testing.T, use gin.HandlerFunc, handlers ...gin.HandlerFunc) http.Header {
	t.Helper()
	recovery := gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) })
	s := newSite(t, recovery, use)
	s.engine.GET("/", handlers...)
	res, _ := s.get("/")
	return res.Header
}

func TestAResponseVariesIfTheSessionWasRead(t *testing.T) {
	for name, reply := range answers {
		t.Run(name, func(t *testing.T) {
			for what, row := range map[string]struct {
				use  func(sessions.Session)
				want string
			}{"read": {read, "Cookie"}, "changed": {set, "Cookie"}, "untouched": {touch, ""}} {
				h := answer(t, Sessions("session", NewStore(testKey)), func(c *gin.Context) {
					row.use(sessions.Default(c))
					reply(c)
				})
				if got := h.Get("Vary"); got != row.want || h.Get("Cache-Control") != "" {
					t.Errorf("%s: Vary %q, Cache-Control %q", what, got, h.Get("Cache-Control"))
				}
			}
		})
	}
}

func TestAResponseWithASessionInItIsNotStored(t *testing.T) {
	for name, reply := range answers {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				h := answer(t, use("session", NewStore(testKey)), func(c *gin.Context) {
					session := sessions.Default(c)
					set(session)
					if err := session.Save(); err != nil {
						t.Error(err)
					}
					reply(c)
				})
				if h.Get("Vary") != "Cookie" || h.Get("Cache-Control") != "private, no-store" {
					t.Errorf("got %v", h)
				}
			})
		})
	}
}

func TestTheResponseToADeletionIsNotStored(t *testing.T) {
	eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
		h := answer(t, use("session", NewStore(testKey)), func(c *gin.Context) {
			session := sessions.Default(c)
			set(session)
			session.Options(sessions.Options{MaxAge: -1})
			if err := session.Save(); err != nil {
				t.Error(err)
			}
		})
		if h.Get("Cache-Control") != "private, no-store" {
			t.Errorf("got %v", h)
		}
	})
}

func TestASaveThatSendsNothingForbidsNothing(t *testing.T) {
	for name, row := range map[string]struct {
		change func(sessions.Session)
		vary   string // with our middleware
	}{
		"without a change":         {touch, ""},
		"of an empty session":      {func(s sessions.Session) { s.Delete("name") }, "Cookie"},
		"of a value too large":     {func(s sessions.Session) { s.Set("a", make([]byte, maxCookie)) }, "Cookie"},
		"of options that are none": {func(s sessions.Session) { set(s); s.Options(sessions.Options{Path: "/;"}) }, "Cookie"},
	} {
		t.Run(name, func(t *testing.T) {
			eachMiddleware(t, func(t *testing.T, use func(string, *Store) gin.HandlerFunc) {
				ours := false
				h := answer(t, use("session", NewStore(testKey)), func(c *gin.Context) {
					session := sessions.Default(c)
					_, ours = session.(*Session)
					row.change(session)
					session.Save()
				})
				want := ""
				if ours {
					want = row.vary
				}
				if h.Get("Cache-Control") != "" || h.Get("Vary") != want || len(h["Set-Cookie"]) > 0 {
					t.Errorf("got %v", h)
				}
			})
		})
	}
}

func TestTheAppsOwnHeadersStay(t *testing.T) {
	for name, row := range map[string]struct {
		before, after func(h http.Header)
		cache, vary   string
	}{
		"set before": {func(h http.Header) { h.Set("Cache-Control", "public, max-age=60"); h.Set("Vary", "Origin") }, func(http.Header) {},
			"public, max-age=60", `["Origin" "Cookie"]`},
		"set afterwards": {func(http.Header) {}, func(h http.Header) { h.Set("Cache-Control", "no-cache"); h.Add("Vary", "Origin") },
			"no-cache", `["Cookie" "Origin"]`},
		"replaced afterwards": {func(http.Header) {}, func(h http.Header) { h.Set("Vary", "Origin") },
			"private, no-store", `["Origin" "Cookie"]`},
		"naming Cookie": {func(h http.Header) { h.Set("Vary", "cookie, Origin") }, func(http.Header) {},
			"private, no-store", `["cookie, Origin"]`},
	} {
		t.Run(name, func(t *testing.T) {
			h := answer(t, Sessions("session", NewStore(testKey)), func(c *gin.Context) {
				row.before(c.Writer.Header())
				session := sessions.Default(c)
				set(session)
				if err := session.Save(); err != nil {
					t.Error(err)
				}
				row.after(c.Writer.Header())
			})
			if got := quoted(h["Vary"]); got != row.vary || h.Get("Cache-Control") != row.cache {
				t.Errorf("Vary %s, Cache-Control %q", got, h.Get("Cache-Control"))
			}
		})
	}
}

func quoted(lines []string) string {
	text := ""
	for _, line := range lines {
		text += " " + strconv.Quote(line)
	}
	return "[" + text[min(1, len(text)):] + "]"
}

// Two responses share the lines that they are marked with.
func TestTheHeadersOfOneResponseDoNotReachAnother(t *testing.T) {
	use := Sessions("session", NewStore(testKey))
	save := func(c *gin.Context) { session := sessions.Default(c); set(session); session.Save() }
	answer(t, use, save, func(c *gin.Context) {
		c.Writer.Header().Add("Cache-Control", "no-cache")
		c.Writer.Header().Add("Vary", "Origin")
	})
	if h := answer(t, use, save); quoted(h["Vary"]) != `["Cookie"]` || quoted(h["Cache-Control"]) != `["private, no-store"]` {
		t.Errorf("got %v", h)
	}
}

func TestAReadAfterTheHeadersChangesNoHeader(t *testing.T) {
	h := answer(t, Sessions("session", NewStore(testKey)), func(c *gin.Context) {
		c.Writer.Flush()
		read(sessions.Default(c))
		c.String(http.StatusOK, "text")
		if c.Writer.Header().Get("Vary") != "" {
			t.Error("a header that cannot be sent any more was set")
		}
	})
	if h.Get("Vary") != "" {
		t.Errorf("got %v", h)
	}
}

// The race detector, or Go's own check of concurrent map writes, fails this test if a read sets a header.
func TestAGoroutineMayReadTheSessionWhileTheHandlerSetsHeaders(t *testing.T) {
	inRequest(t, NewStore(testKey), map[any]any{"name": "ada"}, func(c *gin.Context, s *Session) {
		var wg sync.WaitGroup
		wg.Go(func() {
			if s.Get("name") != "ada" {
				t.Error("the goroutine reads nothing")
			}
		})
		for i := range 100 {
			c.Header("X-Header-"+strconv.Itoa(i), "x")
		}
		wg.Wait()
	})
}

func TestTheResponseCanStillDoWhatTheServersCan(t *testing.T) {
	s := newSite(t, Sessions("session", NewStore(testKey)))
	s.on("/", func(c *gin.Context, session sessions.Session) string {
		control := http.NewResponseController(c.Writer)
		if err := control.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			return err.Error()
		}
		return "extended"
	})
	s.wants("/", "extended")
}

func TestAHijackedResponseIsLeftAlone(t *testing.T) {
	engine := gin.New()
	engine.Use(Sessions("session", NewStore(testKey)))
	engine.GET("/", func(c *gin.Context) {
		read(sessions.Default(c))
		conn, _, err := c.Writer.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nhijacked"))
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Vary") != "" {
		t.Errorf("got %v", res)
	}
}
