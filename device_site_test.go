package ginlogin_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/device"
	"github.com/ginlogin/ginlogin/internal/device/devicetest"
)

const (
	devicePath   = "/.ginlogin/device"
	deviceCookie = "__Host-login_device"
)

// newBoundSite is a site whose logins are bound to their devices for ten minutes at a
// time.
func newBoundSite(t *testing.T, change func(*site)) (*site, *shelf) {
	t.Helper()
	s, store := newStoredSite(t, func(s *site) {
		s.lm.DeviceBound = 10 * time.Minute
		if change != nil {
			change(s)
		}
	})
	s.engine.Any("/body", ginlogin.LoginRequired(), func(c *gin.Context) { c.String(http.StatusOK, c.PostForm("a")) })
	s.engine.POST("/act", func(c *gin.Context) { answer200(c, ginlogin.Impersonate(c, s.users.get("2"))) })
	s.engine.POST("/stop", func(c *gin.Context) { answer200(c, ginlogin.StopImpersonating(c)) })
	return s, store
}

// audited writes the audit log beside the other log.
func audited(s *site) { s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil)) }

// deviceBrowser returns a browser that registers keys, and the part of it that does so.
func (s *site) deviceBrowser() (*browser, *devicetest.Browser) {
	b := s.browser()
	d := &devicetest.Browser{Transport: b.Client.Transport, Jar: b.Jar, Now: s.clock.Now}
	b.Client.Transport = d
	return b, d
}

// bound returns a browser whose login is bound, three minutes after the login.
func (s *site) bound(login string) (*browser, *devicetest.Browser) {
	s.t.Helper()
	b, d := s.deviceBrowser()
	wants(s.t, "login", b.post(login), "200 /")
	wants(s.t, "the page after it", b.get("/secret"), "200 secret")
	s.clock.Advance(3 * time.Minute)
	wants(s.t, "a page later", b.get("/secret"), "200 secret")
	s.told()
	s.logged()
	return b, d
}

// copyOfAll returns a browser with copies of all cookies, but without the key.
func (b *browser) copyOfAll() *browser {
	return b.copyOf("session", "remember_token", deviceCookie)
}

// refused is a guard's answer to a request without a user.
const refused = "302 | Location: /login?next=%2Fsecret"

// wantsRefused fails the test unless the request has no user.
func wantsRefused(t *testing.T, what string, b *browser) {
	t.Helper()
	if got := answerOf(b.do("GET", "/secret")); got != refused {
		t.Errorf("%s: %s, want %s", what, got, refused)
	}
}

// send posts to the device's path with these headers.
func (s *site) send(headers ...string) reply { return s.browser().do("POST", devicePath, headers...) }

// offer logs in a browser that does not support binding, and returns the challenge to
// register.
func (s *site) offer(b *browser, login string) (challenge string) {
	s.t.Helper()
	return challengeOf(s.t, b.do("POST", login))
}

func challengeOf(t *testing.T, rep reply) string {
	t.Helper()
	offer := rep.Header.Get(device.HeaderRegistration)
	const before, after = `(ES256);path="` + devicePath + `";challenge="`, `"`
	if len(offer) < len(before)+len(after) || offer[:len(before)] != before {
		t.Fatalf("Secure-Session-Registration is %q", offer)
	}
	return offer[len(before) : len(offer)-len(after)]
}

// loggerOf returns a logger that writes to the site's log.
func loggerOf(s *site) *slog.Logger { return slog.New(slog.NewTextHandler(syncWriter{s}, nil)) }
