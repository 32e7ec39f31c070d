package ginlogin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// A manager is a LoginManager whose settings have been checked and can change no
// more.
type manager struct {
	LoginManager
	origin       *LoginManager // the one that For names
	sessionKey   string
	rememberKeys [][]byte
	bindingKeys  []*bindingKey
	cacheControl []string  // the header's lines, shared by all responses
	plainHTTP    sync.Once // the warnings, once each
	noPath       sync.Once
}

// newManager copies the settings, and panics if one is wrong: that is found when
// the program starts, not by its users.
func newManager(lm *LoginManager) *manager {
	lm.built = true
	m := &manager{LoginManager: *lm, origin: lm, sessionKey: sessionKey}
	cookie := "remember_token"
	if m.Name != "" {
		m.sessionKey += "." + m.Name
		cookie += "_" + m.Name
	}
	m.Remember.Name = cmp.Or(m.Remember.Name, cookie)
	if err := m.check(); err != nil {
		panic("ginlogin: " + err.Error())
	}
	m.rememberKeys = deriveKeys(m.SecretKeys, "remember cookie", m.Name)
	m.cacheControl = []string{m.CacheControl}
	m.bindingKeys = newBindingKeys(deriveKeys(m.SecretKeys, "session hash", m.Name))
	return m
}

func (m *manager) check() error {
	if m.clock == nil {
		return errors.New("LoginManager has to be made with New")
	}
	if m.load == nil && m.RequestLoader == nil {
		return errors.New("LoginManager has no loader: give New a user loader or set RequestLoader")
	}
	if strings.Trim(m.Name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("LoginManager.Name %q: use lower-case letters, digits, '-' and '_'", m.Name)
	}
	if m.SessionProtection < ProtectBasic || m.SessionProtection > ProtectNone {
		return fmt.Errorf("LoginManager.SessionProtection %d: use ProtectBasic, ProtectStrong or ProtectNone", m.SessionProtection)
	}
	if strings.ContainsAny(m.CacheControl, "\r\n\x00") {
		return fmt.Errorf("LoginManager.CacheControl %q is not a header value", m.CacheControl)
	}
	if m.hashes && len(m.SecretKeys) == 0 {
		return errors.New("LoginManager.SecretKeys is empty: the user type has a SessionHash, to which logins are bound with a key")
	}
	for i, key := range m.SecretKeys {
		if len(key) < 32 {
			return fmt.Errorf("LoginManager.SecretKeys[%d] has %d bytes: use 32 or more random ones", i, len(key))
		}
	}
	return errors.Join(
		checkView("LoginView", m.LoginView), checkView("RefreshView", m.RefreshView),
		m.checkTimes(), m.checkHost(), m.checkSessionName(), m.Remember.check(),
	)
}

// checkView refuses what would redirect to an unforeseen place. A view is the
// developer's, not the visitor's, so any site is allowed, but it has to be said.
func checkView(field, view string) error {
	if view == "" {
		return nil
	}
	u, err := url.Parse(view)
	if err != nil || !strings.HasPrefix(view, "/") && !(u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")) {
		return fmt.Errorf("%s %q: use a path that begins with / or an absolute http(s) URL", field, view)
	}
	return nil
}

func (m *manager) checkTimes() error {
	for _, limit := range []struct {
		field string
		value time.Duration
	}{
		{"IdleTimeout", m.IdleTimeout}, {"AbsoluteTimeout", m.AbsoluteTimeout},
		{"FreshFor", m.FreshFor}, {"Remember.Grace", m.Remember.Grace},
	} {
		if limit.value < 0 || limit.value > 0 && limit.value < time.Second {
			return fmt.Errorf("LoginManager.%s is %v: use a second or more, or 0", limit.field, limit.value)
		}
	}
	return nil
}

func (m *manager) checkHost() error {
	if m.ForceHost == "" {
		return nil
	}
	if u, err := url.Parse("//" + m.ForceHost); err != nil || u.Host != m.ForceHost || u.Hostname() == "" {
		return fmt.Errorf("LoginManager.ForceHost %q: use a host such as example.com or example.com:8443", m.ForceHost)
	}
	return nil
}

func (m *manager) checkSessionName() error {
	if m.SessionName == "" {
		return nil
	}
	if err := (&http.Cookie{Name: m.SessionName}).Valid(); err != nil {
		return fmt.Errorf("LoginManager.SessionName %q is not a valid cookie name", m.SessionName)
	}
	return nil
}

func (rc *RememberCookie) check() error {
	cookie := &http.Cookie{Name: rc.Name, Path: rc.Path, Domain: rc.Domain}
	if err := (&http.Cookie{Name: rc.Name}).Valid(); err != nil {
		return fmt.Errorf("LoginManager.Remember.Name %q is not a valid cookie name", rc.Name)
	}
	if err := cookie.Valid(); err != nil {
		return fmt.Errorf("LoginManager.Remember: Domain %q or Path %q: %w", rc.Domain, rc.Path, err)
	}
	if rc.Duration < time.Second {
		return fmt.Errorf("LoginManager.Remember.Duration is %v: use a second or more, and assign single fields so that the other defaults stay", rc.Duration)
	}
	// Browsers drop cookies whose name promises what they do not keep.
	if strings.HasPrefix(rc.Name, "__Host-") && (!rc.Secure || rc.Domain != "" || rc.Path != "/") {
		return fmt.Errorf("LoginManager.Remember.Name %q needs Secure, Path / and no Domain", rc.Name)
	}
	if strings.HasPrefix(rc.Name, "__Secure-") && !rc.Secure {
		return fmt.Errorf("LoginManager.Remember.Name %q needs Secure", rc.Name)
	}
	if !strings.HasPrefix(rc.Path, "/") {
		return fmt.Errorf("LoginManager.Remember.Path is %q: it begins with /; assign single fields so that the defaults of the others stay", rc.Path)
	}
	return nil
}

func (m *manager) anonymous(c *gin.Context) User {
	if m.AnonymousUser != nil {
		if u := m.AnonymousUser(c); !isNil(u) {
			return u
		}
	}
	return AnonymousUser{}
}

func (m *manager) logger() *slog.Logger {
	if m.Logger != nil {
		return m.Logger
	}
	return slog.Default()
}

// logError logs what no caller gets. That a client has gone is not an error.
func (m *manager) logError(ctx context.Context, err error, attrs ...any) {
	level := slog.LevelError
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		level = slog.LevelDebug
	}
	m.logger().Log(ctx, level, err.Error(), attrs...)
}
