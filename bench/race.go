package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// A race has several sites answer the same kind of request in turn, in batches so
// short that the drift of the machine hits all alike: run one after another, two
// identical entrants have differed by 80 %.
type race struct {
	title    string
	entrants []*entrant
}

// An entrant is a site that answers one kind of request again and again.
type entrant struct {
	site         *site
	method, path string
	cookies      func() (string, error) // of the request; nil: none
	oneUse       bool                   // each request needs cookies of its own
	status       int                    // of the answer
	body         string
	processors   int  // 0 is 1
	waits        bool // for a server: measured by the wall clock

	header http.Header
	lanes  []*lane
	size   int       // requests of each lane in a batch
	took   []float64 // nanoseconds for each request, by batch
	wall   []float64 // the same by the wall clock
	allocs float64   // for each request
	bytes  float64
}

// spent is what a batch has taken.
type spent struct{ processor, wall time.Duration }

func (e *entrant) duration(s spent) time.Duration {
	if e.waits {
		return s.wall
	}
	return s.processor
}

func (e *entrant) name() string { return e.site.name }
func (e *entrant) ns() float64  { return median(e.took) }

// entrant returns the entrant of that site, or nil.
func (r *race) entrant(site string) *entrant {
	for _, e := range r.entrants {
		if e.name() == site {
			return e
		}
	}
	return nil
}

func (r *race) run(rounds int, batch time.Duration) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, e := range r.entrants {
		if err := e.prepare(batch); err != nil {
			return err
		}
	}
	order := slices.Clone(r.entrants)
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		// The garbage of one may be collected while the next one runs, and collections
		// come at about every fourth batch: in any order that repeats itself they would
		// hit the same entrants again and again.
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, e := range order {
			took, err := e.batch(e.size)
			if err != nil {
				return err
			}
			n := float64(e.size * e.lanesUsed())
			e.took = append(e.took, float64(e.duration(took))/n)
			e.wall = append(e.wall, float64(took.wall)/n)
		}
	}
	return nil
}

func (e *entrant) lanesUsed() int { return max(e.processors, 1) }

// prepare sees to it that the answer is right, counts allocations, and finds out how
// many requests make a batch.
func (e *entrant) prepare(batch time.Duration) error {
	if e.processors > 1 {
		batch *= 5 // the second processor takes a moment to come
	}
	e.header = browserHeader()
	if err := e.refill(1); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return err
	}
	for range e.lanesUsed() {
		e.lanes = append(e.lanes, newLane(e))
	}
	if _, err := e.batch(20); err != nil { // pools and caches are filled
		return err
	}
	if err := e.countAllocs(); err != nil {
		return err
	}
	return e.fit(batch)
}

// fit finds out how many requests take as long as a batch shall. Of some attempts the
// fastest counts: a collection, or another program on the machine, would make the
// batches of one entrant shorter than those of the others, and each begins with cold caches.
func (e *entrant) fit(batch time.Duration) error {
	const attempts = 5
	for e.size = 1; ; e.size *= 2 {
		fastest := time.Duration(math.MaxInt64)
		for range attempts {
			all, err := e.batch(e.size)
			if err != nil {
				return err
			}
			fastest = min(fastest, e.duration(all))
			if fastest < batch/2 {
				break
			}
		}
		if fastest >= batch/2 {
			e.size = max(1, int(float64(e.size)*float64(batch)/float64(fastest)))
			return nil
		}
	}
}

// refill gets cookies for n requests.
func (e *entrant) refill(n int) error {
	if e.cookies == nil {
		return nil
	}
	if !e.oneUse {
		n = 1
		if e.header["Cookie"] != nil {
			return nil
		}
	}
	lines := make([]string, n)
	for i := range lines {
		line, err := e.cookies()
		if err != nil {
			return err
		}
		lines[i] = line
	}
	e.header["Cookie"] = lines[:1:1]
	for i, l := range e.lanes {
		l.cookies = lines[i*n/len(e.lanes) : (i+1)*n/len(e.lanes)]
	}
	return nil
}

