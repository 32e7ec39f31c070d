package ginlogin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
	"github.com/ginlogin/ginlogin/internal/redirect"
	"github.com/ginlogin/ginlogin/internal/remember"
	"github.com/ginlogin/ginlogin/internal/visit"
)

// RememberCookie describes the cookie that keeps a user logged in after the
// browser has been closed. [New] presets it; assign single fields.
type RememberCookie struct {
	// Name of the cookie. Default: "remember_token", followed by "_" and
	// LoginManager.Name if that is set.
	Name string
	// Duration is how long a cookie is good for, in whole seconds, and is also
	// enforced on the server. [RememberFor] overrides it. Default: 365 days.
	Duration time.Duration
	// Domain of the cookie. Default: "", this host only. With a domain all its
	// subdomains get the cookie, including those of other people. Change Name together
	// with Domain: otherwise browsers keep the old cookie beside the new one and send
	// both. The newest valid cookie then counts, and a logout deletes the others that
	// were sent.
	Domain string
	// Path of the cookie. Default: "/". With a longer path, put the logout page
	// under it: as in Flask-Login, a logout deletes the cookie that the browser sends.
	// Change Name together with Path, as with Domain.
	Path string
	// Secure keeps the cookie from plain HTTP, where anyone between browser and server
	// could read it. Turn it off in development only, for other machines and for
	// Safari: Chrome and Firefox accept the cookie from localhost, Safari does not.
	// Default: true, where Flask-Login has false.
	Secure bool
	// HTTPOnly keeps the cookie from scripts. Default: true.
	HTTPOnly bool
	// SameSite keeps the cookie from requests that come from other sites. Browsers drop
	// a cookie of http.SameSiteNoneMode without Secure, which is logged.
	// Default: http.SameSiteLaxMode, where Flask-Login sends none.
	SameSite http.SameSite
	// Grace is how long, with LoginManager.Logins set, a replaced remember cookie stays
	// valid: a returning browser sends several requests at once, and only one of them
	// gets the new cookie. It has to be longer than your slowest handler or long poll,
	// whose late response would look like a theft. With 0, for tests only, two requests
	// at once look like a theft, too. Default: one minute.
	Grace time.Duration
	// Partitioned gives each site that embeds this one a cookie of its own (CHIPS). It
	// needs Secure. Change Name together with it, as with Domain. Default: false.
	Partitioned bool
	// RenewAfter makes remember cookies slide: the next request that loads the user
	// renews an older cookie for its own lifetime. Default: 0, never: a cookie ends
	// Duration after the login.
	RenewAfter time.Duration
	// RefreshEachRequest renews the cookie for its own lifetime in every response to a
	// request that brings it. Shared caches can then store none of these pages.
	// Default: false.
	RefreshEachRequest bool
}

// SessionProtection says what happens to a login whose client changes its
// address or user agent: it may be a thief with the session cookie, or a phone that
// has changed networks.
type SessionProtection int

const (
	// ProtectBasic keeps the user logged in but makes the login stale, so that
	// FreshLoginRequired asks for the password. From then on the new client is the
	// login's client.
	ProtectBasic SessionProtection = iota
	// ProtectStrong ends the login and deletes the remember cookie. Users whose
	// address changes, on phones and behind some proxies, are logged out often.
	ProtectStrong
	// ProtectNone does nothing.
	ProtectNone
)

