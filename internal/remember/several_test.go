package remember

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ginlogin/ginlogin/internal/login"
)

func TestOfSeveralCookiesTheNewestCounts(t *testing.T) {
	j := newJar(other, first)
	old := newJar(first)
	login1 := func(issuedAt, generation int64) login.Token {
		token := tokenOf("1", issuedAt, 10_000)
		token.LoginID, token.LoginAt, token.Generation = "ONE", now-100, generation
		return token
	}
	expired := tokenOf("2", now-1000, 1000)
	for _, row := range []struct {
		name   string
		values [2]string // in both orders
		user   string
		want   login.Token
		newest bool
	}{
		{"of two logins the one issued last", [2]string{j.signed(tokenOf("1", now-2, 1000)), j.signed(tokenOf("2", now-1, 1000))}, "", tokenOf("2", now-1, 1000), true},
		{"of one login the higher generation", [2]string{j.signed(login1(now-100, 3)), j.signed(login1(now-100, 4))}, "", login1(now-100, 4), true},
		{"of one login the higher generation, whenever issued", [2]string{j.signed(login1(now-1, 9)), j.signed(login1(now-100, 10))}, "", login1(now-100, 10), true},
		{"of one generation the one issued last", [2]string{j.signed(login1(now-100, 3)), j.signed(login1(now-1, 3))}, "", login1(now-1, 3), true},
		{"an older one under the newest key does not count", [2]string{j.signed(login1(now-2, 3)), old.signed(login1(now-1, 3))}, "", login1(now-1, 3), false},
		{"a newer one under the newest key counts", [2]string{j.signed(login1(now-1, 3)), old.signed(login1(now-2, 3))}, "", login1(now-1, 3), true},
		{"one that is issued later but has expired does not count", [2]string{j.signed(tokenOf("1", now-100, 1000)), j.signed(tokenOf("2", now-10, 10))}, "", tokenOf("1", now-100, 1000), true},
		{"one that has expired does not count", [2]string{j.signed(tokenOf("1", now-2000, 5000)), j.signed(expired)}, "", tokenOf("1", now-2000, 5000), true},
		{"a planted one of nonsense does not count", [2]string{j.signed(tokenOf("1", now, 1000)), "nonsense"}, "", tokenOf("1", now, 1000), true},
		{"a planted one of a foreign key does not count", [2]string{j.signed(tokenOf("1", now, 1000)), jarOf("staff", other).signed(tokenOf("2", now+9, 1000))}, "", tokenOf("1", now, 1000), true},
		{"a planted, newer one of another user does not hide the user's own", [2]string{j.signed(tokenOf("1", now-9, 1000)), j.signed(tokenOf("2", now, 1000))}, "1", tokenOf("1", now-9, 1000), true},
		{"a planted, older one of another user does not hide the user's own", [2]string{j.signed(tokenOf("1", now, 1000)), j.signed(tokenOf("2", now-9, 1000))}, "1", tokenOf("1", now, 1000), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, values := range [][]string{{row.values[0], row.values[1]}, {row.values[1], row.values[0]}} {
				got, newest, ok := j.Find(bring(values...), row.user, now)
				if got != row.want || newest != row.newest || !ok {
					t.Errorf("Find returns %+v, %t, %t, want %+v, %t", got, newest, ok, row.want, row.newest)
				}
			}
		})
	}
}

// Browsers send the cookie with the longer Path first, and of one Path the one that was first set
// earlier.
func TestOfTwoCookiesThatAreAsNewTheirOrderTells(t *testing.T) {
	for _, row := range []struct{ name, path, want string }{
		{"with the Path of the whole site, the second was set later", "/", "2"},
		{"with a longer Path, the first may be of that Path", "/app", "1"},
	} {
		j := newJar(first)
		j.Path = row.path
		values := []string{j.signed(tokenOf("1", now, 1000)), j.signed(tokenOf("2", now, 1000))}
		if got, _, _ := j.Find(bring(values...), "", now); got.UserID != row.want {
			t.Errorf("%s: the cookie of user %s counts", row.name, got.UserID)
		}
	}
}

