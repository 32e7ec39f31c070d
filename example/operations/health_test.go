package operations_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/operations"
)

func TestReadinessNamesTheEnginesThatAreDown(t *testing.T) {
	var down atomic.Bool
	_, v := sitetest.Open(t, func(s *sitetest.Site) {
		s.Health = &operations.Health{Logger: s.Log, Engines: []operations.Probe{
			{"PostgreSQL", func(context.Context) error {
				if down.Load() {
					return errors.New("no route to 10.0.0.1, password c0ffee")
				}
				return nil
			}},
			{"Redis", func(context.Context) error { return nil }},
		}}
	})
	v.Get("/readyz").Is(http.StatusOK).Says("ready")
	down.Store(true)
	sitetest.Within30s(t, "not ready", func() bool { return v.Get("/readyz").StatusCode == http.StatusServiceUnavailable })
	v.Get("/readyz").Says("down: PostgreSQL").SaysNot("Redis", "10.0.0.1", "c0ffee")
	v.Get("/healthz").Is(http.StatusOK) // a restart would mend nothing
	down.Store(false)
	sitetest.Within30s(t, "ready again", func() bool { return v.Get("/readyz").StatusCode == http.StatusOK })
}

// An engine that does not answer at all is down, too.
func TestReadinessHasLittlePatience(t *testing.T) {
	s := sitetest.New(t)
	s.Health = &operations.Health{Logger: s.Log, Engines: []operations.Probe{
		{"Redis", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	}}
	_, v := sitetest.Serve(t, s)
	began := time.Now()
	v.Get("/readyz").Is(http.StatusServiceUnavailable).Says("down: Redis")
	if took := time.Since(began); took > 5*operations.ProbePatience {
		t.Errorf("it took %v", took)
	}
}
