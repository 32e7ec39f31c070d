package setcookie

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// bring returns a request with these Cookie lines.
func bring(lines ...string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "/page?a=b", strings.NewReader("body"))
	req.Header.Set("User-Agent", "test browser")
	if lines != nil {
		req.Header["Cookie"] = lines
	}
	return req
}

func TestARequestBringsACookieByItsExactName(t *testing.T) {
	for _, row := range []struct {
		name               string
		lines              []string
		mentioned, brought bool
	}{
		{"no cookies", nil, false, false},
		{"an empty line", []string{""}, false, false},
		{"foreign cookies", []string{"_ga=GA1.1; theme=dark", "lang=en"}, false, false},
		{"the cookie alone", []string{"token=a"}, true, true},
		{"the cookie between others", []string{"x=1; token=a; y=2"}, true, true},
		{"the cookie in the second line", []string{"x=1", "token=a"}, true, true},
		{"the cookie twice", []string{"token=a; token=b"}, true, true},
		{"the cookie with an empty value", []string{"token="}, true, true},
		{"the name without an equals sign", []string{"token"}, true, true},
		{"a value that means nothing", []string{"token=bad"}, true, true},
		{"a value that a cookie cannot have", []string{`token=a"b`}, true, false},
		{"a cookie whose name ends alike", []string{"my_token=a"}, true, false},
		{"a cookie whose name begins alike", []string{"token2=a"}, true, false},
		{"the name in a value", []string{"x=token=a"}, true, false},
		{"the name in other letters", []string{"Token=a"}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := bring(row.lines...)
			if got := Mentions(req, "token"); got != row.mentioned {
				t.Errorf("Mentions is %t, want %t", got, row.mentioned)
			}
			if got := Brought(req, "token"); got != row.brought {
				t.Errorf("Brought is %t, want %t", got, row.brought)
			}
		})
	}
}

func TestARequestBringsSeveralCookiesOfOneName(t *testing.T) {
	many := strings.Repeat("x=1; ", 98)
	for _, row := range []struct {
		name             string
		lines            []string
		several, repeats bool
	}{
		{"no cookies", nil, false, false},
		{"an empty line", []string{""}, false, false},
		{"empty pairs", []string{";;; ;", ";"}, false, false},
		{"the cookie alone", []string{"token=a"}, false, false},
		{"the cookie twice", []string{"token=a; token=b"}, true, true},
		{"the cookie twice with the same value", []string{"token=a; token=a"}, true, true},
		{"the cookie twice among others", []string{"x=1; token=a; y=2; token=b; z=3"}, true, true},
		{"the cookie in two lines", []string{"x=1; token=a", "y=2; token=b"}, true, true},
		{"the cookie twice in the second line", []string{"x=1", "token=a; token=b"}, true, true},
		{"the cookie twice without blanks", []string{"token=a;token=b"}, true, true},
		{"the cookie twice with many blanks", []string{"  token =a ;\ttoken=b"}, true, true},
		{"the cookie three times", []string{"token=a; token=b; token=c"}, true, true},
		{"another cookie twice", []string{"x=1; token=a; x=2"}, false, true},
		{"a cookie whose name ends alike", []string{"token=a; my_token=b"}, false, false},
		{"a cookie whose name begins alike", []string{"token=a; token2=b"}, false, false},
		{"the name in a value", []string{"token=a; x=token=b; y=token"}, false, false},
		{"the name in other letters", []string{"token=a; Token=b"}, false, false},
		{"the second as the last of a hundred", []string{many + "token=a; token=b"}, true, true},
		{"the second beyond a hundred", []string{many + "x=1; token=a; token=b"}, false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := bring(row.lines...)
			if got := Several(req, "token"); got != row.several {
				t.Errorf("Several is %t, want %t", got, row.several)
			}
			if got := Repeats(req); got != row.repeats {
				t.Errorf("Repeats is %t, want %t", got, row.repeats)
			}
		})
	}
}

