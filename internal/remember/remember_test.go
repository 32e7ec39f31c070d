package remember

import (
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
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

func TestARequestWithoutTheCookieDoesNotAllocate(t *testing.T) {
	j := newJar(first)
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header["Cookie"] = []string{"session=abcdef; theme=dark", "lang=en"}
	if n := testing.AllocsPerRun(100, func() { j.Brought(req); j.Find(req, "", now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