func TestCookiesAreCounted(t *testing.T) {
	j := newJar(first)
	good, renewed, bobs, expired := j.signed(tokenOf("1", now, 1000)), j.signed(tokenOf("1", now, 1001)), j.signed(tokenOf("2", now, 1000)), j.signed(tokenOf("1", now-1000, 1000))
	for _, row := range []struct {
		name           string
		jar            *Jar
		values         []string
		brought, valid int
	}{
		{"none", j, nil, 0, 0},
		{"one", j, []string{good}, 1, 1},
		{"an invalid one", j, []string{"nonsense"}, 1, 0},
		{"one that was doubled", j, []string{good, good}, 1, 1},
		{"two of one user", j, []string{good, renewed}, 2, 2},
		{"two of two users", j, []string{good, bobs}, 2, 2},
		{"one beside an expired one", j, []string{expired, good}, 2, 1},
		{"one beside a planted one", j, []string{good, "nonsense"}, 2, 1},
		{"without keys none", newJar(), []string{good}, 0, 0},
	} {
		if brought, valid := row.jar.Count(bring(row.values...), now); brought != row.brought || valid != row.valid {
			t.Errorf("%s: brought %d, valid %d", row.name, brought, valid)
		}
	}
}

func TestACookieOfAnotherUserIsNotFound(t *testing.T) {
	j := newJar(first)
	value := j.signed(tokenOf("1", now, 1000))
	for user, want := range map[string]bool{"": true, "1": true, "2": false, "11": false} {
		if got, newest, ok := j.Find(bring(value), user, now); ok != want || newest != want || ok != (got.UserID == "1") {
			t.Errorf("user %q: Find returns %+v, %t, %t", user, got, newest, ok)
		}
	}
}

func TestEightCookiesOfTheNameAreLookedAt(t *testing.T) {
	j := newJar(first)
	good := j.signed(tokenOf("1", now, 1000))
	for before, want := range map[int]bool{0: true, 7: true, 8: false, 100: false} {
		values := append(slices.Repeat([]string{"nonsense"}, before), good)
		if _, _, ok := j.Find(bring(values...), "", now); ok != want {
			t.Errorf("behind %d others the cookie is good: %t, want %t", before, ok, want)
		}
	}
	req := bring(good)
	req.Header["Cookie"] = []string{strings.Repeat("x=1; ", 20) + req.Header["Cookie"][0]}
	if _, _, ok := j.Find(req, "", now); !ok {
		t.Error("cookies of other names count")
	}
}

func TestWhichCookiesOfARequestAreRememberCookies(t *testing.T) {
	j := newJar(first)
	good := j.signed(tokenOf("1", now, 1000))
	for _, row := range []struct {
		name           string
		lines          []string
		brought, found bool
	}{
		{"no cookie", nil, false, false},
		{"other cookies", []string{"session=a; theme=dark"}, false, false},
		{"the cookie between others", []string{"session=a; remember_token=" + good + "; theme=dark"}, true, true},
		{"the cookie in a second line", []string{"session=a", "remember_token=" + good}, true, true},
		{"an invalid one", []string{"remember_token=nonsense"}, true, false},
		{"an empty one", []string{"remember_token="}, true, false},
		{"the cookie of another manager", []string{"remember_token_staff=" + good}, false, false},
		{"the name in a value", []string{"x=remember_token=" + good}, false, false},
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header["Cookie"] = row.lines
		if got := j.Brought(req); got != row.brought {
			t.Errorf("%s: Brought is %t, want %t", row.name, got, row.brought)
		}
		if _, _, ok := j.Find(req, "", now); ok != row.found {
			t.Errorf("%s: found is %t, want %t", row.name, ok, row.found)
		}
	}
}
