package storetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A proxy is a wire to a server that can be cut: then it refuses connections, as
// a machine does on which the server does not run.
type proxy struct {
	t       *testing.T
	target  string
	address string

	mu       sync.Mutex
	listener net.Listener // nil when cut
	conns    map[net.Conn]struct{}
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	p := &proxy{t: t, target: target, address: "127.0.0.1:0", conns: map[net.Conn]struct{}{}}
	p.mend()
	t.Cleanup(p.cut)
	return p
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		return
	}
	p.listener.Close()
	p.listener = nil
	for conn := range p.conns {
		conn.Close()
	}
	clear(p.conns)
}

func (p *proxy) mend() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	listener, err := net.Listen("tcp", p.address)
	for deadline := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond) // somebody has the port for a moment
		listener, err = net.Listen("tcp", p.address)
	}
	p.listener = must(listener, err)(p.t)
	p.address = p.listener.Addr().String()
	go p.accept(p.listener)
}

func (p *proxy) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		go p.join(near)
	}
}

func (p *proxy) join(near net.Conn) {
	far, err := dial(p.target)
	if err != nil {
		near.Close()
		return
	}
	if !p.keep(near, far) {
		near.Close()
		far.Close()
		return
	}
	go pipe(near, far)
	pipe(far, near)
}

func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
	from.Close()
}

// keep notes connections to be cut, if it is not too late for them.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.conns[conn] = struct{}{}
	}
	return p.listener != nil
}
