package passkeys_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/web"
)

// Without SITE_URL there are passkeys on localhost, at whatever port, and nowhere else: the Host header decides
// between these, and names no other domain.
func TestTheDomainOfPasskeys(t *testing.T) {
	site := sitetest.New(t).Handler()
	for _, row := range []struct {
		host, address, hint string
		status              int
	}{
		{"localhost:8080", "http://localhost:8080", "", http.StatusOK},
		{"localhost", "https://localhost", "", http.StatusOK},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", `href="http://localhost:8080/"`, http.StatusBadRequest},
		{"[::1]:8080", "http://[::1]:8080", `href="http://localhost:8080/"`, http.StatusBadRequest},
		{"127.0.0.1", "http://127.0.0.1", `href="http://localhost/"`, http.StatusBadRequest},
		{"192.0.2.1:8080", "http://192.0.2.1:8080", "do not work at this address", http.StatusBadRequest},
		{"evil.example", "https://evil.example", "do not work at this address", http.StatusBadRequest},
		{"localhost.evil.example", "http://localhost.evil.example", "do not work at this address", http.StatusBadRequest},
	} {
		t.Run(row.host, func(t *testing.T) {
			begin := httptest.NewRequest(http.MethodPost, row.address+"/login/passkey/begin", nil)
			begin.Header.Set("Accept", "application/json")
			w := httptest.NewRecorder()
			site.ServeHTTP(w, begin)
			if w.Code != row.status || (row.status == http.StatusOK) != strings.Contains(w.Body.String(), `"rpId":"localhost"`) {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
			w = httptest.NewRecorder()
			site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, row.address+"/login/passkey", nil))
			if !strings.Contains(w.Body.String(), row.hint) || (row.hint == "") != strings.Contains(w.Body.String(), "data-passkey") {
				t.Errorf("the page:\n%s", w.Body)
			}
		})
	}
}

// With SITE_URL it is the first one's host, whatever the visitor calls the site.
func TestTheDomainIsConfigured(t *testing.T) {
	s := sitetest.New(t)
	s.Config.Origins = []string{"https://example.com", "https://shop.example.com"}
	_, v := sitetest.Serve(t, s) // at an IP address, as if behind a proxy that says so
	phone := sitetest.NewAuthenticator(t)
	phone.Origin = "https://shop.example.com"
	v.LogIn()
	v.AddPasskey(phone, "phone")
	if !strings.Contains(v.Begin("/confirm/passkey/begin"), `"rpId":"example.com"`) {
		t.Error("the domain is another")
	}
	// On another domain it is no passkey.
	s.Config.Origins = []string{"https://example.org"}
	moved := v.MoveTo(s)
	moved.Get("/settings/passkeys").Says("You have no passkeys.")
	phone.Origin = "https://example.org"
	moved.Another().ByPasskey(phone).Is(http.StatusUnauthorized)
}

// Pages that use passkeys run the script. All others run none.
func TestWhichPagesRunAScript(t *testing.T) {
	_, v := open(t)
	policy := func(path string) string { return v.Get(path).Is(http.StatusOK).Header.Get("Content-Security-Policy") }
	want := web.ContentSecurityPolicy + "; script-src 'self'; connect-src 'self'"
	for _, path := range []string{"/login", "/login/passkey"} {
		if got := policy(path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, path := range []string{"/", "/register", "/admin/login"} {
		if got := policy(path); got != web.ContentSecurityPolicy {
			t.Errorf("%s: %s", path, got)
		}
	}
	v.LogIn()
	if got := policy("/settings/passkeys"); got != want {
		t.Error(got)
	}
	for _, path := range []string{"/confirm", "/settings", "/tokens"} { // Ada has no passkey to confirm with
		if got := policy(path); got != web.ContentSecurityPolicy {
			t.Errorf("%s: %s", path, got)
		}
	}
	v.AddPasskey(sitetest.NewAuthenticator(t), "phone")
	if got := policy("/confirm"); got != want {
		t.Error(got)
	}
	v.Get("/passkeys.js").Is(http.StatusOK).Says("navigator.credentials")
}
