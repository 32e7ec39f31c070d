package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadinessNamesTheEnginesThatAreDown(t *testing.T) {
	var down atomic.Bool
	_, v := open(t, func(s *site) {
		s.health = &health{logger: s.logger, engines: []probe{
			{"PostgreSQL", func(context.Context) error {
				if down.Load() {
					return errors.New("no route to 10.0.0.1, password c0ffee")
				}
				return nil
			}},
			{"Redis", func(context.Context) error { return nil }},
		}}
	})
	v.get("/readyz").is(http.StatusOK).says("ready")
	down.Store(true)
	within30s(t, "not ready", func() bool { return v.get("/readyz").StatusCode == http.StatusServiceUnavailable })
	v.get("/readyz").says("down: PostgreSQL").saysNot("Redis", "10.0.0.1", "c0ffee")
	v.get("/healthz").is(http.StatusOK) // a restart would mend nothing
	down.Store(false)
	within30s(t, "ready again", func() bool { return v.get("/readyz").StatusCode == http.StatusOK })
}

// within30s waits until a condition holds.
func within30s(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// An engine that does not answer at all is down, too.
func TestReadinessHasLittlePatience(t *testing.T) {
	s := newSite(t)
	s.health = &health{logger: s.logger, engines: []probe{
		{"Redis", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	}}
	_, v := serveSite(t, s)
	began := time.Now()
	v.get("/readyz").is(http.StatusServiceUnavailable).says("down: Redis")
	if took := time.Since(began); took > 5*probePatience {
		t.Errorf("it took %v", took)
	}
}

// The whole program, on servers: it is ready, and between the signal and its end it serves visitors
// but is not ready.
func TestShutdownBehindABalancer(t *testing.T) {
	t.Chdir(t.TempDir())
	p := start(t, map[string]string{
		"ADDR": "127.0.0.1:0", "METRICS_ADDR": "127.0.0.1:0", "INSECURE_COOKIES": "1",
		"DATABASE_URL": postgresURL(t), "REDIS_URL": serverURL(t, "REDIS_URL", "redis://127.0.0.1:6379/0").String(),
		"SHUTDOWN_DELAY": "1s", "LOG_FORMAT": "json",
	})
	v := p.visitor(t)
	v.get("/readyz").is(http.StatusOK)
	v.post("/login", "email="+demoEmail, "password="+demoPassword).leadsTo("/")
	resp, err := http.Get(p.lines["metrics"])
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	(&page{resp, t, "GET /metrics", string(text), string(text)}).says(`ginlogin_events_total{event="user_logged_in"} 1`)

	p.stop()
	within30s(t, "not ready", func() bool {
		return v.get("/readyz").StatusCode == http.StatusServiceUnavailable
	})
	v.get("/readyz").says("shutting down")
	v.knownAs("Demo")
	v.post("/logout").leadsTo("/")
	if err := <-p.stopped; err != nil {
		t.Error(err)
	}
}
