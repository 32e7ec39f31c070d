package setcookie

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func lines(h http.Header) string { return fmt.Sprintf("%q", h["Set-Cookie"]) }

func TestSentIsTheLastLineThatParses(t *testing.T) {
	for _, row := range []struct {
		name  string
		lines []string
		want  string // the value; "none" if there is no cookie
	}{
		{"no line at all", nil, "none"},
		{"one line", []string{"session=a; Path=/"}, "a"},
		{"of two lines the last counts", []string{"session=a", "session=b"}, "b"},
		{"a line of another cookie behind it does not count", []string{"session=a", "other=b"}, "a"},
		{"a longer name is another cookie", []string{"session2=a", "session_=b"}, "none"},
		{"a name that ends alike is another cookie", []string{"my_session=a"}, "none"},
		{"a name in other letters is another cookie", []string{"Session=a"}, "none"},
		{"the name in a value is no cookie", []string{"other=session=a"}, "none"},
		{"the name without a value is no cookie", []string{"session", "session; Path=/"}, "none"},
		{"an empty value is a cookie", []string{"session="}, ""},
		{"an equals sign belongs to the value", []string{"session=a=b=="}, "a=b=="},
		{"quotes do not belong to the value", []string{`session="a b"`}, "a b"},
		{"blanks around the name do not belong to it", []string{"  session\t=a"}, "a"},
		{"a last line that does not parse is passed over", []string{"session=a", `session=b"c`}, "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := "none"
			if c := Sent(http.Header{"Set-Cookie": row.lines}, "session"); c != nil {
				got = c.Value
			}
			if got != row.want {
				t.Errorf("Sent is %q, want %q", got, row.want)
			}
		})
	}
}

func TestSentHasTheAttributes(t *testing.T) {
	c := Sent(http.Header{"Set-Cookie": {"session=a; Path=/app; Max-Age=0; HttpOnly"}}, "session")
	if c.Path != "/app" || c.MaxAge != -1 || !c.HttpOnly {
		t.Errorf("Sent is %+v", c)
	}
}

func TestEveryEditLeavesOtherCookiesInTheirOrder(t *testing.T) {
	for _, row := range []struct {
		name                        string
		lines                       []string
		dropped, keptLast, afterSet string
	}{
		{"no line", nil,
			`[]`, `[]`, `["session=new"]`},
		{"one line of the name", []string{"session=a"},
			`[]`, `["session=a"]`, `["session=new"]`},
		{"two lines of the name", []string{"session=a", "session=b"},
			`[]`, `["session=b"]`, `["session=new"]`},
		{"lines of others only", []string{"x=1", "y=2"},
			`["x=1" "y=2"]`, `["x=1" "y=2"]`, `["x=1" "y=2" "session=new"]`},
		{"lines of others in between", []string{"x=1", "session=a", "y=2", "session=b", "z=3"},
			`["x=1" "y=2" "z=3"]`, `["x=1" "y=2" "z=3" "session=b"]`, `["x=1" "y=2" "z=3" "session=new"]`},
		{"neighbours by name and value", []string{"session2=a", "my_session=b", "x=session=", "session=c"},
			`["session2=a" "my_session=b" "x=session="]`, `["session2=a" "my_session=b" "x=session=" "session=c"]`,
			`["session2=a" "my_session=b" "x=session=" "session=new"]`},
		{"a deletion is a line like any other", []string{"session=a", "session=; Max-Age=0"},
			`[]`, `["session=; Max-Age=0"]`, `["session=new"]`},
		{"a line that does not parse", []string{`session=a"b`, "x=1"},
			`["x=1"]`, `["x=1" "session=a\"b"]`, `["x=1" "session=new"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			edit := func(what, want string, do func(http.Header)) {
				h := http.Header{}
				if row.lines != nil {
					h["Set-Cookie"] = slices.Clone(row.lines)
				}
				do(h)
				if got := lines(h); got != want {
					t.Errorf("%s leaves %s, want %s", what, got, want)
				}
				if got, there := h["Set-Cookie"]; there && len(got) == 0 {
					t.Errorf("%s leaves a header without lines", what)
				}
			}
			edit("Drop", row.dropped, func(h http.Header) { Drop(h, "session") })
			edit("KeepLast", row.keptLast, func(h http.Header) { KeepLast(h, "session") })
			edit("Set", row.afterSet, func(h http.Header) { Set(h, &http.Cookie{Name: "session", Value: "new"}) })
		})
	}
}

func TestSetWritesTheCookieAsHTTPDoes(t *testing.T) {
	c := &http.Cookie{Name: "session", Value: "a", Path: "/", Secure: true, SameSite: http.SameSiteLaxMode}
	h := http.Header{}
	Set(h, c)
	if got, want := lines(h), fmt.Sprintf("%q", []string{c.String()}); got != want {
		t.Errorf("Set writes %s, want %s", got, want)
	}
	Set(h, &http.Cookie{Name: "two words", Value: "a"})
	if got := len(h["Set-Cookie"]); got != 1 {
		t.Errorf("%d lines after a cookie that is not valid, want 1", got)
	}
}

func TestRestoreTakesTheLinesBack(t *testing.T) {
	for _, before := range [][]string{nil, {"x=1"}, {"session=a", "x=1", "session=b"}} {
		h := http.Header{}
		if before != nil {
			h["Set-Cookie"] = slices.Clone(before)
		}
		was := lines(h)
		saved := Lines(h)
		Set(h, &http.Cookie{Name: "session", Value: "new"})
		Drop(h, "x")
		Restore(h, saved)
		if got := lines(h); got != was {
			t.Errorf("Restore leaves %s, want %s", got, was)
		}
		if _, there := h["Set-Cookie"]; there != (before != nil) {
			t.Errorf("there is a Set-Cookie header: %t, want %t", there, before != nil)
		}
	}
}

func TestMaxSizeIsWhatBrowsersKeep(t *testing.T) {
	if MaxSize != 4096 {
		t.Errorf("MaxSize is %d", MaxSize)
	}
}

func TestFindingALineDoesNotAllocate(t *testing.T) {
	h := http.Header{"Set-Cookie": {"session2=a; Path=/", "my_" + strings.Repeat("session", 10) + "=b"}}
	name := strings.Repeat("session", 10)
	if n := testing.AllocsPerRun(100, func() { Sent(h, name); KeepLast(h, name) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
