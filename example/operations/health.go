// Package operations has what operators need: health checks, metrics, and a server that starts and stops in
// good order.
package operations

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// Healthz says that the site is up. It does not ask for the user, so it costs nothing and sets no cookie.
// It does not check the engines either: a restart of the site does not help when its database is down.
func Healthz(c *gin.Context) {
	c.String(http.StatusOK, "ok\n")
}

// Health tells a balancer whether to send visitors here. A nil one is always ready.
type Health struct {
	Engines []Probe
	Logger  *slog.Logger

	stopping atomic.Bool

	mu      sync.Mutex
	checked time.Time
	down    []string
}

// A Probe asks an engine whether it is there.
type Probe struct {
	Name string
	Ping func(context.Context) error
}

const (
	// ProbePatience is how long an engine may take to answer.
	ProbePatience = time.Second
	// probeEvery bounds what a flood of requests for readiness can cost the engines.
	probeEvery = 250 * time.Millisecond
)

// Readyz names the engines that are down, and no details: it is public.
func (h *Health) Readyz(c *gin.Context) {
	status, text := http.StatusOK, "ready"
	if problem := h.problem(); problem != "" {
		status, text = http.StatusServiceUnavailable, problem
	}
	c.String(status, text+"\n")
}

// problem says why the site is not ready, or "".
func (h *Health) problem() string {
	if h == nil {
		return ""
	}
	if h.stopping.Load() {
		return "shutting down"
	}
	if down := h.enginesDown(); len(down) > 0 {
		return "down: " + strings.Join(down, ", ")
	}
	return ""
}

// Delay returns a context that ends some time after ctx. In between the site goes on as before, but
// is not ready: a balancer that asks for that sends no more visitors, and none meets a closed door.
func (h *Health) Delay(ctx context.Context, d time.Duration) context.Context {
	later, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		h.stopping.Store(true)
		time.AfterFunc(d, end)
	})
	return later
}

// enginesDown returns the names of the engines that do not answer.
func (h *Health) enginesDown() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.checked) < probeEvery {
		return h.down
	}
	// Not the context of the request: the answer is for others, too.
	ctx, cancel := context.WithTimeout(context.Background(), ProbePatience)
	defer cancel()
	errs := make([]error, len(h.Engines))
	var probes sync.WaitGroup
	for i, engine := range h.Engines {
		probes.Go(func() { errs[i] = engine.Ping(ctx) })
	}
	probes.Wait()
	h.down = nil
	for i, engine := range h.Engines {
		if errs[i] != nil {
			h.down = append(h.down, engine.Name)
			h.Logger.Error("an engine is down", "engine", engine.Name, "error", errs[i])
		}
	}
	h.checked = time.Now()
	return h.down
}
