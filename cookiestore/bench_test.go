package cookiestore

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/securecookie"
	gorilla "github.com/gorilla/sessions"
)

// stockStore is gin-contrib's cookie store, signed, without the limit of 4096 bytes that keeps it from 3000 bytes of session.
type stockStore struct{ *gorilla.CookieStore }

func (s stockStore) Options(o sessions.Options) { s.CookieStore.Options = o.ToGorillaOptions() }

func newStockStore() stockStore {
	s := stockStore{gorilla.NewCookieStore(testKey)}
	for _, codec := range s.Codecs {
		codec.(*securecookie.SecureCookie).MaxLength(0)
	}
	return s
}

// A rival answers the same request with another middleware.
type rival struct {
	name   string
	engine *gin.Engine
	header http.Header // the request's
	took   []float64   // nanoseconds for each request, by batch
}

// rivals are gin-contrib's store, ours in gin-contrib's middleware, and ours in our own, with the same handler and session.
func rivals(tb testing.TB, values map[any]any, handler gin.HandlerFunc) []*rival {
	ours, stock := NewStore(testKey), newStockStore()
	rivals := []*rival{
		{name: "stock", engine: benchEngine(sessions.Sessions("session", stock), handler)},
		{name: "store", engine: benchEngine(sessions.Sessions("session", ours), handler)},
		{name: "ours", engine: benchEngine(Sessions("session", ours), handler)},
	}
	old, err := securecookie.EncodeMulti("session", values, stock.Codecs...)
	if err != nil {
		tb.Fatal(err)
	}
	fresh := issueAnySize(tb, ours, values)
	for i, value := range []string{old, fresh, fresh} {
		rivals[i].header = http.Header{"Cookie": {"_ga=GA1.1.1234567890.1234567890; session=" + value}}
	}
	return rivals
}

func issueAnySize(tb testing.TB, s *Store, values map[any]any) string {
	plain, err := appendValues(s.appendTimes(nil, defaults()), values)
	if err != nil {
		tb.Fatal(err)
	}
	return encoding.EncodeToString(s.ring.seal(nil, plain, s.ring.additionalData(nil, "session")))
}

func benchEngine(use, handler gin.HandlerFunc) *gin.Engine {
	engine := gin.New()
	engine.GET("/", use, handler)
	return engine
}

// A discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// serve answers one request. The request is made anew, for gorilla's registry leaves its session in the old one.
func (r *rival) serve(w *discard, req, template *http.Request) {
	*req = *template
	req.Header = r.header
	clear(w.header)
	r.engine.ServeHTTP(w, req)
}

// race serves the rivals in turn, in batches so short that the drift of the machine hits all alike, and reports medians: the
// nanoseconds of our middleware, how many times the others take, and allocations.
func race(b *testing.B, rivals []*rival) {
	const batch = 50
	template := httptest.NewRequest(http.MethodGet, "/", nil)
	req, w := new(http.Request), &discard{http.Header{}}
	for b.Loop() {
		for _, r := range rivals {
			start := time.Now()
			for range batch {
				r.serve(w, req, template)
			}
			r.took = append(r.took, float64(time.Since(start))/batch)
		}
	}
	ours := rivals[len(rivals)-1]
	for _, r := range rivals {
		b.ReportMetric(testing.AllocsPerRun(100, func() { r.serve(w, req, template) }), r.name+"-allocs")
		if r != ours {
			b.ReportMetric(median(r.took)/median(ours.took), r.name+"/ours")
		}
	}
	b.ReportMetric(median(ours.took), "ours-ns")
	b.ReportMetric(0, "ns/op") // of a round, and so of nobody
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func readName(c *gin.Context) {
	if sessions.Default(c).Get("name") == nil {
		panic("no session")
	}
}

func BenchmarkUntouched(b *testing.B) {
	race(b, rivals(b, map[any]any{"name": "ada"}, func(*gin.Context) {}))
}

func BenchmarkAnonymous(b *testing.B) {
	rivals := rivals(b, nil, func(c *gin.Context) { sessions.Default(c).Get("name") })
	for _, r := range rivals {
		r.header = http.Header{"Cookie": {"_ga=GA1.1.1234567890.1234567890; theme=dark"}}
	}
	race(b, rivals)
}

func BenchmarkReadOneKeyAmong(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { race(b, rivals(b, manyKeys(n), readName)) })
	}
}

func BenchmarkReadAllKeysOf(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		values := manyKeys(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			race(b, rivals(b, values, func(c *gin.Context) {
				s := sessions.Default(c)
				for k := range values {
					s.Get(k)
				}
			}))
		})
	}
}

