package main

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/throttle"
)

// metrics are what Prometheus is told. A nil one counts nothing.
type metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	requests *prometheus.HistogramVec
}

// counted are the events of ginlogin that are worth a graph.
var counted = []ginlogin.Event{
	ginlogin.UserLoggedIn, ginlogin.UserLoggedOut, ginlogin.UserLoadedFromCookie, ginlogin.UserLoginConfirmed,
	ginlogin.UserUnauthorized, ginlogin.UserNeedsRefresh, ginlogin.SessionProtected, ginlogin.RememberTokenStolen,
}

// What ginlogin cannot know of.
const (
	passwordWrong     = "password_wrong"
	passwordThrottled = "password_throttled"
)

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ginlogin_events_total", Help: "What has happened to logins.",
		}, []string{"event"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "How long requests took, by route.",
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.events, m.requests,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, e := range counted {
		m.events.WithLabelValues(e.String()) // 0, and not missing, until it happens
	}
	m.events.WithLabelValues(passwordWrong)
	m.events.WithLabelValues(passwordThrottled)
	return m
}

// listen has lm tell of its events.
func (m *metrics) listen(lm *ginlogin.LoginManager) {
	if m == nil {
		return
	}
	for _, e := range counted {
		lm.On(e, func(*gin.Context, ginlogin.User) { m.count(e.String()) })
	}
}

func (m *metrics) count(event string) {
	if m != nil {
		m.events.WithLabelValues(event).Inc()
	}
}

// countPassword counts an attempt that has not opened anything.
func (m *metrics) countPassword(err error) {
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		m.count(passwordThrottled)
	case errors.Is(err, errWrongCredentials):
		m.count(passwordWrong)
	}
}

// measure times the requests.
func (m *metrics) measure(c *gin.Context) {
	if m == nil {
		return
	}
	began := time.Now()
	c.Next()
	method, route := c.Request.Method, c.FullPath()
	if route == "" {
		method, route = "any", "none" // clients may invent as many of both as they like
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Observe(time.Since(began).Seconds())
}

// handler serves /metrics. It belongs on an address that visitors cannot reach: how many log in, and
// how many fail to, is nobody's business.
func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
