package main

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

// A proxy hands requests to the instances in turn, whoever they are from.
type proxy struct {
	server  http.Server
	address string
}

func startProxy(instances []*instance) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{address: listener.Addr().String()}
	p.server.Handler = inTurn(addresses(instances))
	go p.server.Serve(listener)
	return p, nil
}

func addresses(instances []*instance) (list []string) {
	for _, i := range instances {
		list = append(list, i.address)
	}
	return list
}

func inTurn(addresses []string) http.Handler {
	var turn atomic.Uint64
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = 256, 0
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			address := addresses[turn.Add(1)%uint64(len(addresses))]
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
			// The visitors tell where they come from.
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		},
	}
}
