package operations_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/operations"
)

func TestMetrics(t *testing.T) {
	s, v := sitetest.Open(t, func(s *sitetest.Site) { s.Metrics = operations.NewMetrics() })
	v.Get("/profile")
	for range 2 {
		v.Post("/login", "email="+sitetest.AdaEmail, "password=wrong").Is(http.StatusUnauthorized)
	}
	v.LogIn("remember=1")
	v.CloseBrowser()
	v.KnownAs("Ada Lovelace")
	v.Post("/logout").LeadsTo("/")
	v.Send("BREW", "/coffee", "", nil)

	w := httptest.NewRecorder()
	s.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	p := &sitetest.Page{Response: w.Result(), T: t, Name: "GET /metrics", Text: text}
	p.Is(http.StatusOK).Says(
		`ginlogin_events_total{event="user_unauthorized"} 2`,
		`ginlogin_events_total{event="password_wrong"} 2`,
		`ginlogin_events_total{event="user_logged_in"} 1`,
		`ginlogin_events_total{event="user_loaded_from_cookie"} 1`,
		`ginlogin_events_total{event="user_logged_out"} 1`,
		`ginlogin_events_total{event="remember_token_stolen"} 0`,
		`http_request_duration_seconds_count{method="GET",route="/profile",status="302"} 1`,
		`http_request_duration_seconds_count{method="POST",route="/login",status="401"} 2`,
		`http_request_duration_seconds_count{method="any",route="none",status="401"} 1`,
		`go_goroutines`,
	).SaysNot("BREW", "coffee", sitetest.AdaEmail)

	s.Exhaust(sitetest.Limits.Network, "127.0.0.1/32")
	v.Another().Post("/login", "email="+sitetest.AdaEmail, "password=wrong").Is(http.StatusTooManyRequests)
	v.Get("/metrics").SaysNot("ginlogin_events_total") // where visitors are
	w = httptest.NewRecorder()
	s.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	(&sitetest.Page{Response: w.Result(), T: t, Name: "GET /metrics", Text: w.Body.String()}).Says(`ginlogin_events_total{event="password_throttled"} 1`)
}

// Only those who stand in front may say whom they send.
func TestTrustedProxies(t *testing.T) {
	_, v := sitetest.Open(t, func(s *sitetest.Site) { s.Config.Proxies = []string{"10.0.0.0/8"} })
	for address, want := range map[string]string{"10.1.2.3": "203.0.113.9", "192.0.2.7": "192.0.2.7"} {
		w := v.Another()
		w.Address = address
		form := sitetest.Encode([]string{"email=" + sitetest.AdaEmail, "password=" + sitetest.AdaPassword})
		c := w.Send(http.MethodPost, "/login", form, []string{"X-Forwarded-For: 203.0.113.9"}).LeadsTo("/").SetsCookie("session")
		if !c.Secure {
			t.Errorf("the cookie is %s", c)
		}
		w.Send(http.MethodGet, "/devices", "", []string{"X-Forwarded-For: 203.0.113.9"}).Is(http.StatusOK).Says(want)
	}
}
