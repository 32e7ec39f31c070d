package guessing_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ginlogin/ginlogin/example/guessing"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
)

// syncBuffer is a log that many may write to.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) Lines() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// The audit log tells who did what from where, and nothing that opens anything.
func TestAuditLog(t *testing.T) {
	var log syncBuffer
	_, v := sitetest.Open(t, func(s *sitetest.Site) { s.Audit = slog.New(slog.NewTextHandler(&log, nil)).With("log", "audit") })
	for range sitetest.Limits.Account.Failures + 1 {
		v.Guess("grace@example.com", "difference engine")
	}
	v.Guess("my password, in the wrong field", "x").Is(http.StatusUnauthorized)
	v.LogIn("remember=1")
	session, remember, device := v.Cookie("session"), v.Cookie("remember_token"), v.Cookie(guessing.DeviceCookie)
	v.Post("/confirm", "password=difference engine").Is(http.StatusUnprocessableEntity)
	v.Post("/confirm", "password="+sitetest.AdaPassword).LeadsTo("/")
	v.Post("/settings/password", "current_password="+sitetest.AdaPassword, "new_password=another engine").LeadsTo("/settings")
	v.Post("/logout").LeadsTo("/")
	v.Get("/profile").LeadsTo("/login?next=%2Fprofile")

	text := log.Lines()
	for _, want := range []string{
		`level=INFO msg=password_refused log=audit address=127.0.0.1 reason="wrong e-mail address or password"` + "\n",
		`level=WARN msg=password_refused log=audit address=127.0.0.1 reason="throttle: too many failures (account): wait for `,
		`msg=user_logged_in log=audit user=1 login=`,
		`reason="wrong e-mail address or password" user=1 login=`,
		`msg=user_login_confirmed log=audit user=1 login=`,
		`msg=password_changed log=audit address=127.0.0.1 reason="by the user" user=1 login=`,
		`msg=user_logged_out log=audit user=1`,
		`msg=user_unauthorized log=audit address=127.0.0.1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
	for _, secret := range []string{sitetest.AdaPassword, "engine", "wrong field", "grace", sitetest.AdaEmail, session, remember, device} {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("the audit log has %q", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