// SessionOptions returns the options to give a session store:
//
//	store := cookie.NewStore(key)
//	store.Options(ginlogin.SessionOptions())
//
// The stores' own defaults send SameSite=None and leave the cookie readable to
// scripts. These options keep it from scripts (HttpOnly), from plain HTTP (Secure)
// and from posts that come from other sites (SameSite=Lax).
//
// The session lives for 30 days. The cookie store enforces this on the server
// whatever MaxAge says, and the memcached store supports no more. For a session
// that ends with the browser, so that [Remember] decides who stays logged in, set
// MaxAge to 0:
//
//	options := ginlogin.SessionOptions()
//	options.MaxAge = 0
//	store.Options(options)
//
// The redis and gorm stores lose such a session at once.
//
// Change the session's name together with Domain or Path: otherwise browsers keep the
// old cookie beside the new one and send both. The session with the newest login then
// counts; the next save by this package, or a logout, deletes the others.
func SessionOptions() sessions.Options {
	return sessions.Options{
		Path:     "/",
		MaxAge:   30 * 24 * 60 * 60,
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}

// settings are a LoginManager whose settings have been checked and can no longer
// change.
type settings struct {
	LoginManager
	origin                         *LoginManager // the one that For names
	visits                         *visit.Manager
	wrongType, assigned, overruled sync.Once // the warnings, once each
}

// checked copies the settings, and panics if one is wrong: the mistake shows when the
// program starts, not to its users.
func (lm *LoginManager) checked() *settings {
	lm.built = true
	m := &settings{LoginManager: *lm, origin: lm}
	m.SecretKeys, m.TrustedOrigins = slices.Clone(m.SecretKeys), slices.Clone(m.TrustedOrigins)
	cookie := "remember_token"
	if m.Name != "" {
		cookie += "_" + m.Name
	}
	m.Remember.Name = cmp.Or(m.Remember.Name, cookie)
	if err := m.check(); err != nil {
		panic("ginlogin: " + err.Error())
	}
	m.visits = m.manager()
	visit.Know(m.userType, m.RequestLoader != nil)
	return m
}

// warnAssigned warns once of fields that were assigned after Middleware had copied
// them, which has no effect.
func (m *settings) warnAssigned() {
	m.assigned.Do(func() {
		late := *m.origin
		late.Remember.Name = cmp.Or(late.Remember.Name, m.Remember.Name) // as checked sets it
		for _, field := range visit.Differing(m.LoginManager, late) {
			m.log().Warn("ginlogin: LoginManager." + field + " was assigned after Middleware, which has no effect: assign it before")
		}
	})
}

func (m *settings) log() *slog.Logger { return cmp.Or(m.Logger, slog.Default()) }

// manager returns what a visit needs of the settings.
func (m *settings) manager() *visit.Manager {
	v := &visit.Manager{
		Settings: m, Name: m.Name, SessionName: m.SessionName, SessionKey: visit.RecordKey(m.Name), ForNext: m.UseSessionForNext,
		Policy: login.Policy{
			Protection: login.Protection(m.SessionProtection), Idle: m.IdleTimeout, Absolute: m.AbsoluteTimeout,
			FreshFor: m.FreshFor, Grace: m.Remember.Grace, RenewEach: m.Remember.RefreshEachRequest, RenewAfter: m.Remember.RenewAfter, Stored: m.Logins != nil, Device: m.DeviceBound,
		},
		Middleware: visit.NameOf(m.serve), Opener: visit.NameOf(loginNotRequired),
		Bindings:   keyring.New(m.SecretKeys, "session hash", m.Name),
		Activity:   keyring.New(m.SecretKeys, "activity", m.Name),
		Anonymous:  m.anonymous,
		Guest:      AnonymousUser{},
		Identifier: m.Identifier, IsActivity: m.IsActivity, MaxLogins: m.MaxLogins, UserType: m.userType,
		AuditLog: m.AuditLog, Logger: m.Logger, Now: m.Now, Handlers: m.handlers, Closed: m.LoginRequired,
		RememberFor: m.Remember.Duration,
		ForceHost:   m.ForceHost, Localize: m.Localize, ErrorHandler: m.ErrorHandler,
	}
	v.Remember = m.Remember.jar(keyring.New(m.SecretKeys, "remember cookie", m.Name), &v.Policy)
	if m.CacheControl != "" {
		v.CacheControl = []string{m.CacheControl}
	}
	if m.Logins != nil {
		v.Store = rows{m.Logins}
		if len(m.SecretKeys) > 0 {
			v.Device = visit.NewDevice(m.SecretKeys, m.Name)
		}
	}
	if m.load != nil {
		v.Load = func(ctx context.Context, id string) (visit.User, error) { return m.find(ctx, id) }
	}
	if m.RequestLoader != nil {
		v.LoadRequest = func(c *gin.Context) (visit.User, error) {
			u, err := m.RequestLoader(c)
			return m.found(u, err, "")
		}
	}
	return v
}

func (m *settings) check() error {
	if m.Now == nil {
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
		return fmt.Errorf("LoginManager.CacheControl %q is not a header value: use one line, such as private, no-store", m.CacheControl)
	}
	if m.userType.Implements(reflect.TypeFor[SessionHasher]()) && len(m.SecretKeys) == 0 {
		return errors.New("LoginManager.SecretKeys is empty, but a SessionHash needs a key: set one of 32 random bytes")
	}
	if m.MaxLogins < 0 {
		return fmt.Errorf("LoginManager.MaxLogins is %d: use a number of logins, or 0 for any", m.MaxLogins)
	}
	for i, key := range m.SecretKeys {
		if len(key) < 32 {
			return fmt.Errorf("LoginManager.SecretKeys[%d] has %d bytes: use 32 or more random ones", i, len(key))
		}
	}
	return errors.Join(
		checkView("LoginView", m.LoginView), checkView("RefreshView", m.RefreshView),
		m.checkTimes(), m.checkHost(), m.checkOrigins(), m.checkSessionName(), m.checkRemember(),
	)
}

func checkView(field, view string) error {
	if err := redirect.CheckView(view); err != nil {
		return fmt.Errorf("LoginManager.%s %w", field, err)
	}
	return nil
}

func (m *settings) checkTimes() error {
	for _, limit := range []struct {
		field string
		value time.Duration
	}{
		{"IdleTimeout", m.IdleTimeout}, {"AbsoluteTimeout", m.AbsoluteTimeout},
		{"FreshFor", m.FreshFor}, {"Remember.Grace", m.Remember.Grace}, {"Remember.RenewAfter", m.Remember.RenewAfter}, {"DeviceBound", m.DeviceBound},
	} {
		if limit.value < 0 || limit.value > 0 && limit.value < time.Second {
			return fmt.Errorf("LoginManager.%s is %v: use a second or more, or 0", limit.field, limit.value)
		}
	}
	switch {
	case m.IdleTimeout > 0 && m.Logins == nil && len(m.SecretKeys) == 0:
		return errors.New("LoginManager.SecretKeys is empty, but IdleTimeout signs a cookie: set a key of 32 random bytes")
	case m.DeviceBound > 0 && (m.Logins == nil || len(m.SecretKeys) == 0):
		return errors.New("LoginManager.DeviceBound needs Logins, which keeps the key of the device, and SecretKeys, which sign the device cookie")
	case m.IdleTimeout > 0 && m.Logins != nil && m.IdleTimeout <= m.Remember.Grace:
		// A session that has idled out would be good again after its remember cookie came.
		return fmt.Errorf("LoginManager.IdleTimeout is %v: with Logins it has to be longer than Remember.Grace, which is %v", m.IdleTimeout, m.Remember.Grace)
	}
	return nil
}

func (m *settings) checkHost() error {
	if m.ForceHost == "" {
		return nil
	}
	if u, err := url.Parse("//" + m.ForceHost); err != nil || u.Host != m.ForceHost || u.Hostname() == "" {
		return fmt.Errorf("LoginManager.ForceHost %q: use a host such as example.com or example.com:8443", m.ForceHost)
	}
	return nil
}

// checkOrigins wants origins as browsers send them: without a path.
func (m *settings) checkOrigins() error {
	for _, origin := range m.TrustedOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return fmt.Errorf("LoginManager.TrustedOrigins %q: use scheme and host, such as https://app.example.com", origin)
		}
	}
	return nil
}

