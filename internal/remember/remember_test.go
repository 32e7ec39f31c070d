package remember

import (
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

const (
	first = "first-secret-of-the-tests-0123456789"
	other = "other-secret-of-the-tests-9876543210"

	now = 1700001000
)

func newJar(secrets ...string) *Jar { return jarOf("", secrets...) }

// jarOf returns the jar of the manager with that name, with the default attributes.
func jarOf(manager string, secrets ...string) *Jar {
	return &Jar{
		Keys: ringFor("remember cookie", manager, secrets...), Policy: &login.Policy{},
		Name: "remember_token", Path: "/", Secure: true, HTTPOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func ringFor(purpose, manager string, secrets ...string) *keyring.Ring {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = []byte(secret)
	}
	return keyring.New(keys, purpose, manager)
}

// tokenOf returns a token of a user who logged in when it was issued.
func tokenOf(userID string, issuedAt, lifetime int64) login.Token {
	return login.Token{UserID: userID, IssuedAt: issuedAt, Lifetime: lifetime, LoginAt: issuedAt, AuthAt: issuedAt, LoginID: "LOGIN"}
}

// signed returns the value of the cookie for t.
func (j *Jar) signed(t login.Token) string { return j.Keys.Sign(t.Encode()) }

// bring returns a request with remember cookies of these values.
func bring(values ...string) *http.Request {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, value := range values {
		req.Header["Cookie"] = append(req.Header["Cookie"], "remember_token="+value)
	}
	if len(values) > 1 { // browsers send one line
		req.Header["Cookie"] = []string{strings.Join(req.Header["Cookie"], "; ")}
	}
	return req
}

// refused checks that a request with this cookie has no token.
func (j *Jar) refused(t *testing.T, what, value string) {
	t.Helper()
	if got, newest, ok := j.Find(bring(value), "", now); ok || newest || got != (login.Token{}) {
		t.Errorf("%s: %q is good: %+v, %t, %t", what, value, got, newest, ok)
	}
	// A Cookie header cannot carry all bytes, so the value is read without one too.
	if got, key, ok := j.read(value, now); ok {
		t.Errorf("%s: %q is read as %+v with key %d", what, value, got, key)
	}
}

// cookies has cookies that another implementation has made of tokens. Entries may be
// added. An entry that has to be changed or removed is a release that forgets users.
//
//go:embed testdata/cookies.json
var cookies []byte

func storedCookies(t *testing.T) (stored []struct {
	Name, Manager, Secret, Value string
	Token                        login.Token
}) {
	t.Helper()
	if err := json.Unmarshal(cookies, &stored); err != nil {
		t.Fatal(err)
	}
	if len(stored) < 12 {
		t.Fatalf("only %d stored cookies", len(stored))
	}
	return stored
}

func TestTheCookiesOfEarlierReleasesAreStillRead(t *testing.T) {
	for _, row := range storedCookies(t) {
		t.Run(row.Name, func(t *testing.T) {
			got, newest, ok := jarOf(row.Manager, row.Secret).Find(bring(row.Value), "", now)
			if !ok || !newest || got != row.Token {
				t.Errorf("Find returns %+v, %t, %t", got, newest, ok)
			}
			got, newest, ok = jarOf(row.Manager, "a-newer-secret-of-the-tests-567890", row.Secret).Find(bring(row.Value), "", now)
			if !ok || newest || got != row.Token {
				t.Errorf("behind a newer secret, Find returns %+v, %t, %t", got, newest, ok)
			}
		})
	}
}

func TestTheCookieOfATokenIsTheStoredOne(t *testing.T) {
	for _, row := range storedCookies(t) {
		cookie, err := jarOf(row.Manager, row.Secret).Make(row.Token, now)
		if err != nil {
			t.Fatal(err)
		}
		if cookie.Value != row.Value {
			t.Errorf("%s: the value is\n%s, want\n%s", row.Name, cookie.Value, row.Value)
		}
	}
}

func TestATokenIsTheSameAfterItsCookieWasRead(t *testing.T) {
	j := newJar(first)
	for name, id := range map[string]string{
		"a number":               "42",
		"unicode":                "Ünïcødé-用户-🙂",
		"separators of a cookie": `a|b;c,d"e\f.g=h i`,
		"control characters":     "\x00\r\n",
		"bytes that are no text": "\xff\xfe",
		"2 kB":                   strings.Repeat("0123456789abcdef", 128),
	} {
		want := login.Token{
			UserID: id, IssuedAt: 1, Lifetime: math.MaxInt32, LoginAt: -3, AuthAt: 1 << 40,
			Generation: 7, LoginID: "LOGIN", Binding: "binding-_", Methods: "pwd otp",
		}
		cookie, err := j.Make(want, now)
		if err != nil {
			t.Fatal(err)
		}
		got, newest, ok := j.Find(bring(cookie.Value), "", now)
		if got != want || !newest || !ok {
			t.Errorf("%s: Find returns %+v, %t, %t", name, got, newest, ok)
		}
	}
}

func FuzzFind(f *testing.F) {
	j, old, foreign := newJar(first, other), newJar(other), newJar("a-foreign-secret-of-the-tests-012345")
	f.Add(j.signed(tokenOf("1", 1, now)), "1", "LOGIN", int64(1), int64(now), int64(3), int64(4))
	f.Add(old.signed(tokenOf("1", 1, now)), "用户", "", int64(-1), int64(0), int64(1<<62), int64(4))
	f.Add(foreign.signed(tokenOf("1", 1, now)), "", "x", int64(0), int64(0), int64(0), int64(0))
	f.Add("r1.1.2.3.4.5.a.b..MQ.", `a|b;c,d"`, "x", int64(1), int64(2), int64(3), int64(4))
	f.Add("", ".", "x", int64(1), int64(2), int64(3), int64(4))
	f.Add("...", "\xff", "x", int64(1), int64(2), int64(3), int64(4))
	f.Fuzz(func(t *testing.T, value, id, loginID string, issuedAt, lifetime, loginAt, generation int64) {
		if got, key, ok := j.read(value, now); ok && []*Jar{j, old}[key].signed(got) != value {
			t.Errorf("%q is a second spelling of %+v", value, got)
		}
		want := login.Token{
			UserID: id, IssuedAt: issuedAt, Lifetime: lifetime, LoginAt: loginAt, AuthAt: -loginAt,
			Generation: generation, LoginID: strings.ReplaceAll(loginID, ".", ""),
		}
		good := id != "" && now < issuedAt+lifetime
		for i, signer := range []*Jar{j, old} {
			if got, key, ok := j.read(signer.signed(want), now); ok != good || ok && (got != want || key != i) {
				t.Errorf("%+v became %+v with key %d, %t", want, got, key, ok)
			}
		}
		if _, _, ok := j.read(foreign.signed(want), now); ok {
			t.Errorf("%+v was read though a foreign key signed it", want)
		}
	})
}

func TestNoByteOfARememberCookieCanBeChanged(t *testing.T) {
	j := newJar(first)
	good := j.signed(tokenOf("1", now, 1000))
	if _, _, ok := j.Find(bring(good), "", now); !ok {
		t.Fatal("the cookie is not good to begin with")
	}
	for i := range len(good) {
		for b := range 256 {
			if byte(b) != good[i] {
				value := good[:i] + string([]byte{byte(b)}) + good[i+1:]
				if _, _, ok := j.read(value, now); ok {
					t.Errorf("byte %d changed: %q is good", i, value)
				}
			}
		}
		j.refused(t, fmt.Sprintf("bit of byte %d flipped", i), good[:i]+string([]byte{good[i] ^ 1})+good[i+1:])
		j.refused(t, fmt.Sprintf("cut before byte %d", i), good[:i])
		if i > 0 {
			j.refused(t, fmt.Sprintf("cut up to byte %d", i), good[i:])
		}
		j.refused(t, fmt.Sprintf("byte %d cut", i), good[:i]+good[i+1:])
		j.refused(t, fmt.Sprintf("byte %d doubled", i), good[:i+1]+good[i:])
	}
	for _, b := range []string{"A", "=", ".", "-", "0"} {
		j.refused(t, "a byte appended", good+b)
		j.refused(t, "a byte put in front", b+good)
	}
}

func TestWhatIsSignedButNoTokenIsRefused(t *testing.T) {
	j := newJar(first)
	good := tokenOf("1", 1, now+1)
	fields := strings.Split(good.Encode(), ".")
	last := len(fields) - 1
	with := func(i int, field string) string {
		damaged := slices.Clone(fields)
		damaged[i] = field
		return strings.Join(damaged, ".")
	}
	if _, _, ok := j.Find(bring(j.Keys.Sign(strings.Join(fields, "."))), "", now); !ok {
		t.Fatal("the token is not good to begin with")
	}
	for name, payload := range map[string]string{
		"nothing":             "",
		"another version":     with(0, "r2"),
		"another purpose":     with(0, "s1"),
		"too few fields":      strings.Join(fields[:last], "."),
		"too many fields":     strings.Join(fields, ".") + ".",
		"a time in words":     with(3, "noon"),
		"a time out of range": with(2, "9223372036854775808"),
		"a time that is not":  with(1, ""),
		"no user ID":          with(last, ""),
		"a user ID in plain":  with(last, "!"),
	} {
		j.refused(t, name, j.Keys.Sign(payload))
	}
}

func TestAnInvalidRememberCookieIsRefused(t *testing.T) {
	j := newJar(first)
	of := tokenOf("1", now, 1000)
	payload, good, another := of.Encode(), j.signed(of), j.signed(tokenOf("2", now, 1000))
	plain := hmac.New(sha256.New, []byte(first))
	plain.Write([]byte(payload))
	for _, row := range []struct{ name, value string }{
		{"of another secret", newJar(other).signed(of)},
		{"of the secret itself instead of a key derived from it", payload + "." + base64.RawURLEncoding.EncodeToString(plain.Sum(nil))},
		{"of a key derived for another purpose", ringFor("session hash", "", first).Sign(payload)},
		{"of another manager", jarOf("staff", first).signed(of)},
		{"without a signature", payload},
		{"with an empty signature", payload + "."},
		{"with the signature of another cookie", payload + another[strings.LastIndex(another, "."):]},
		{"for no user", j.signed(tokenOf("", now, 1000))},
		{"that ended this second", j.signed(tokenOf("1", now-1000, 1000))},
		{"that ended long ago", j.signed(tokenOf("1", now-2000, 1000))},
		{"of Flask-Login", "1|f2e3"},
		{"of a plain user ID", "1"},
		{"of a plain user ID in base64", "MQ"},
		{"of a number", strconv.Itoa(math.MaxInt)},
		{"of a token without its end", "r1.1.2.3.4.0....MQ"},
		{"of nonsense", "nonsense"},
		{"of nothing", ""},
	} {
		j.refused(t, row.name, row.value)
	}
	if _, _, ok := j.Find(bring(good), "", now); !ok {
		t.Error("the good one is refused")
	}
}

func TestARememberCookieEndsOnTheServer(t *testing.T) {
	j := newJar(first)
	value := j.signed(tokenOf("1", now, 1000))
	for _, row := range []struct {
		name     string
		now      int64
		absolute time.Duration
		ok       bool
	}{
		{"when it is issued", now, 0, true},
		{"a second before its end", now + 999, 0, true},
		{"at its end", now + 1000, 0, false},
		{"after a clock was set back", now - 100_000, 0, true},
		{"a second before the absolute timeout", now + 499, 500 * time.Second, true},
		{"at the absolute timeout", now + 500, 500 * time.Second, false},
	} {
		j.Policy = &login.Policy{Absolute: row.absolute}
		if _, _, ok := j.Find(bring(value), "", row.now); ok != row.ok {
			t.Errorf("%s: good is %t, want %t", row.name, ok, row.ok)
		}
	}
}

func TestTheSecretsCanBeRotated(t *testing.T) {
	value := newJar(first).signed(tokenOf("1", now, 1000))
	for _, row := range []struct {
		name       string
		jar        *Jar
		newest, ok bool
	}{
		{"with the secret that has signed it", newJar(first), true, true},
		{"with a newer secret in front", newJar(other, first), false, true},
		{"with an older secret behind", newJar(first, other), true, true},
		{"with the secret removed", newJar(other), false, false},
		{"with no secret", newJar(), false, false},
	} {
		got, newest, ok := row.jar.Find(bring(value), "", now)
		if newest != row.newest || ok != row.ok || ok != (got == tokenOf("1", now, 1000)) {
			t.Errorf("%s: Find returns %+v, %t, %t", row.name, got, newest, ok)
		}
	}
	cookie, err := newJar(other, first).Make(tokenOf("1", now, 1000), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, newest, ok := newJar(other).Find(bring(cookie.Value), "", now); !newest || !ok {
		t.Error("a cookie is not signed with the newest secret")
	}
}

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

func TestARequestWithoutTheCookieDoesNotAllocate(t *testing.T) {
	j := newJar(first)
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header["Cookie"] = []string{"session=abcdef; theme=dark", "lang=en"}
	if n := testing.AllocsPerRun(100, func() { j.Brought(req); j.Find(req, "", now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

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
