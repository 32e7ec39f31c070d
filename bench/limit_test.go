package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestLimitIsSound(t *testing.T) {
	l := newLimit(secret)
	const now = 1_760_000_000
	value := l.seal("1815", now)
	other := newLimit([]byte(strings.Repeat("k", 32))).seal("1815", now)
	for _, test := range []struct {
		name, value string
		at          int64
		want        bool
	}{
		{"its own", value, now, true},
		{"its own on the last day", value, now + limitLifetime, true},
		{"expired", value, now + limitLifetime + 1, false},
		{"from the future", value, now - 1, false},
		{"changed", tampered("a=" + value)[2:], now, false},
		{"cut", value[:len(value)-2], now, false},
		{"signed by another key", other, now, false},
		{"no base64", "!" + value, now, false},
		{"too long", strings.Repeat("A", 4000), now, false},
		{"empty", "", now, false},
	} {
		id, ok := l.open(test.value, test.at)
		if ok != test.want || ok && id != "1815" {
			t.Errorf("%s: %q, %v", test.name, id, ok)
		}
	}
}

func TestCookieValue(t *testing.T) {
	for line, want := range map[string]string{
		"session=a":              "a",
		"x=1; session=a; y=2":    "a",
		"xsession=1; session=a":  "a",
		"session2=1; session=a=": "a=",
		"session":                "",
		"x=session=a":            "",
		"":                       "",
	} {
		r := &http.Request{Header: http.Header{"Cookie": {line}}}
		if got := cookieValue(r, "session"); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	r := newRequest(http.MethodGet, "/", foreignCookies)
	if n := testing.AllocsPerRun(10, func() { cookieValue(r, "session") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
