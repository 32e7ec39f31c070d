package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestMetrics(t *testing.T) {
	s, v := open(t, func(s *site) { s.metrics = newMetrics() })
	v.get("/profile")
	for range 2 {
		v.post("/login", "email="+adaEmail, "password=wrong").is(http.StatusUnauthorized)
	}
	v.logIn("remember=1")
	v.closeBrowser()
	v.knownAs("Ada Lovelace")
	v.post("/logout").leadsTo("/")
	v.send("BREW", "/coffee", "", nil)

	w := httptest.NewRecorder()
	s.metrics.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	p := &page{w.Result(), t, "GET /metrics", text, text}
	p.is(http.StatusOK).says(
		`ginlogin_events_total{event="user_unauthorized"} 1`,
		`ginlogin_events_total{event="password_wrong"} 2`,
		`ginlogin_events_total{event="user_logged_in"} 1`,
		`ginlogin_events_total{event="user_loaded_from_cookie"} 1`,
		`ginlogin_events_total{event="user_logged_out"} 1`,
		`ginlogin_events_total{event="remember_token_stolen"} 0`,
		`http_request_duration_seconds_count{method="GET",route="/profile",status="302"} 1`,
		`http_request_duration_seconds_count{method="POST",route="/login",status="401"} 2`,
		`http_request_duration_seconds_count{method="any",route="none",status="404"} 1`,
		`go_goroutines`,
	).saysNot("BREW", "coffee", adaEmail)

	s.exhaust(limits.Network, "127.0.0.1/32")
	v.another().post("/login", "email="+adaEmail, "password=wrong").is(http.StatusTooManyRequests)
	v.get("/metrics").is(http.StatusNotFound) // where visitors are
	w = httptest.NewRecorder()
	s.metrics.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	(&page{w.Result(), t, "GET /metrics", "", w.Body.String()}).says(`ginlogin_events_total{event="password_throttled"} 1`)
}

// Only those who stand in front may say whom they send.
func TestTrustedProxies(t *testing.T) {
	_, v := open(t, func(s *site) { s.proxies = []string{"10.0.0.0/8"} })
	for address, want := range map[string]string{"10.1.2.3": "203.0.113.9", "192.0.2.7": "192.0.2.7"} {
		w := v.another()
		w.address = address
		form := encode([]string{"email=" + adaEmail, "password=" + adaPassword})
		c := w.send(http.MethodPost, "/login", form, []string{"X-Forwarded-For: 203.0.113.9"}).leadsTo("/").setsCookie("session")
		if !c.Secure {
			t.Errorf("the cookie is %s", c)
		}
		w.send(http.MethodGet, "/devices", "", []string{"X-Forwarded-For: 203.0.113.9"}).is(http.StatusOK).says(want)
	}
}