func (m *settings) checkRemember() error {
	if m.Remember.Duration < time.Second {
		return fmt.Errorf("LoginManager.Remember.Duration is %v: use a second or more, and assign single fields of Remember to keep the other defaults", m.Remember.Duration)
	}
	return m.Remember.jar(nil, nil).Check()
}

func (m *settings) checkSessionName() error {
	if m.SessionName == "" {
		return nil
	}
	if err := (&http.Cookie{Name: m.SessionName}).Valid(); err != nil {
		return fmt.Errorf("LoginManager.SessionName %q is not a valid cookie name: use letters, digits, '-' and '_'", m.SessionName)
	}
	return nil
}

// jar returns what makes and finds the cookies that rc describes.
func (rc *RememberCookie) jar(keys *keyring.Ring, p *login.Policy) *remember.Jar {
	return &remember.Jar{
		Keys: keys, Policy: p, Name: rc.Name, Domain: rc.Domain, Path: rc.Path,
		Secure: rc.Secure, HTTPOnly: rc.HTTPOnly, SameSite: rc.SameSite, Partitioned: rc.Partitioned,
	}
}

// anonymous makes the user that stands for a visitor who is not logged in.
func (m *settings) anonymous(c *gin.Context) visit.User {
	if m.AnonymousUser != nil {
		if u := m.AnonymousUser(c); !visit.IsNil(u) {
			return u
		}
	}
	return AnonymousUser{}
}

// warnOfType warns once that the user of a request has another type than the guard
// tests.
func (m *settings) warnOfType(guard string, is, wants any) {
	m.wrongType.Do(func() {
		m.log().Warn(fmt.Sprintf("ginlogin: %s tests a %T, but the user is a %T, which never passes: "+
			"use the type that the loader returns", guard, wants, is))
	})
}

// warnOverruled warns once of a guard whose option no stranger meets, because
// LoginRequired refuses strangers before the guard does.
func (m *settings) warnOverruled(c *gin.Context, v *visit.Visit, option string) {
	if !m.LoginRequired || v.IsOpen(c, m.LoginView, m.RefreshView) {
		return
	}
	m.overruled.Do(func() {
		m.log().Warn("ginlogin: a guard's option "+option+" has no effect, because LoginManager.LoginRequired refuses strangers before the guard does: "+
			"put LoginNotRequired() before the guard, which then closes the route by itself", "route", c.FullPath())
	})
}
