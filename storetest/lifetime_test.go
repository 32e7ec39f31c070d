package storetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestALifetimeOfZeroEndsWithTheBrowserOrIsRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) { tryLifetime(t, k, 0, k.zero) })
}

func TestALifetimeOfMoreThanAMonthIsKeptCappedOrRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		tryLifetime(t, k, 40*24*60*60, k.month)
		if k.month == refused {
			return
		}
		if strings.HasPrefix(k.name, "cookiestore") {
			return // its cookie is of another kind, and its own tests have a clock
		}
		s := newSite(t, k, func(with *setup) { with.options.MaxAge = 40 * 24 * 60 * 60 })
		b := s.browser()
		b.does("login 1")
		b.Put("session", aged(t, b.session(), 35*24*time.Hour))
		site.Wants(t, "after 35 days", b.does("who"), loggedInIf(k.month == asAsked))
		b.Put("session", aged(t, b.session(), 6*24*time.Hour))
		site.Wants(t, "after 41 days", b.does("who"), "user ")
	})
}

// aged returns a cookie of gorilla's as it would be if it had been made so long
// before: base64 of "time|value|MAC".
func aged(t *testing.T, cookie string, by time.Duration) string {
	t.Helper()
	if cookie == "" {
		return ""
	}
	made, rest, _ := strings.Cut(string(must(base64.URLEncoding.DecodeString(cookie))(t)), "|")
	value, _, _ := strings.Cut(rest, "|")
	at := must(strconv.ParseInt(made, 10, 64))(t) - int64(by/time.Second)
	signed := fmt.Sprintf("%d|%s", at, value)
	mac := hmac.New(sha256.New, site.Key("session"))
	mac.Write([]byte("session|" + signed))
	return base64.URLEncoding.EncodeToString(append([]byte(signed+"|"), mac.Sum(nil)...))
}

func tryLifetime(t *testing.T, k kind, seconds int, want lifetime) {
	s := newSite(t, k, func(with *setup) { with.options.MaxAge = seconds })
	b := s.browser()
	if want == refused {
		if err := b.fails("login-remember 1"); !strings.Contains(err, "MaxAge") {
			t.Errorf("the error does not name the setting: %s", err)
		}
		site.Wants(t, "afterwards", b.does("who"), "user ")
		return
	}
	res := b.perform([]string{"login 1"})
	site.Wants(t, "login", res.Text, "")
	site.Wants(t, "Max-Age", res.Cookies()[0].MaxAge, seconds)
	site.Wants(t, "later", b.does("who"), "user 1")
	site.Wants(t, "ConfirmLogin", b.does("confirm"), "")
	site.Wants(t, "later", b.does("who"), "user 1")
	site.Wants(t, "logout", b.does("logout"), "")
	site.Wants(t, "later", b.does("who"), "user ")
}

// Where an app chooses the lifetime of a session, a Login that is refused leaves
// the session as it was.
func TestARefusedLifetimeLeavesTheSession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		lifetime := "lifetime 0"
		switch {
		case k.month == refused:
			lifetime = "lifetime 3456000"
		case k.zero != refused:
			return // it refuses none
		}
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		b.fails(lifetime, "login-remember 1")
		site.Wants(t, "afterwards", b.does("who", "get cart"), "user , cart=book")
	})
}

func TestTheRecommendedLifetimeIsKept(t *testing.T) {
	site.Wants(t, "30 days, the most that every store takes", ginlogin.SessionOptions().MaxAge, 30*24*60*60)
}
