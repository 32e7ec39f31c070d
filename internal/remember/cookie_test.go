package remember

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/internal/keyring"
)

func TestTheBrowserKeepsTheCookieUntilTheTokenEnds(t *testing.T) {
	for _, row := range []struct {
		name     string
		lifetime int64
		issued   int64 // seconds ago
		maxAge   int
	}{
		{"a second", 1, 0, 1},
		{"a year", 31536000, 0, 31536000},
		{"what is left after ten seconds", 1000, 10, 990},
		{"the most that 32 bits can count", math.MaxInt32, 0, math.MaxInt32},
		{"a second more than that", math.MaxInt32 + 1, 0, math.MaxInt32},
		{"the longest time.Duration", 9223372036, 0, math.MaxInt32},
		{"what has ended", 1000, 1001, -1},
	} {
		cookie, err := newJar(first).Make(tokenOf("1", now-row.issued, row.lifetime), now)
		if err != nil {
			t.Fatal(err)
		}
		if cookie.MaxAge != row.maxAge {
			t.Errorf("%s: Max-Age is %d, want %d", row.name, cookie.MaxAge, row.maxAge)
		}
		if want := now - row.issued + row.lifetime; cookie.Expires.Unix() != want {
			t.Errorf("%s: Expires is %d, want %d", row.name, cookie.Expires.Unix(), want)
		}
	}
}

func TestTheCookieIsDeletedWithTheAttributesItWasSetWith(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Jar)
		set    string // behind the value
		delete string
	}{
		{"by default", func(*Jar) {},
			"Path=/; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; HttpOnly; Secure; SameSite=Lax",
			"remember_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"with a name", func(j *Jar) { j.Name, j.SameSite = "__Host-me", http.SameSiteStrictMode },
			"Path=/; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; HttpOnly; Secure; SameSite=Strict",
			"__Host-me=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
		{"with a domain", func(j *Jar) { j.Domain = "example.com" },
			"Path=/; Domain=example.com; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; HttpOnly; Secure; SameSite=Lax",
			"remember_token=; Path=/; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"with a path", func(j *Jar) { j.Path, j.HTTPOnly, j.SameSite = "/members", false, http.SameSiteNoneMode },
			"Path=/members; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; Secure; SameSite=None",
			"remember_token=; Path=/members; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; SameSite=None"},
		{"partitioned", func(j *Jar) { j.Partitioned = true },
			"Path=/; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; HttpOnly; Secure; SameSite=Lax; Partitioned",
			"remember_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax; Partitioned"},
		{"for development", func(j *Jar) { j.Secure = false },
			"Path=/; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000; HttpOnly; SameSite=Lax",
			"remember_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly; SameSite=Lax"},
		{"with nothing else at all", func(j *Jar) { j.Secure, j.HTTPOnly, j.SameSite = false, false, 0 },
			"Path=/; Expires=Tue, 14 Nov 2023 22:46:40 GMT; Max-Age=1000",
			"remember_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := newJar(first)
			row.change(j)
			of := tokenOf("1", now, 1000)
			cookie, err := j.Make(of, now)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := cookie.String(), j.Name+"="+j.signed(of)+"; "+row.set; got != want {
				t.Errorf("it is set by\n%s, want\n%s", got, want)
			}
			if got := j.Delete().String(); got != row.delete {
				t.Errorf("it is deleted by\n%s, want\n%s", got, row.delete)
			}
		})
	}
}

func TestACookieIsDeletedWithoutKeys(t *testing.T) {
	if got := newJar().Delete(); got.Name != "remember_token" || got.Value != "" || got.MaxAge != -1 {
		t.Errorf("Delete returns %v", got)
	}
}

func TestWithoutKeysNoCookieIsMade(t *testing.T) {
	for name, ring := range map[string]*keyring.Ring{"nil": nil, "empty": newJar().Keys} {
		j := newJar()
		j.Keys = ring
		if cookie, err := j.Make(tokenOf("1", now, 1000), now); cookie != nil || !errors.Is(err, ErrNoSecretKey) {
			t.Errorf("%s: Make returns %v, %v", name, cookie, err)
		}
	}
}

func TestARememberCookieIsNeverLongerThanBrowsersKeep(t *testing.T) {
	longest, shortest := 0, math.MaxInt // that is kept, and that is refused
	for _, path := range []string{"/", "/a", "/ab", "/abc"} {
		j := newJar(first)
		j.Path = path
		for n := 2700; n < 3000; n++ {
			cookie, err := j.Make(tokenOf(strings.Repeat("x", n), now, 1000), now)
			if err == nil {
				longest = max(longest, len(cookie.String()))
				continue
			}
			var size int
			if _, scanErr := fmt.Sscanf(err.Error(), "ginlogin: the remember cookie would have %d bytes", &size); scanErr != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("ginlogin: the remember cookie would have %d bytes, and browsers keep 4096: use a shorter user ID", size); err.Error() != want || cookie != nil {
				t.Fatalf("Make returns %v, %q, want %q", cookie, err, want)
			}
			shortest = min(shortest, size)
		}
	}
	if longest != 4096 || shortest != 4097 {
		t.Errorf("the longest that is kept has %d bytes, the shortest that is refused %d", longest, shortest)
	}
}