func TestADoubledCookieIsOne(t *testing.T) {
	for _, row := range []struct {
		name string
		line string
		want string
	}{
		{"none", "x=1", ""},
		{"one", "token=a", "a"},
		{"two", "token=a; token=b", "a b"},
		{"one doubled", "token=a; token=a", "a"},
		{"two, one doubled", "token=a; x=1; token=b; token=a", "a b"},
		{"no more than four are looked at", "token=a; token=b; token=b; token=c; token=d", "a b c"},
		{"one doubled in quotes", `token=a; token="a"`, "a"},
	} {
		var values []string
		for _, c := range Named(bring(row.line), "token", 4) {
			values = append(values, c.Value)
		}
		if got := strings.Join(values, " "); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

// A header may have a megabyte. What a hundred names cost is bounded; thousands cost no more.
func TestOnlySoManyCookiesAreComparedWithEachOther(t *testing.T) {
	var line strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&line, "n%06d=n; ", i)
	}
	began := time.Now()
	if Repeats(bring(line.String() + "n099999=n")) {
		t.Error("the hundred thousandth is looked at")
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestCookiesAreCountedWithoutAllocating(t *testing.T) {
	req := bring("token=a; theme=dark; token=b", "lang=en")
	if n := testing.AllocsPerRun(100, func() { Several(req, "token"); Repeats(req); Several(req, "lang") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestARequestWithoutTheNameIsKnownWithoutAllocating(t *testing.T) {
	req := bring("_ga=GA1.1; theme=dark", "lang=en")
	if n := testing.AllocsPerRun(100, func() { Brought(req, "remember_token") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWithReplacesAllCookies(t *testing.T) {
	for _, row := range []struct {
		name   string
		cookie *http.Cookie
		want   string
	}{
		{"by none", nil, `[]`},
		{"by one", &http.Cookie{Name: "session", Value: "b"}, `["session=b"]`},
		{"by one without its attributes", &http.Cookie{Name: "session", Value: "b", Path: "/", MaxAge: 7}, `["session=b"]`},
		{"by one in its quotes", &http.Cookie{Name: "session", Value: "b", Quoted: true}, `["session=\"b\""]`},
		{"by one that deletes", &http.Cookie{Name: "session", MaxAge: -1}, `["session="]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			type key struct{}
			req := bring("session=a; x=1", "y=2")
			req = req.WithContext(context.WithValue(req.Context(), key{}, "value"))
			with := With(req, row.cookie)
			if got := fmt.Sprintf("%q", with.Header["Cookie"]); got != row.want {
				t.Errorf("Cookie is %s, want %s", got, row.want)
			}
			if got := fmt.Sprintf("%q", req.Header["Cookie"]); got != `["session=a; x=1" "y=2"]` {
				t.Errorf("the Cookie lines of the original are %s by now", got)
			}
			if with.UserAgent() != "test browser" || with.Method != req.Method || with.URL != req.URL ||
				with.Body != req.Body || with.Context().Value(key{}) != "value" {
				t.Error("more than the cookies has changed")
			}
		})
	}
}

func TestAsSentIsWhatTheBrowserSendsNext(t *testing.T) {
	for _, row := range []struct {
		name, set string
		want      string
	}{
		{"with the cookie that the response sets", "session=new; Path=/", `["session=new"]`},
		{"with an empty one after a deletion", "session=; Max-Age=0", `["session="]`},
		{"with quotes where it is set with quotes", `session="a b"`, `["session=\"a b\""]`},
		{"as it was, if the response sets another cookie", "other=new", `["session=old; x=1"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := bring("session=old; x=1")
			got := AsSent(req, http.Header{"Set-Cookie": {row.set}}, "session")
			if lines := fmt.Sprintf("%q", got.Header["Cookie"]); lines != row.want {
				t.Errorf("Cookie is %s, want %s", lines, row.want)
			}
		})
	}
	req := bring("session=old")
	if AsSent(req, http.Header{}, "session") != req {
		t.Error("a response that sets nothing makes a copy of the request")
	}
}
