package operations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/example/account"
	"github.com/ginlogin/ginlogin/throttle"
)

// Metrics are the figures for Prometheus. Nil metrics count nothing.
type Metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	requests *prometheus.HistogramVec
}

// counted are the events of ginlogin that are worth a graph.
var counted = []ginlogin.Event{
	ginlogin.UserLoggedIn, ginlogin.UserLoggedOut, ginlogin.UserLoadedFromCookie, ginlogin.UserLoginConfirmed,
	ginlogin.UserUnauthorized, ginlogin.UserNeedsRefresh, ginlogin.SessionProtected, ginlogin.RememberTokenStolen,
}

// Events that ginlogin does not know.
const (
	passwordWrong     = "password_wrong"
	passwordThrottled = "password_throttled"
)

// NewMetrics returns metrics at 0.
func NewMetrics() *Metrics {
	m := &Metrics{
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

// Listen has lm tell of its events.
func (m *Metrics) Listen(lm *ginlogin.LoginManager) {
	if m == nil {
		return
	}
	for _, e := range counted {
		lm.On(e, func(*gin.Context, ginlogin.User) { m.count(e.String()) })
	}
}

func (m *Metrics) count(event string) {
	if m != nil {
		m.events.WithLabelValues(event).Inc()
	}
}

// CountPassword counts an attempt that has not opened anything.
func (m *Metrics) CountPassword(err error) {
	var wait *throttle.WaitError
	switch {
	case errors.As(err, &wait):
		m.count(passwordThrottled)
	case errors.Is(err, account.ErrWrongCredentials):
		m.count(passwordWrong)
	}
}

// Measure times the requests.
func (m *Metrics) Measure(c *gin.Context) {
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

// Handler serves /metrics. Serve it at an address that visitors cannot reach: the numbers of logins
// and failures are not public.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// Serve serves /metrics at an address of its own, in the background.
func (m *Metrics) Serve(ctx context.Context, background *sync.WaitGroup, address string, log *slog.Logger, out io.Writer) error {
	listener, err := Listen("METRICS_ADDR", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "metrics: http://%s/metrics\n", Reachable(listener.Addr()))
	background.Go(func() {
		if err := Serve(ctx, listener, m.Handler()); err != nil {
			log.Error("serving metrics", "error", err)
		}
	})
	return nil
}
