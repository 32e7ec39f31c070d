package storetest

import (
	"strings"
	"testing"

	"github.com/gorilla/securecookie"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestABadSessionCookieIsAnEmptySession(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		good := s.browser()
		good.does("login 1")
		middle := len(good.session()) / 2
		for name, bad := range map[string]string{
			"tampered":            good.session()[:middle] + flip(good.session()[middle:]),
			"cut":                 good.session()[:middle],
			"of a foreign key":    encoded(t, "session", "ABCDEFGH", "foreign"),
			"of another name":     encoded(t, "other", "ABCDEFGH", "session"),
			"of another kind":     encoded(t, "session", 42, "session"),
			"of no known session": encoded(t, "session", "ABCDEFGH", "session"),
			"rubbish":             "rubbish",
			"long":                strings.Repeat("A", 5000),
		} {
			t.Run(name, func(t *testing.T) {
				b := s.copyOf(bad)
				site.Wants(t, "user", b.does("who", "fresh"), "user , fresh false")
				site.Wants(t, "guard", b.guarded(), 302)
				b.Put("session", bad)
				site.Wants(t, "logout", b.does("logout"), "")
				b.Put("session", bad)
				site.Wants(t, "login", b.does("login 2"), "")
				site.Wants(t, "later", b.does("who"), "user 2")
			})
		}
		site.Wants(t, "the good one", good.does("who"), "user 1")
	})
}

// flip changes a letter.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// encoded returns a cookie as gorilla's stores make them.
func encoded(t *testing.T, name string, value any, secret string) string {
	t.Helper()
	return must(securecookie.EncodeMulti(name, value, securecookie.CodecsFromPairs(site.Key(secret))...))(t)
}
