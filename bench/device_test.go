package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/device/devicetest"
	"github.com/ginlogin/ginlogin/loginmem"
)

// boundSite is a site whose logins are bound to their devices, in memory.
type boundSite struct {
	handler http.Handler
	store   *loginmem.Store
	ahead   time.Duration // of the clock
	browser *devicetest.Browser
	cookies []*http.Cookie
}

// newBoundSite logs a browser in, and lets its first minutes pass.
func newBoundSite(t testing.TB, bound time.Duration) *boundSite {
	t.Helper()
	s := &boundSite{store: loginmem.New()}
	now := func() time.Time { return time.Now().Add(s.ahead) }
	s.handler = newGinloginSite("bound", onCookiestore(), content{}, func(lm *ginlogin.LoginManager) {
		lm.Logins, lm.DeviceBound, lm.Now = s.store, bound, now
	}).handler
	server := httptest.NewTLSServer(s.handler)
	t.Cleanup(server.Close)
	client := server.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.browser = &devicetest.Browser{Transport: client.Transport, Jar: jar, Now: now}
	client.Transport, client.Jar = s.browser, jar
	ask := func(method, path string) {
		t.Helper()
		req, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s", method, path, res.Status)
		}
	}
	ask(http.MethodPost, "/login")
	ask(http.MethodGet, "/private") // the refresh behind it confirms the key
	s.ahead = 3 * time.Minute
	ask(http.MethodGet, "/private")
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.cookies = jar.Cookies(at)
	return s
}

// serve returns a function that serves a page for the login.
func (s *boundSite) serve(b *testing.B) func() {
	return func() {
		req := httptest.NewRequest(http.MethodGet, "/private", nil)
		for _, cookie := range s.cookies {
			req.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		if s.handler.ServeHTTP(w, req); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

// refresh returns a function that asks for a challenge, signs it, and has it verified.
func (s *boundSite) refresh(b *testing.B) func() {
	send := func(proof string, status int) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodPost, "/.ginlogin/device", nil)
		req.Header.Set(device.HeaderID, s.browser.Session())
		if proof != "" {
			req.Header.Set(device.HeaderResponse, proof)
		}
		w := httptest.NewRecorder()
		if s.handler.ServeHTTP(w, req); w.Code != status {
			b.Fatal(w.Code)
		}
		return w
	}
	return func() {
		challenge, _, _ := strings.Cut(strings.TrimPrefix(send("", http.StatusForbidden).Header().Get(device.HeaderChallenge), `"`), `"`)
		b.StopTimer()
		proof := s.browser.Key().Refresh(challenge) // the browser's work
		b.StartTimer()
		send(proof, http.StatusOK)
	}
}

// What a login that is bound to its device costs above one that is not.
func BenchmarkDevice(b *testing.B) {
	unbound, bound := newBoundSite(b, 0), newBoundSite(b, 24*time.Hour)
	for _, part := range []struct {
		name  string
		serve func(b *testing.B) func()
	}{{"a request", unbound.serve}, {"a request of a bound login", bound.serve}, {"a refresh", bound.refresh}} {
		b.Run(part.name, func(b *testing.B) {
			b.ReportAllocs()
			serve := part.serve(b)
			for b.Loop() {
				serve()
			}
		})
	}
}

func TestHowManyBytesABoundLoginGrows(t *testing.T) {
	s := newBoundSite(t, 24*time.Hour)
	logins, err := s.store.ListLogins(t.Context(), ada.GetID(), 1)
	if err != nil || len(logins) != 1 || len(logins[0].Device) != 86 {
		t.Errorf("the row grows by the key of %+v, %v; docs/security.md says 86 bytes", logins, err)
	}
	for _, cookie := range s.cookies {
		if strings.HasPrefix(cookie.Name, "__Host-login_device") {
			if grows := len("; ") + len(cookie.String()); grows != 76 {
				t.Errorf("a request grows by %d bytes, docs/security.md says 76", grows)
			}
			return
		}
	}
	t.Error("there is no device cookie")
}