// check compares one answer with what is expected.
func (e *entrant) check() error {
	w := httptest.NewRecorder()
	r := newRequest(e.method, e.path, "")
	r.Header = e.header
	e.site.handler.ServeHTTP(w, r)
	if w.Code != e.status || w.Body.String() != e.body {
		return fmt.Errorf("%s: %s %s is answered %d %q instead of %d %q", e.name(), e.method, e.path, w.Code, w.Body, e.status, e.body)
	}
	return nil
}

// batch has every lane answer n requests, all lanes at once.
func (e *entrant) batch(n int) (spent, error) {
	if e.oneUse {
		if err := e.refill(n * len(e.lanes)); err != nil {
			return spent{}, err
		}
		runtime.GC() // what the logins have left is not for the logouts to clear away
	}
	if runtime.GOMAXPROCS(0) != e.lanesUsed() {
		runtime.GOMAXPROCS(e.lanesUsed())
	}
	wall, processor := time.Now(), processorTime()
	e.serve(n)
	took := spent{processorTime() - processor, time.Since(wall)}
	for _, l := range e.lanes {
		if l.w.status != e.status {
			return spent{}, fmt.Errorf("%s: %s %s is answered %d instead of %d", e.name(), e.method, e.path, l.w.status, e.status)
		}
	}
	return took, nil
}

func (e *entrant) serve(n int) {
	if len(e.lanes) == 1 {
		e.lanes[0].serve(n)
		return
	}
	var group sync.WaitGroup
	for _, l := range e.lanes {
		group.Go(func() { l.serve(n) })
	}
	group.Wait()
}

func (e *entrant) countAllocs() error {
	const n = 100
	var before, after runtime.MemStats
	if e.oneUse {
		if err := e.refill(n); err != nil {
			return err
		}
	}
	runtime.ReadMemStats(&before)
	e.lanes[0].serve(n)
	runtime.ReadMemStats(&after)
	e.allocs = float64(after.Mallocs-before.Mallocs) / n
	e.bytes = float64(after.TotalAlloc-before.TotalAlloc) / n
	return nil
}

// A lane is where one goroutine serves.
type lane struct {
	e                 *entrant
	template, request *http.Request
	cookies           []string
	w                 *response
}

func newLane(e *entrant) *lane {
	l := &lane{e: e, template: newRequest(e.method, e.path, ""), request: new(http.Request), w: &response{header: http.Header{}}}
	l.template.Header = e.header
	if e.oneUse {
		l.template.Header = e.header.Clone()
	}
	return l
}

// serve answers n requests. The request is made anew for each: gorilla's registry
// leaves its session in the old one, and would find it there.
func (l *lane) serve(n int) {
	handler := l.e.site.handler
	for i := range n {
		*l.request = *l.template
		if l.e.oneUse {
			l.request.Header["Cookie"][0] = l.cookies[i]
		}
		clear(l.w.header)
		l.w.status = http.StatusOK
		handler.ServeHTTP(l.w, l.request)
	}
}

// A response keeps only its status.
type response struct {
	header http.Header
	status int
}

func (r *response) Header() http.Header               { return r.header }
func (r *response) Write(p []byte) (int, error)       { return len(p), nil }
func (r *response) WriteString(s string) (int, error) { return len(s), nil }
func (r *response) WriteHeader(status int)            { r.status = status }

// newRequest returns a request as net/http's server gives it to a handler, over TLS.
func newRequest(method, path, cookies string) *http.Request {
	address := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}
	ctx := context.WithValue(context.Background(), http.LocalAddrContextKey, net.Addr(address))
	r := (&http.Request{
		Method: method, URL: &url.URL{Path: path}, RequestURI: path,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: browserHeader(), Host: "www.example.com", RemoteAddr: "203.0.113.7:51234",
		Body: http.NoBody, TLS: &tls.ConnectionState{HandshakeComplete: true},
	}).WithContext(ctx)
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return r
}

// tampered returns cookies in which one character of each value has been changed.
func tampered(cookies string) string {
	pairs := strings.Split(cookies, "; ")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		at := len(value) / 2
		other := byte('A')
		if value[at] == other {
			other = 'B'
		}
		pairs[i] = name + "=" + value[:at] + string(other) + value[at+1:]
	}
	return strings.Join(pairs, "; ")
}