func manyKeys(n int) map[any]any {
	values := map[any]any{"name": "ada lovelace, 1815"}
	for i := 1; i < n; i++ {
		values[fmt.Sprintf("key%d", i)] = i * 1000
	}
	return values
}

func BenchmarkReadBeside(b *testing.B) {
	for _, size := range []int{0, 512, 3000} {
		b.Run(fmt.Sprintf("%dBytes", size), func(b *testing.B) {
			race(b, rivals(b, map[any]any{"name": "ada", "data": strings.Repeat("x", size)}, readName))
		})
	}
}

func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			race(b, rivals(b, manyKeys(n), func(c *gin.Context) {
				s := sessions.Default(c)
				s.Set("name", "bob")
				if err := s.Save(); err != nil {
					b.Error(err)
				}
			}))
		})
	}
}

// BenchmarkTampered leaves out gin-contrib's line in the log for the stock store, which is a good part of its cost.
func BenchmarkTampered(b *testing.B) {
	for name, spoil := range map[string]func(string) string{
		"LastBit": func(line string) string { return line[:len(line)-5] + "AAAAA" },
		"Salt": func(line string) string {
			i := strings.Index(line, "session=") + 15
			return line[:i] + "AAAA" + line[i+4:]
		},
		"Rubbish": func(string) string { return "session=rubbish" },
	} {
		b.Run(name, func(b *testing.B) {
			rivals := rivals(b, map[any]any{"name": "ada"}, func(c *gin.Context) {})
			for _, r := range rivals {
				r.header["Cookie"][0] = spoil(r.header["Cookie"][0])
			}
			ours, stock := NewStore(testKey), newStockStore()
			rivals[0].engine = benchEngine(func(c *gin.Context) { stock.Get(c.Request, "session") }, func(*gin.Context) {})
			rivals[1].engine = benchEngine(func(c *gin.Context) { ours.Get(c.Request, "session") }, func(*gin.Context) {})
			rivals[2].engine = benchEngine(Sessions("session", ours), func(c *gin.Context) { sessions.Default(c).Get("name") })
			race(b, rivals)
		})
	}
}

// BenchmarkLimit races a cookie check written by hand for speed, that carries an ID and a time and nothing else. It is not to be
// beaten, for it does less: no encryption, no map of values, no session to write to.
func BenchmarkLimit(b *testing.B) {
	users := map[string]string{"1815": "ada"}
	ours := rivals(b, map[any]any{"name": "1815"}, func(c *gin.Context) {
		id, _ := sessions.Default(c).Get("name").(string)
		user, ok := users[id]
		if !ok {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", user)
	})[2]
	check := newHandWritten(testKey)
	limit := &rival{name: "limit", engine: gin.New()}
	limit.engine.GET("/", func(c *gin.Context) {
		id, ok := check.id(c.Request)
		user, known := users[id]
		if !ok || !known {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		c.Set("user", user)
		c.Next()
	}, func(*gin.Context) {})
	limit.header = http.Header{"Cookie": {"_ga=GA1.1.1234567890.1234567890; auth=" + check.cookie("1815")}}
	race(b, []*rival{limit, ours})
}

type handWritten struct {
	pool sync.Pool
}

type macState struct {
	hash hash.Hash
	buf  [256]byte
	sum  [sha256.Size]byte
}

func newHandWritten(key []byte) *handWritten {
	return &handWritten{pool: sync.Pool{New: func() any { return &macState{hash: hmac.New(sha256.New, key)} }}}
}

func (h *handWritten) cookie(id string) string {
	text := strconv.FormatInt(time.Now().Unix(), 10) + "|" + id
	m := h.pool.Get().(*macState)
	m.hash.Reset()
	m.hash.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(append(m.hash.Sum(nil), text...))
}

func (h *handWritten) id(r *http.Request) (string, bool) {
	scan := scanCookies(r, "auth")
	value, ok := scan.next()
	m := h.pool.Get().(*macState)
	defer h.pool.Put(m)
	if !ok || len(value) > len(m.buf) {
		return "", false
	}
	raw := m.buf[:]
	n, err := base64.RawURLEncoding.Decode(raw, []byte(value))
	if err != nil || n < sha256.Size+11 {
		return "", false
	}
	m.hash.Reset()
	m.hash.Write(raw[sha256.Size:n])
	if !hmac.Equal(raw[:sha256.Size], m.hash.Sum(m.sum[:0])) {
		return "", false
	}
	text := string(raw[sha256.Size:n])
	stamp, id, _ := strings.Cut(text, "|")
	issued, err := strconv.ParseInt(stamp, 10, 64)
	return id, err == nil && math.Abs(float64(time.Now().Unix()-issued)) < defaultLifetime
}
