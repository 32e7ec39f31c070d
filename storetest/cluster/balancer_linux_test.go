package cluster

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// balancer sends each request to the next instance that is ready, or when none is, to the next one.
// What an instance did not get, or what may be asked twice, it sends to another one.
type balancer struct {
	transport *http.Transport
	stopped   chan struct{}

	mu       sync.Mutex
	backends []*backend
	turn     int
}

// backend is an instance as the balancer knows it.
type backend struct {
	host  string
	ready bool
}

// probeEvery is how often the balancer asks whether an instance is ready.
const probeEvery = 50 * time.Millisecond

func newBalancer() *balancer {
	b := &balancer{transport: &http.Transport{MaxIdleConnsPerHost: 64}, stopped: make(chan struct{})}
	go b.probe()
	return b
}

func (b *balancer) close() {
	close(b.stopped)
	b.transport.CloseIdleConnections()
}

// handler is the reverse proxy. TLS ends here: behind it everything is plain HTTP.
func (b *balancer) handler() http.Handler {
	return &httputil.ReverseProxy{
		Transport: b,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

// RoundTrip tries each instance once.
func (b *balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	err := errors.New("no instances")
	var resp *http.Response
	for _, host := range b.order() {
		there := req.Clone(req.Context())
		there.URL = &url.URL{Scheme: "http", Host: host, Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}
		if req.Body != nil {
			there.Body = io.NopCloser(req.Body) // a transport closes it, also when it could not send it
		}
		if resp, err = b.transport.RoundTrip(there); err == nil {
			return resp, nil
		}
		b.setReady(host, false)
		var dial *net.OpError
		neverSent := errors.As(err, &dial) && dial.Op == "dial"
		if !neverSent && req.Method != http.MethodGet && req.Method != http.MethodHead {
			break // it may have been done
		}
	}
	return nil, err
}

// order returns the instances, those that are ready first, each time beginning with another one.
func (b *balancer) order() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	var ready, others []string
	for i := range b.backends {
		one := b.backends[(b.turn+i)%len(b.backends)]
		if one.ready {
			ready = append(ready, one.host)
		} else {
			others = append(others, one.host)
		}
	}
	return append(ready, others...)
}

func (b *balancer) add(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = append(b.backends, &backend{host, true})
}

func (b *balancer) remove(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, one := range b.backends {
		if one.host == host {
			b.backends = append(b.backends[:i:i], b.backends[i+1:]...)
			return
		}
	}
}

func (b *balancer) setReady(host string, ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.backends {
		if one.host == host {
			one.ready = ready
		}
	}
}

// probe asks the instances, again and again, whether they are ready.
func (b *balancer) probe() {
	client := &http.Client{Timeout: 2 * time.Second}
	for {
		for _, host := range b.order() {
			resp, err := client.Get("http://" + host + "/readyz")
			if err == nil {
				resp.Body.Close()
			}
			b.setReady(host, err == nil && resp.StatusCode == http.StatusOK)
		}
		select {
		case <-b.stopped:
			client.CloseIdleConnections()
			return
		case <-time.After(probeEvery):
		}
	}
}
