package respond

import (
	"fmt"
	"net/http"
	"testing"
)

func TestVaryNamesCookieOnce(t *testing.T) {
	for _, row := range []struct {
		name string
		app  []string
		want string
	}{
		{"the app sets none", nil, `["Cookie"]`},
		{"the app sets an empty list", []string{}, `["Cookie"]`},
		{"the app sets another", []string{"Accept-Encoding"}, `["Accept-Encoding" "Cookie"]`},
		{"the app sets Cookie", []string{"Cookie"}, `["Cookie"]`},
		{"the app sets cookie", []string{"cookie"}, `["cookie"]`},
		{"the app sets it in a list", []string{"Accept-Encoding, Cookie ,Origin"}, `["Accept-Encoding, Cookie ,Origin"]`},
		{"the app sets it in the second line", []string{"Origin", "Cookie"}, `["Origin" "Cookie"]`},
		{"the app varies by everything", []string{"*"}, `["*"]`},
		{"the app varies by everything in a list", []string{"Origin, *"}, `["Origin, *"]`},
		{"the app sets names that contain Cookie", []string{"X-Cookie, Cookie2"}, `["X-Cookie, Cookie2" "Cookie"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := http.Header{}
			if row.app != nil {
				h["Vary"] = row.app
			}
			for range 2 {
				Vary(h)
				if got := fmt.Sprintf("%q", h["Vary"]); got != row.want {
					t.Errorf("Vary is %s, want %s", got, row.want)
				}
			}
		})
	}
}

func TestWhatIsAddedToOneResponseStaysOutOfTheNext(t *testing.T) {
	one, next := http.Header{}, http.Header{}
	Vary(one)
	one.Add("Vary", "Origin")
	Vary(next)
	if got := fmt.Sprintf("%q", next["Vary"]); got != `["Cookie"]` {
		t.Errorf("Vary is %s", got)
	}
	line := []string{"private, no-store"}
	Private(one, line)
	one.Add("Cache-Control", "max-age=0")
	Private(next, line)
	if got := fmt.Sprintf("%q", next["Cache-Control"]); got != `["private, no-store"]` {
		t.Errorf("Cache-Control is %s", got)
	}
}

func TestPrivateLeavesTheAppsCacheControl(t *testing.T) {
	for _, row := range []struct {
		name      string
		app, line []string
		want      string
	}{
		{"the app sets none", nil, []string{"private, no-store"}, `["private, no-store"]`},
		{"the app sets its own", []string{"max-age=5"}, []string{"private, no-store"}, `["max-age=5"]`},
		{"the app sets an empty one, which is none", []string{""}, []string{"private, no-store"}, `["private, no-store"]`},
		{"there is nothing to set", nil, nil, `[]`},
		{"there is an empty line to set", nil, []string{""}, `[]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := http.Header{}
			if row.app != nil {
				h["Cache-Control"] = row.app
			}
			Private(h, row.line)
			if got := fmt.Sprintf("%q", h["Cache-Control"]); got != row.want {
				t.Errorf("Cache-Control is %s, want %s", got, row.want)
			}
		})
	}
}

func TestHeaderOfIsTheFirstValue(t *testing.T) {
	h := http.Header{"Hx-Request": {"true", "false"}, "Empty": {}}
	for key, want := range map[string]string{"Hx-Request": "true", "HX-Request": "", "Empty": "", "Missing": ""} {
		if got := HeaderOf(h, key); got != want {
			t.Errorf("HeaderOf(%q) is %q, want %q", key, got, want)
		}
	}
}

func TestTheHeadersOfAResponseDoNotAllocate(t *testing.T) {
	h, line := http.Header{}, []string{"private, no-store"}
	if n := testing.AllocsPerRun(100, func() {
		clear(h)
		Vary(h)
		Private(h, line)
		Vary(h)
		Private(h, line)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
