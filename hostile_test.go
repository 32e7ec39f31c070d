package ginlogin_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/cookiestore"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

// Attacks, each named after what is tried. Those that need a real server or
// database are in storetest; those on one part of the library stand beside it.
// docs/security.md says which test shows what.

// The cookies of a site, and what a thief can do with copies of them.

func TestACopiedSessionCookieOutlivesALogoutInABareCookieStore(t *testing.T) {
	for name, store := range map[string]func() sessions.Store{"stock": cookieStore, "cookiestore": sealedStore} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store(), func(s *site) { s.lm.IdleTimeout, s.lm.AbsoluteTimeout = time.Hour, 2*time.Hour })
			b := s.browser()
			b.post("/login?id=1")
			idle, kept := b.copyOf("session"), b.copyOf("session")
			wants(t, "logout", b.post("/logout"), "200 ok")
			// Nothing on the server knows of the logout. This is what
			// LoginManager.Logins is for; without it, age is the only end.
			wants(t, "the copy, after the logout", kept.get("/secret"), "200 secret")
			s.clock.Advance(59 * time.Minute)
			wants(t, "the copy, in use", kept.get("/secret"), "200 secret")
			s.clock.Advance(time.Minute)
			wants(t, "the copy that was idle", idle.get("/whoami"), "200 user ")
			wants(t, "the copy, in use", kept.get("/secret"), "200 secret")
			s.clock.Advance(59 * time.Minute)
			wants(t, "the copy, in use", kept.get("/secret"), "200 secret")
			s.clock.Advance(time.Minute)
			wants(t, "the copy in use, in the end", kept.get("/whoami"), "200 user ")
		})
	}
}

func TestACopiedRememberCookieOutlivesALogoutWithoutALoginStore(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.post("/login?id=1&remember=48h")
	thief := b.copyOf("remember_token")
	b.post("/logout")
	wants(t, "after the logout", thief.get("/whoami"), "200 user 1")
	wants(t, "a page for fresh logins", thief.do("GET", "/vault").StatusCode, http.StatusFound)
	s.clock.Advance(47 * time.Hour)
	wants(t, "much later", thief.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "when it has expired", thief.restore(), "200 user ")

	s, _ = newStoredSite(t, nil)
	b = s.browser()
	b.post("/login?id=1&remember=48h")
	thief = b.copyOf("remember_token")
	b.post("/logout")
	wants(t, "after the logout, with a login store", thief.get("/whoami"), "200 user ")
}

// The logout page is outside of Remember.Path, so that the browser does not send
// the remember cookie there, and nothing deletes it. With a login store it is good
// for nothing.
func TestARememberCookieThatItsPathHidesOutlivesALogoutWithoutALoginStore(t *testing.T) {
	hidden := func(s *site) { s.lm.Remember.Path = "/secret" }
	bare := newSite(t, cookieStore(), hidden)
	b := bare.browser()
	b.post("/login?id=1&remember=1")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "the next visit", b.get("/secret"), "200 secret")

	stored, _ := newStoredSite(t, hidden)
	b = stored.browser()
	b.post("/login?id=1&remember=1")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "the next visit, with a login store", b.do("GET", "/secret").StatusCode, http.StatusFound)
}

func TestACopiedRememberCookieBeforeItIsReplaced(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	wants(t, "the thief is let in", thief.get("/whoami"), "200 user 1")
	wants(t, "but not to what asks for a fresh login", thief.do("GET", "/vault").StatusCode, http.StatusFound)
	wants(t, "and is the victim's own device in the list", thief.get("/devices"), "200 test browser (this) <nil>")
	wants(t, "so that the victim's logout", victim.post("/logout"), "200 ok")
	wants(t, "ends it", thief.get("/whoami"), "200 user ")
	wants(t, "with its remember cookie", thief.restore(), "200 user ")
	wants(t, "rows", store.count(), 0)
}

func TestACopiedRememberCookieAfterItWasReplaced(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	wants(t, "the victim comes back", victim.restore(), "200 user 1")
	wants(t, "in the grace period the old one is good", thief.get("/whoami"), "200 user 1")
	wants(t, "and not replaced", thief.cookie("remember_token") != victim.cookie("remember_token"), true)
	s.clock.Advance(time.Hour)
	wants(t, "the victim comes back with the new one", victim.restore(), "200 user 1")
	wants(t, "after it the old one is a theft", thief.restore(), "200 user ")
	wants(t, "which ends all", store.count(), 0)
}

// After a confirmation a copy of the session of before is dead if sessions live on
// the server. A cookie that has everything in itself is what it was: stale.
func TestACopiedStaleSessionIsNotMadeFreshByAConfirmation(t *testing.T) {
	for name, row := range map[string]struct {
		store sessions.Store
		user  string
	}{"stock": {cookieStore(), "1"}, "cookiestore": {sealedStore(), "1"}, "memstore": {memStore(), ""}} {
		s := newSite(t, row.store, nil)
		b := s.browser()
		b.post("/login?id=1&fresh=0")
		thief := b.copyOf("session")
		wants(t, name+": confirm", b.post("/confirm"), "200 ok")
		wants(t, name+": the user", b.get("/vault"), "200 vault")
		wants(t, name+": the copy", thief.get("/whoami"), "200 user "+row.user)
		wants(t, name+": the copy at the vault", thief.do("GET", "/vault").StatusCode, http.StatusFound)
	}
}

// A thief at another address, with whatever the victim's browser has.
func TestAReplayFromAnotherAddress(t *testing.T) {
	const home, elsewhere = "192.0.2.1", "198.51.100.7"
	for _, row := range []struct {
		name                string
		mode                ginlogin.SessionProtection
		stolen              []string
		user, vault, victim string // what the thief is, may, and leaves of the victim's login
	}{
		{"basic, session", ginlogin.ProtectBasic, []string{"session"}, "200 user 1", "302", "200 vault"},
		{"basic, remember cookie", ginlogin.ProtectBasic, []string{"remember_token"}, "200 user 1", "302", "200 vault"},
		{"basic, both", ginlogin.ProtectBasic, []string{"session", "remember_token"}, "200 user 1", "302", "200 vault"},
		{"strong, session", ginlogin.ProtectStrong, []string{"session"}, "200 user ", "302", "200 vault"},
		{"strong, both", ginlogin.ProtectStrong, []string{"session", "remember_token"}, "200 user ", "302", "200 vault"},
		// No protection mode knows the client of a login that begins with the
		// remember cookie: a login store makes the copy known, nothing stops it.
		{"strong, remember cookie alone", ginlogin.ProtectStrong, []string{"remember_token"}, "200 user 1", "302", "200 vault"},
		{"none, session", ginlogin.ProtectNone, []string{"session"}, "200 user 1", "200", "200 vault"},
	} {
		for name, store := range map[string]func() sessions.Store{"cookie store": cookieStore, "memstore": memStore} {
			t.Run(row.name+", "+name, func(t *testing.T) {
				s := newSite(t, store(), func(s *site) { s.lm.SessionProtection = row.mode })
				if err := s.engine.SetTrustedProxies([]string{"127.0.0.1", "::1"}); err != nil {
					t.Fatal(err)
				}
				victim := s.browser()
				victim.post("/login?id=1&remember=1", "X-Forwarded-For", home)
				thief := victim.copyOf(row.stolen...)
				for range 2 {
					wants(t, "the thief", thief.get("/whoami", "X-Forwarded-For", elsewhere), row.user)
					wants(t, "the thief at the vault", fmt.Sprint(thief.do("GET", "/vault", "X-Forwarded-For", elsewhere).StatusCode), row.vault)
				}
				if name == "memstore" && row.mode != ginlogin.ProtectNone && slices.Contains(row.stolen, "session") {
					// One session on the server: what protection does to it, it does to both.
					wants(t, "the victim at the vault", victim.do("GET", "/vault", "X-Forwarded-For", home).StatusCode, 302)
					return
				}
				wants(t, "the victim at the vault", victim.get("/vault", "X-Forwarded-For", home), row.victim)
			})
		}
	}
}

// Gin believes everybody's X-Forwarded-For until it is told otherwise.
func TestAReplayWithAForgedAddressIsBelievedByAnEngineThatTrustsAllProxies(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong })
	victim := s.browser()
	victim.post("/login?id=1", "X-Forwarded-For", "192.0.2.1")
	forge := func() string { return victim.copyOf("session").get("/vault", "X-Forwarded-For", "192.0.2.1") }

	if err := s.engine.SetTrustedProxies([]string{"0.0.0.0/0", "::/0"}); err != nil { // as gin.New has it
		t.Fatal(err)
	}
	victim.post("/login?id=1", "X-Forwarded-For", "192.0.2.1")
	wants(t, "trusting all", forge(), "200 vault")

	if err := s.engine.SetTrustedProxies([]string{"10.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	wants(t, "trusting the proxy in front", forge()[:3], "302")
}

// Cookies that nobody made.

func sealedStore() sessions.Store { return cookiestore.NewStore(keyOf("session")) }

// A mutator spoils cookies in ways that are always the same. Of two good cookies
// it also makes mixtures.
type mutator struct {
	*rand.Rand
	good []string
}

const cookieBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.|!#$%&'()*+/:<>?@[]^`{}~"

func (m mutator) next() string {
	v := []byte(m.good[m.IntN(len(m.good))])
	for range 1 + m.IntN(3) {
		if len(v) == 0 {
			return ""
		}
		i, c := m.IntN(len(v)), cookieBytes[m.IntN(len(cookieBytes))]
		switch m.IntN(11) {
		case 0:
			v[i] = c
		case 1:
			v[i] ^= 1 << m.IntN(7)
		case 2:
			v = slices.Delete(v, i, i+1)
		case 3:
			v = slices.Insert(v, i, c)
		case 4:
			v = v[:i]
		case 5:
			v = v[i:]
		case 6: // two of them spliced
			other := m.good[m.IntN(len(m.good))]
			v = append(v[:i:i], other[min(i, len(other)):]...)
		case 7: // one field of another
			sep := []byte{'.'}
			mine, theirs := bytes.Split(v, sep), strings.Split(m.good[m.IntN(len(m.good))], ".")
			mine[m.IntN(len(mine))] = []byte(theirs[m.IntN(len(theirs))])
			v = bytes.Join(mine, sep)
		case 8:
			j := m.IntN(len(v))
			v[i], v[j] = v[j], v[i]
		case 9:
			v = append(v, v[i:]...)
		case 10: // one bit beneath the base64
			padded := strings.TrimRight(string(v), "=")
			if raw, err := base64.RawURLEncoding.DecodeString(padded); err == nil && len(raw) > 0 {
				raw[m.IntN(len(raw))] ^= 1 << m.IntN(8)
				v = append(base64.RawURLEncoding.AppendEncode(nil, raw), v[len(padded):]...)
			}
		}
	}
	return string(v)
}

// silence keeps quiet what gin-contrib logs of every bad cookie, and fails the
// test on a line of ours.
func silence(t *testing.T) {
	var mu sync.Mutex
	var lines bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(lockedWriter{&mu, &lines}, nil)))
	t.Cleanup(func() {
		slog.SetDefault(was)
		log.SetOutput(os.Stderr)
		log.SetFlags(log.LstdFlags)
		mu.Lock()
		defer mu.Unlock()
		for line := range strings.Lines(lines.String()) {
			if strings.Contains(line, "ginlogin") {
				t.Errorf("logged: %s", line)
			}
		}
	})
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// serve answers a request without a network in between.
func (s *site) serve(req *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	return w.Result()
}

// A hundred thousand of each kind are put before what decodes them, a thousand
// before the whole library, and some go over the network.
func TestMutatedCookiesLogNobodyIn(t *testing.T) {
	decoded, served, sent := 100_000, 1_000, 50
	if testing.Short() {
		decoded, served, sent = 10_000, 200, 10
	}
	secrets := [][]byte{keyOf("newest"), keyOf("remember")}
	keys := keyring.New(secrets, "remember cookie", "")
	inSession := func(store sessions.Store) func(string) bool {
		req := httptest.NewRequest("GET", "/", nil)
		return func(value string) bool {
			req.Header.Set("Cookie", "session="+value)
			session, _ := store.New(req, "session")
			return !session.IsNew
		}
	}
	inToken := func(value string) bool {
		_, _, ok := decodeToken(value, keys)
		return ok
	}
	stock, memory, sealed := cookieStore(), memStore(), sealedStore()
	for _, kind := range []struct {
		name, cookie string
		store        sessions.Store
		accepts      func(string) bool
		spellings    bool // gorilla's base64 has several spellings of one cookie
	}{
		{"session in the stock cookie store", "session", stock, inSession(stock), true},
		{"session ID of memstore", "session", memory, inSession(memory), true},
		{"session in cookiestore", "session", sealed, inSession(sealed), false},
		{"remember cookie", "remember_token", memStore(), inToken, false},
	} {
		t.Run(kind.name, func(t *testing.T) {
			silence(t)
			s := newSite(t, kind.store, func(s *site) {
				s.lm.SecretKeys = secrets
				s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(_ *gin.Context, err any) { t.Errorf("panic: %v", err) }))
			})
			m := mutator{Rand: rand.New(rand.NewPCG(4, 5))}
			for _, id := range []string{"1", "2", "2"} {
				b := s.browser()
				b.post("/login?id=" + id + "&remember=1")
				m.good = append(m.good, b.cookie(kind.cookie))
			}
			for _, value := range m.good {
				wants(t, "the cookie to begin with", kind.accepts(value), true)
			}
			isGood := func(value string) bool {
				value = strings.Trim(value, `" `) // what net/http takes off
				if slices.Contains(m.good, value) {
					return true
				}
				return kind.spellings && slices.ContainsFunc(m.good, func(good string) bool { return sameBase64(good, value) })
			}
			next := func() string {
				for {
					if value := m.next(); !isGood(value) {
						return value
					}
				}
			}
			for range decoded {
				if value := next(); kind.accepts(value) {
					t.Fatalf("decoded: %q", value)
				}
			}
			for range served {
				value := next()
				req := httptest.NewRequest("GET", "https://shop.example/secret", nil)
				req.Header.Set("Cookie", kind.cookie+"="+value)
				if res := s.serve(req); res.StatusCode != http.StatusFound {
					t.Fatalf("%q is answered %s", value, res.Status)
				}
			}
			for range sent {
				value := next()
				rep := exchange(s.browser(), "GET", "/whoami", "", func(req *http.Request) {
					req.Header.Set("Cookie", kind.cookie+"="+printable(value))
				})
				wants(t, fmt.Sprintf("%q", value), rep.body, "user ")
			}
			wants(t, "logged", s.logged(), "")
			wants(t, "c.Errors", len(s.errors), 0)
			wants(t, "calls of the loader", len(s.users.calls()), 0)
		})
	}
}

// sameBase64 reports whether two texts are spellings of the same bytes.
func sameBase64(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	// Only the spare bits of the last character before the padding may differ.
	end := len(strings.TrimRight(a, "=")) - 1
	return end >= 0 && a[:end] == b[:end] && strings.Count(a, "=") == strings.Count(b, "=")
}

// printable replaces what Go's client would not send.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

func TestOversizedAndManyCookiesLogNobodyIn(t *testing.T) {
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		t.Run(name, func(t *testing.T) {
			silence(t)
			s := newSite(t, store, func(s *site) {
				s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(_ *gin.Context, err any) { t.Errorf("panic: %v", err) }))
			})
			b := s.browser()
			b.post("/login?id=1&remember=1")
			session, remember := b.cookie("session"), b.cookie("remember_token")
			many := func(name, value string, n int) string {
				return strings.TrimSuffix(strings.Repeat(name+"="+value+"; ", n), "; ")
			}
			for _, row := range []struct{ name, cookies, want string }{
				{"a session of 5 kB", "session=" + strings.Repeat("A", 5000), ""},
				{"a session of 500 kB", "session=" + strings.Repeat("A", 500_000), ""},
				{"a good session and 500 kB behind it", "session=" + session + strings.Repeat("A", 500_000), ""},
				{"a remember cookie of 500 kB", "remember_token=" + strings.Repeat("r1.", 160_000), ""},
				{"a good remember cookie and 500 kB before it", "remember_token=" + strings.Repeat("r1.", 160_000) + remember, ""},
				{"200 sessions", many("session", strings.Repeat("A", 100), 200), ""},
				{"200 remember cookies", many("remember_token", "r1."+strings.Repeat("A", 100), 200), ""},
				{"200 of both", many("session", "A", 200) + "; " + many("remember_token", ".", 200), ""},
				{"more cookies than Go reads", many("remember_token", ".", 4000) + "; remember_token=" + remember, ""},
				// Whom planted cookies hide, of these two, is no matter of who logs in.
				{"a good remember cookie behind a bad one", "remember_token=.; remember_token=" + remember, "1"},
				{"a good session before 200 bad ones", "session=" + session + "; " + many("session", "A", 200), "1"},

				{"no name", "=" + session, ""},
				{"no value", "session; remember_token", ""},
				{"empty values", "session=; remember_token=", ""},
				{"only separators", ";;;;,,,,====", ""},
				{"quotes", `session="; remember_token="""`, ""},
				{"control characters", "session=\x00\x01\x7f; remember_token=\r\n\t", ""},
				{"no UTF-8", "session=\xff\xfe; remember_token=\x80", ""},
				{"RFC 2965", `$Version=1; session="` + strings.Repeat("A", 50) + `"; $Path=/`, ""},
				{"attributes of a Set-Cookie", "session=A; Path=/; Domain=evil.example; HttpOnly", ""},
				{"names in capitals", "SESSION=" + session + "; Remember_Token=" + remember, ""},
			} {
				req := httptest.NewRequest("GET", "https://shop.example/whoami", nil)
				req.Header.Set("User-Agent", b.agent)
				req.RemoteAddr = "127.0.0.1:1"
				req.Header["Cookie"] = []string{row.cookies}
				res := s.serve(req)
				body, _ := io.ReadAll(res.Body)
				wants(t, row.name, string(body), "user "+row.want)
				wants(t, row.name+": Set-Cookie lines of one name", slices.Max(append(namesOf(res), 0)) <= 1, true)
			}
			wants(t, "logged", s.logged(), "")
		})
	}
}

// namesOf returns how often each name is in a response's Set-Cookie lines.
func namesOf(res *http.Response) []int {
	count := map[string]int{}
	for _, c := range res.Cookies() {
		count[c.Name]++
	}
	var counts []int
	for _, n := range count {
		counts = append(counts, n)
	}
	return counts
}

// Cookies presented as what they are not.
func TestACookieIsNothingUnderAnotherName(t *testing.T) {
	for name, store := range map[string]func() sessions.Store{"stock": cookieStore, "memstore": memStore, "cookiestore": sealedStore} {
		t.Run(name, func(t *testing.T) {
			silence(t)
			customers, staff := ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find)
			customers.Name, staff.Name = "customers", "staff"
			customers.SessionName, staff.SessionName = "a", "b"
			customers.SecretKeys, staff.SecretKeys = [][]byte{keyOf("session")}, [][]byte{keyOf("session")} // all keys the same
			many := sessions.SessionsMany([]string{"a", "b"}, store())
			b := alone(t, func(r *gin.Engine) {
				r.Use(many, customers.Middleware())
				r.POST("/login", func(c *gin.Context) {
					answer200(c, ginlogin.Login(c, &account{ID: "1"}, ginlogin.Remember(true)))
				})
				r.GET("/me", func(c *gin.Context) { c.String(200, "user "+ginlogin.CurrentUser(c).GetID()) })
				r.Group("/staff", staff.Middleware()).GET("/me", func(c *gin.Context) {
					c.String(200, "user "+ginlogin.CurrentUser(c).GetID())
				})
			})
			wants(t, "login", b.post("/login"), "200 ok")
			session, remember := b.cookie("a"), b.cookie("remember_token_customers")
			for _, row := range []struct{ name, value, as, path, want string }{
				{"the session is good", session, "a", "/me", "1"},
				{"the remember cookie is good", remember, "remember_token_customers", "/me", "1"},
				{"one session as another", session, "b", "/staff/me", ""},
				{"a session that the manager knows as another", session, "b", "/me", ""},
				{"one manager's remember cookie as another's", remember, "remember_token_staff", "/staff/me", ""},
				{"a remember cookie as a session", remember, "a", "/me", ""},
				{"a session as a remember cookie", session, "remember_token_customers", "/me", ""},
				{"the user's ID as a remember cookie", "1", "remember_token_customers", "/me", ""},
				{"the user's ID as a session", "1", "a", "/me", ""},
			} {
				thief := b.s.browser()
				thief.put(row.as, row.value)
				wants(t, row.name, thief.get(row.path), "200 user "+row.want)
			}
		})
	}
}

// Whoever can write to the session store, or choose the key that an app puts a
// value under, makes what login he likes. The login store does not know it.
func TestALoginForgedInTheSessionIsNoneWithALoginStore(t *testing.T) {
	s, store := newStoredSite(t, nil)
	mallory := s.browser()
	mallory.post("/login?id=2")
	own := store.only(t)
	for name, loginID := range map[string]string{"no login ID": "", "one of his own": own.ID, "an invented one": "AAAA"} {
		forged := login.Record{UserID: "1", Fresh: true, LoginID: loginID, LoginAt: own.Created.Unix(), AuthAt: own.Created.Unix(), BegunAt: own.Created.Unix()}
		b := s.browser()
		wants(t, "written", b.post("/data?key="+sessionKey+"&value="+url.QueryEscape(forged.Encode())), "200 ok")
		wants(t, name, b.get("/whoami"), "200 user ")
	}
	wants(t, "his own", mallory.get("/whoami"), "200 user 2")
}

// Redirects.

// lands returns where a browser ends that follows the Location of an answer from
// https://shop.example, by the rules of the URL standard that matter here.
func lands(t *testing.T, location string) string {
	t.Helper()
	location = strings.Trim(location, " \t\r\n\x00")
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(location)
	base, _ := url.Parse("https://shop.example/login")
	target, err := base.Parse(location)
	if err != nil {
		return "nowhere"
	}
	if strings.HasPrefix(location, "///") || target.Host == "" {
		return "elsewhere"
	}
	return target.Scheme + "://" + target.Host
}

func TestASmuggledNextLeadsNowhereElse(t *testing.T) {
	targets := []string{
		"https://evil.example", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `\/\/evil.example`, `/\/evil.example`,
		"/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example", "//evil.example\x00", "/%09/evil.example",
		"https:evil.example", "https:/evil.example", "https:///evil.example", "HTTPS://EVIL.EXAMPLE", "http:\\\\evil.example", "ht\ttps://evil.example",
		"//shop.example@evil.example", "//shop.example:pw@evil.example/", "//evil.example#shop.example", "//evil.example?shop.example", "//evil.example\\shop.example",
		"//evil。example", "//evil%E3%80%82example", "//shop.example.evil.example", "//shop.exampl", "//xn--shop-.example",
		"/..//evil.example", "/./\\evil.example", "/a/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example", "/%2F/evil.example", "/%5cevil.example",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "blob:https://shop.example/x",
		"/ok\r\nSet-Cookie: evil=1", "/ok\r\n\r\n<script>", "/ok%0d%0aSet-Cookie:%20evil=1", "//[::1]", "//127.0.0.1", "//0x7f.1", "//", "https://", "?//evil.example", "#//evil.example",
	}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	s.engine.POST("/enter", func(c *gin.Context) {
		if err := ginlogin.Login(c, s.users.get("1")); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		c.Redirect(http.StatusSeeOther, ginlogin.NextURL(c, "/start"))
	})
	s.engine.GET("/pages/*rest", ginlogin.LoginRequired(), answerOK)
	check := func(how, target string, rep reply) {
		t.Helper()
		wants(t, how+", status", rep.StatusCode, http.StatusSeeOther)
		location := rep.Header.Get("Location")
		if to := lands(t, location); to != "https://shop.example" {
			t.Errorf("%s: %q leads to %q, that is %s", how, target, location, to)
		}
		for _, c := range rep.Cookies() {
			if c.Name != "session" && c.Name != "remember_token" {
				t.Errorf("%s: %q sets the cookie %s", how, target, c.Name)
			}
		}
	}
	post := func(b *browser, path, body string) reply {
		return exchange(b, "POST", path, body, func(*http.Request) {})
	}
	for _, target := range targets {
		escaped := url.QueryEscape(target)
		check("query", target, post(s.browser(), "/enter?next="+escaped, ""))
		check("form", target, post(s.browser(), "/enter", "next="+escaped))
		check("query before an honest form", target, post(s.browser(), "/enter?next="+escaped, "next=/ok"))
		check("form behind an honest query", target, post(s.browser(), "/enter?next=/ok", "next="+escaped))
		check("two in the query", target, post(s.browser(), "/enter?next=/ok&next="+escaped, ""))
		check("behind an empty one", target, post(s.browser(), "/enter?next=&next="+escaped, "next="+escaped))

		// The session gets what a guard was asked for, or what the app put there.
		planted := s.browser()
		planted.post("/data?key=next&value=" + escaped)
		check("session", target, post(planted, "/enter", ""))
	}
	for _, path := range []string{"//evil.example/", "///evil.example", "/pages//evil.example", "/pages/..//evil.example", `/pages/\evil.example`, "/pages/%0d%0aSet-Cookie:%20evil=1", "/pages/?next=//evil.example"} {
		asked := s.browser()
		req, err := http.NewRequest("GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = path
		if res, err := asked.Do(req); err == nil {
			res.Body.Close()
			check("guarded path", path, post(asked, "/enter", ""))
		}
	}
	wants(t, "an honest one", post(s.browser(), "/enter?next=/ok", "").Header.Get("Location"), "/ok")
}

func TestASpoofedHostLeadsNowhereElse(t *testing.T) {
	spoofs := map[string]func(*http.Request){
		"Host":                  func(r *http.Request) { r.Host = "evil.example" },
		"Host with a port":      func(r *http.Request) { r.Host = "evil.example:443" },
		"Host with a user":      func(r *http.Request) { r.Host = "shop.example@evil.example" },
		"X-Forwarded-Host":      func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example") },
		"Forwarded":             func(r *http.Request) { r.Header.Set("Forwarded", "host=evil.example;proto=http") },
		"X-Original-URL":        func(r *http.Request) { r.Header.Set("X-Original-URL", "//evil.example/") },
		"X-Rewrite-URL":         func(r *http.Request) { r.Header.Set("X-Rewrite-URL", "//evil.example/") },
		"X-HTTP-Host-Override":  func(r *http.Request) { r.Header.Set("X-HTTP-Host-Override", "evil.example") },
		"a page of htmx's":      func(r *http.Request) { htmx(r, "https://evil.example/page") },
		"Host and htmx's page":  func(r *http.Request) { r.Host = "evil.example"; htmx(r, "https://evil.example/page") },
		"a script of htmx's":    func(r *http.Request) { htmx(r, "javascript:alert(1)") },
		"a path of htmx's":      func(r *http.Request) { htmx(r, "//evil.example/page") },
		"a Referer":             func(r *http.Request) { r.Header.Set("Referer", "https://evil.example/") },
		"a target with a host":  func(r *http.Request) { r.RequestURI, r.URL.Host = "https://evil.example/secret", "evil.example" },
		"a target without path": func(r *http.Request) { r.RequestURI = "*" },
	}
	for _, view := range []string{"/login", "https://sso.example/login"} {
		for _, forced := range []string{"", "shop.example"} {
			for _, inSession := range []bool{false, true} {
				s := newSite(t, cookieStore(), func(s *site) {
					s.lm.LoginView, s.lm.ForceHost, s.lm.UseSessionForNext = view, forced, inSession
				})
				for name, spoof := range spoofs {
					what := fmt.Sprintf("%s, view %s, ForceHost %q, session %v", name, view, forced, inSession)
					req := httptest.NewRequest("GET", "https://shop.example/secret", nil)
					spoof(req)
					res := s.serve(req)
					target := res.Header.Get("Location") + res.Header.Get("HX-Redirect")
					if target == "" {
						t.Errorf("%s: answered %s", what, res.Status)
						continue
					}
					u, err := url.Parse(target)
					if err != nil {
						t.Errorf("%s: sent to %q", what, target)
						continue
					}
					if u.Host != "" && u.Host != "sso.example" && u.Host != forced {
						t.Errorf("%s: sent to %q", what, target)
					}
					// A login page on another site is told where to send the visitor
					// back. Without ForceHost that is the host the visitor asked for,
					// forged or not: the page there has to know whom it serves.
					next := u.Query().Get("next")
					if strings.Contains(next, "evil") && (forced != "" || view == "/login") {
						t.Errorf("%s: next is %q", what, next)
					}
				}
			}
		}
	}
}

func htmx(r *http.Request, page string) {
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Current-URL", page)
}

// Requests that another site makes.

// crossSite sends what a form on another site makes the browser send: without our
// cookies, because they are SameSite=Lax, and keeping those of the answer, because
// the browser goes where it posts.
func (b *browser) crossSite(path string) reply {
	b.s.t.Helper()
	rep := b.s.browser().do("POST", path, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Accept", acceptHTML)
	u, _ := url.Parse(b.s.URL)
	b.Jar.SetCookies(u, rep.Cookies())
	return rep
}

func TestOurCookiesStayAtHomeInRequestsFromOtherSites(t *testing.T) {
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		s := newSite(t, store, nil)
		rep := s.browser().do("POST", "/login?id=1&remember=1")
		wants(t, name+": cookies", len(rep.Cookies()), 2)
		for _, c := range rep.Cookies() {
			wants(t, name+": "+c.Name+", SameSite", c.SameSite, http.SameSiteLaxMode)
			wants(t, name+": "+c.Name+", HttpOnly", c.HttpOnly, true)
			wants(t, name+": "+c.Name+", Secure", c.Secure, true)
			wants(t, name+": "+c.Name+", Domain", c.Domain, "")
		}
	}
}

// Browsers let nobody else set a cookie whose name begins with __Host-, which keeps
// neighbours on other subdomains from planting one, if it is Secure, has the Path /
// and no Domain. A deletion is subject to the same.
func TestCookiesOfTheHostPrefixKeepItsPromise(t *testing.T) {
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		s := siteBehind(t, sessions.Sessions("__Host-session", store), func(s *site) { s.lm.Remember.Name = "__Host-remember" }, nil)
		b := s.browser()
		for _, path := range []string{"/login?id=1&remember=1", "/logout?clear=1"} {
			rep := b.do("POST", path)
			wants(t, name+" "+path+": cookies", len(rep.Cookies()), 2)
			for _, c := range rep.Cookies() {
				isHost := strings.HasPrefix(c.Name, "__Host-") && c.Secure && c.Path == "/" && c.Domain == ""
				wants(t, name+" "+path+": "+c.Raw, isHost, true)
			}
		}
	}
}

// The attacker's page posts the attacker's own credentials (login CSRF): the visitor
// would go on as the attacker, and type a credit card into that account. No cookie
// attribute helps, because the request needs no cookie.
func TestALoginFromACrossSiteFormIsRefused(t *testing.T) {
	for _, store := range []func() sessions.Store{cookieStore, memStore} {
		s := newSite(t, store(), nil)
		victim := s.browser()
		wants(t, "an honest login", victim.post("/login?id=1", "Origin", s.URL, "Sec-Fetch-Site", "same-origin"), "200 /")
		rep := victim.crossSite("/login?id=2&remember=1")
		wants(t, "the error", rep.body, ginlogin.ErrCrossSite.Error())
		wantsNoCookies(t, "the answer", rep)
		wants(t, "the user", victim.get("/whoami"), "200 user 1")
	}
}

func TestALogoutFromACrossSiteFormLogsNobodyOut(t *testing.T) {
	for _, path := range []string{"/logout", "/logout?clear=1"} {
		s, _ := newStoredSite(t, nil) // and without CrossOriginProtection
		victim := s.browser()
		victim.post("/login?id=1&remember=1")
		rep := victim.crossSite(path)
		wants(t, "answer", rep.body, "ok")
		wants(t, "cookies that it sets or deletes", len(rep.Header["Set-Cookie"]), 0)
		wants(t, "the victim", victim.get("/vault"), "200 vault")
		wants(t, "the remember cookie", victim.restore(), "200 user 1")
	}
}

// What ends up in headers and pages.

func TestNoCookieValueIsInAURLOrAPage(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&fresh=0&remember=1")
	for _, path := range []string{"/whoami", "/home", "/secret", "/vault", "/userid", "/devices", "/flashes"} {
		for _, header := range [][]string{nil, {"Accept", "application/json"}, {"HX-Request", "true"}} {
			rep := b.do("GET", path, header...)
			values := []string{b.cookie("session"), b.cookie("remember_token")}
			rep.Header.Del("Set-Cookie")
			for _, value := range values {
				if text := fmt.Sprint(rep.Header, rep.body); value == "" || strings.Contains(text, value) {
					t.Errorf("%s shows the cookie %q: %s", path, value, text)
				}
			}
		}
	}
}

func TestIDsOfSessionsAndLoginsCannotBeGuessed(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) { s.lm.Logins = newShelf() })
	s.engine.POST("/ids", func(c *gin.Context) {
		if err := ginlogin.Login(c, s.users.get("1")); err != nil {
			t.Error(err)
		}
		c.String(http.StatusOK, "%s %s", gorillaOf(c).ID, ginlogin.LoginID(c))
	})
	seen := map[string]bool{}
	b := s.browser()
	for range 100 {
		session, login, _ := strings.Cut(b.do("POST", "/ids").body, " ")
		for _, id := range []string{session, login} {
			wants(t, "seen before: "+id, seen[id], false)
			seen[id] = true
			// Both are in base32, of five bits a character.
			wants(t, "128 bits: "+id, len(id)*5 >= 128, true)
		}
	}
}

func TestNothingSplitsAResponse(t *testing.T) {
	const evil = "x\r\nEvil: yes\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>\x00"
	s := newSite(t, cookieStore(), func(s *site) {
		s.users.rows[evil] = &account{ID: evil, Name: evil}
		s.lm.LoginMessage, s.lm.LoginMessageCategory = evil, evil
		s.lm.Localize = func(_ *gin.Context, message string) string { return message + evil }
		s.lm.Identifier = func(*gin.Context) string { return evil }
		s.lm.UseSessionForNext = true
	})
	s.engine.GET("/link", func(c *gin.Context) { c.Header("Link", ginlogin.LoginURL(c, "/login", c.Query("next"))) })
	escaped := url.QueryEscape(evil)
	b := s.browser()
	check := func(rep reply) reply {
		t.Helper()
		wants(t, "Evil", rep.Header.Get("Evil"), "")
		for _, c := range rep.Cookies() {
			if c.Name != "session" && c.Name != "remember_token" {
				t.Errorf("%s sets the cookie %q", rep.Request.URL.Path, c.Name)
			}
		}
		return rep
	}
	check(b.do("GET", "/secret"))
	check(b.do("GET", "/secret", "HX-Request", "true", "HX-Current-URL", s.URL+"/%0d%0aEvil:%20yes"))
	wants(t, "flashes", strings.Contains(check(b.do("GET", "/flashes")).body, "Evil: yes"), true)
	wants(t, "login", check(b.do("POST", "/login?remember=1&id="+escaped)).StatusCode, http.StatusOK)
	wants(t, "user", check(b.do("GET", "/whoami")).body, "user "+evil)
	check(b.do("POST", "/flash?category="+escaped+"&message="+escaped))
	check(b.do("GET", "/home"))
	wants(t, "restored", b.restore(), "200 user "+evil)
	check(b.do("GET", "/link?next="+escaped))
	check(b.do("POST", "/confirm?next="+escaped))
	check(b.do("POST", "/logout"))

	for name, make := range map[string]func(){
		"LoginView":           func() { ginlogin.LoginView("/login\r\nEvil: yes") },
		"RefreshView":         func() { ginlogin.RefreshView("https://sso.example/\r\nEvil: yes") },
		"a view of a manager": func() { lm := ginlogin.New(s.users.find); lm.LoginView = "/\r\nEvil: yes"; lm.Middleware() },
		"CacheControl":        func() { lm := ginlogin.New(s.users.find); lm.CacheControl = "no-store\r\nEvil: yes"; lm.Middleware() },
		"ForceHost":           func() { lm := ginlogin.New(s.users.find); lm.ForceHost = "shop.example\r\nEvil: yes"; lm.Middleware() },
		"a cookie's name":     func() { lm := ginlogin.New(s.users.find); lm.Remember.Name = "x\r\nEvil: yes"; lm.Middleware() },
		"a cookie's domain":   func() { lm := ginlogin.New(s.users.find); lm.Remember.Domain = "x\r\nEvil: yes"; lm.Middleware() },
		"a cookie's path":     func() { lm := ginlogin.New(s.users.find); lm.Remember.Path = "/\r\nEvil: yes"; lm.Middleware() },
	} {
		wants(t, name+" panics when it is set", strings.HasPrefix(panicOf(make), "ginlogin: "), true)
	}
}

func TestAnAuditLogIsNotForged(t *testing.T) {
	const evil = "1\nlevel=INFO msg=user_logged_in user=admin"
	s, _ := newStoredSite(t, func(s *site) {
		s.users.rows[evil] = &account{ID: evil}
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
		s.engine.TrustedPlatform = "X-Client" // whatever that says is the address
	})
	b := s.browser()
	b.agent = "agent user=admin"
	req := httptest.NewRequest("POST", "https://shop.example/login?remember=1&id="+url.QueryEscape(evil), nil)
	req.Header["X-Client"] = []string{"192.0.2.1\nlevel=INFO msg=user_logged_in user=admin"}
	wants(t, "login", s.serve(req).StatusCode, http.StatusOK)
	text := s.logged()
	wants(t, "lines", strings.Count(text, "\n"), 1)
	wants(t, "is the user quoted", strings.Contains(text, `user="1\nlevel`), true)
	wants(t, "is the address quoted", strings.Contains(text, `address="192.0.2.1\nlevel`), true)
}

// No header that a client chooses makes the library panic, or log anything.
func TestHostileHeadersCauseNoPanic(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 500
	}
	silence(t)
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.IdleTimeout, s.lm.AbsoluteTimeout, s.lm.FreshFor = time.Hour, day2, time.Minute
		s.lm.Remember.RefreshEachRequest = true
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) { return nil, nil }
		s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, err any) {
			t.Errorf("%s %q: panic: %v", c.Request.Method, c.Request.Header, err)
		}))
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	cookies := []string{"session=" + b.cookie("session"), "remember_token=" + b.cookie("remember_token")}
	rnd := rand.New(rand.NewPCG(6, 7))
	parts := append([]string{
		"", "/", "//", "\\", ":", "::1", "[", "]", "%", "%zz", "%00", "\x00", "\r\n", "\t", ",", ";", "=", "\"", "*", "*/*", "text/html", "application/json", ";q=", "NaN", "1e309", "-1", "0.5",
		"https://", "http:", "javascript:", "evil.example", "@", "?", "#", "true", "navigate", "cors", "é", "\xff", "session=", "remember_token=", "r1.", ".", "1", "Mw", strings.Repeat("A", 3000),
		"127.0.0.1", "fe80::1%eth0", "2001:db8::", "next=", "multipart/form-data; boundary=", "application/x-www-form-urlencoded",
	}, cookies...)
	garbage := func() string {
		var text strings.Builder
		for range rnd.IntN(6) {
			text.WriteString(parts[rnd.IntN(len(parts))])
		}
		return text.String()
	}
	headers := []string{"Accept", "Cookie", "Host", "HX-Request", "HX-Current-URL", "HX-Boosted", "Sec-Fetch-Mode", "Sec-Fetch-Site", "X-Forwarded-For", "X-Forwarded-Proto", "User-Agent", "Content-Type", "Authorization", "Origin"}
	paths := []string{"/whoami", "/home", "/secret", "/vault", "/fresh", "/remembered", "/userid", "/flashes", "/devices"}
	posts := []string{"/confirm", "/logout", "/login?id=2", "/login?id=1&remember=1", "/end", "/others", "/flash"}
	for range rounds {
		method, path := "GET", paths[rnd.IntN(len(paths))]
		if rnd.IntN(3) == 0 {
			method, path = "POST", posts[rnd.IntN(len(posts))]
		}
		req := httptest.NewRequest(method, "https://shop.example"+path, strings.NewReader(garbage()))
		req.URL.RawQuery += "&" + garbage()
		req.RequestURI = garbage()
		if rnd.IntN(2) == 0 {
			req.Header.Set("HX-Request", "true")
		}
		for range rnd.IntN(6) {
			switch name := headers[rnd.IntN(len(headers))]; name {
			case "Host":
				req.Host = garbage()
			case "Cookie":
				req.Header["Cookie"] = append(req.Header["Cookie"], cookies[rnd.IntN(2)]+"; "+garbage())
			default:
				req.Header.Add(name, garbage())
			}
		}
		if res := s.serve(req); res.StatusCode >= 500 {
			t.Errorf("%s %s %q: %s", method, path, req.Header, res.Status)
		}
	}
	for line := range strings.Lines(s.logged()) {
		t.Errorf("logged: %s", line)
	}
}

const day2 = 48 * time.Hour

// Caches.

// TestASharedCacheHasNothingToKeep looks at every kind of answer as a shared cache
// does (RFC 9111), and as one does that knows nothing of Vary.
func TestASharedCacheHasNothingToKeep(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) {
			if c.GetHeader("X-API-Key") == "" {
				return nil, nil
			}
			return s.users.get("2"), nil
		}
	})
	s.engine.GET("/not-modified", func(c *gin.Context) {
		c.Header("ETag", `"`+ginlogin.CurrentUser(c).GetID()+`"`)
		c.Status(http.StatusNotModified)
	})
	s.engine.GET("/file", ginlogin.LoginRequired(), func(c *gin.Context) {
		http.ServeContent(c.Writer, c.Request, "a.txt", time.Unix(1e9, 0), strings.NewReader("the user's file"))
	})
	s.engine.GET("/forbidden", passes(func(*gin.Context, ginlogin.User) bool { return false }), answerOK)
	s.engine.GET("/alone", ginlogin.AnonymousRequired("/"), answerOK)
	s.engine.GET("/gone", func(c *gin.Context) { ginlogin.CurrentUser(c); c.Status(http.StatusGone) })
	s.engine.GET("/moved", func(c *gin.Context) { ginlogin.CurrentUser(c); c.Redirect(http.StatusMovedPermanently, "/static") })
	s.engine.GET("/service", func(c *gin.Context) {
		u, _ := fromContext(ginlogin.Context(c))
		c.String(http.StatusOK, u.GetID())
	})

	const nobody, user, restored, stale, api = "nobody", "user", "restored", "stale", "api"
	visitor := func(who string) (*browser, []string) {
		b := s.browser()
		switch who {
		case user:
			b.post("/login?id=1")
		case restored:
			b.post("/login?id=1&remember=1")
			b.put("session", "")
		case stale:
			b.post("/login?id=1&fresh=0")
		case api:
			return b, []string{"X-API-Key", "k"}
		}
		return b, nil
	}
	for _, row := range []struct {
		who, method, path string
		header            []string
		status            int
	}{
		{nobody, "GET", "/whoami", nil, 200},
		{nobody, "GET", "/home", nil, 200},
		{nobody, "GET", "/alone", nil, 200},
		{nobody, "GET", "/moved", nil, 301},
		{nobody, "GET", "/gone", nil, 410},
		{nobody, "GET", "/not-modified", nil, 304},
		{nobody, "GET", "/secret", nil, 302},
		{nobody, "HEAD", "/secret", nil, 302},
		{nobody, "POST", "/secret", nil, 303},
		{nobody, "GET", "/secret", []string{"Accept", "application/json"}, 401},
		{nobody, "GET", "/secret", []string{"HX-Request", "true"}, 401},
		{nobody, "POST", "/logout", nil, 200},
		{user, "POST", "/login?id=1", nil, 200},
		{user, "GET", "/whoami", nil, 200},
		{user, "HEAD", "/secret", nil, 200},
		{user, "GET", "/home", nil, 200},
		{user, "GET", "/service", nil, 200},
		{user, "GET", "/alone", nil, 302},
		{user, "GET", "/moved", nil, 301},
		{user, "GET", "/gone", nil, 410},
		{user, "GET", "/not-modified", nil, 304},
		{user, "GET", "/file", nil, 200},
		{user, "GET", "/file", []string{"Range", "bytes=0-3"}, 206},
		{user, "GET", "/file", []string{"If-Modified-Since", "Sun, 09 Sep 2001 01:46:40 GMT"}, 304},
		{user, "GET", "/forbidden", nil, 403},
		{user, "POST", "/confirm", nil, 200},
		{user, "POST", "/logout", nil, 200},
		{stale, "GET", "/vault", nil, 302},
		{stale, "GET", "/vault", []string{"Accept", "application/json"}, 401},
		{restored, "GET", "/whoami", nil, 200},
		{restored, "GET", "/not-modified", nil, 304},
		{restored, "GET", "/vault", nil, 302},
		{api, "GET", "/whoami", nil, 200},
		{api, "GET", "/secret", nil, 200},
	} {
		t.Run(fmt.Sprint(row.who, " ", row.method, " ", row.path, " ", row.header), func(t *testing.T) {
			b, header := visitor(row.who)
			rep := b.do(row.method, row.path, append(header, row.header...)...)
			wants(t, "status", rep.StatusCode, row.status)
			control := rep.Header.Get("Cache-Control")
			isPrivate := strings.Contains(control, "private") && strings.Contains(control, "no-store")
			if row.path != "/logout" || row.who != nobody { // which did not ask
				wants(t, "Vary", rep.Header.Get("Vary"), "Cookie")
			}
			if row.who != nobody || len(rep.Cookies()) > 0 {
				wants(t, "private: "+control, isPrivate, true)
			}
		})
	}
	s.users.fail(errors.New("down"))
	b, _ := visitor(nobody)
	other := s.browser()
	s.users.fail(nil)
	other.post("/login?id=1")
	s.users.fail(errors.New("down"))
	rep := other.do("GET", "/secret")
	wants(t, "an outage", rep.StatusCode, 503)
	wants(t, "Vary of an outage", rep.Header.Get("Vary"), "Cookie")
	wants(t, "a stranger in an outage", b.do("GET", "/secret").StatusCode, 302)
}

// Logins that are over, and all that might bring them back.

func TestNothingRevivesALoginThatIsOver(t *testing.T) {
	type scene struct {
		s      *site
		one    *insured
		store  *shelf
		victim *browser
	}
	ends := map[string]func(sc scene){
		"logout":           func(sc scene) { sc.victim.post("/logout") },
		"logout elsewhere": func(sc scene) { other := sc.s.browser(); other.post("/join"); other.post("/others") },
		"administrator": func(sc scene) {
			if err := sc.s.lm.EndLogins(context.Background(), "m"); err != nil {
				sc.s.t.Error(err)
			}
		},
		"absolute timeout": func(sc scene) { sc.s.clock.Advance(25 * time.Hour) },
		"password change":  func(sc scene) { sc.one.password = "second" },
		"ban":              func(sc scene) { sc.one.Inactive = true },
		"stolen remember cookie": func(sc scene) {
			thief := sc.victim.copyOf("remember_token")
			for range 2 {
				sc.s.clock.Advance(time.Hour)
				sc.victim.restore()
			}
			sc.s.clock.Advance(time.Hour)
			thief.get("/whoami")
		},
		"a later login": func(sc scene) { sc.victim.post("/join") },
	}
	attempts := []string{
		"GET /whoami", "GET /home", "GET /service", "GET /late", "GET /fresh", "GET /userid", "GET /remembered", "GET /flashes", "GET /static", "GET /secret", "GET /vault",
		"POST /confirm", "POST /rebind", "POST /confirm-late", "POST /flash?message=x", "POST /data?key=a&value=b", "GET /twice", "GET /inner/whoami", "POST /inner/confirm", "GET /devices", "POST /others",
	}
	for end, doIt := range ends {
		t.Run(end, func(t *testing.T) {
			for _, stolen := range [][]string{{"session"}, {"remember_token"}, {"session", "remember_token"}} {
				store := newShelf()
				s, one := newMemberSite(t, func(s *site) {
					s.lm.Logins = store
					s.lm.AbsoluteTimeout = 24 * time.Hour
					s.lm.Remember.RefreshEachRequest = true
					s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("remember")}
					s.lm.SessionProtection = ginlogin.ProtectStrong
				})
				inner := ginlogin.New(newAccounts().find)
				inner.Name, inner.SecretKeys = "inner", s.lm.SecretKeys
				group := s.engine.Group("/inner", inner.Middleware())
				group.GET("/whoami", ginlogin.LoginRequired(ginlogin.For(s.lm)), answerOK)
				group.POST("/confirm", func(c *gin.Context) { answer200(c, confirm(c)) })
				s.engine.GET("/devices", func(c *gin.Context) { _, err := ginlogin.Logins(c); answer200(c, err) })
				s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
				s.engine.GET("/service", func(c *gin.Context) { _, ok := fromContext(ginlogin.Context(c)); c.String(http.StatusOK, "%v", ok) })
				s.engine.GET("/late", func(c *gin.Context) { c.String(http.StatusOK, "begun "); ginlogin.CurrentUser(c) })
				s.engine.POST("/confirm-late", func(c *gin.Context) { c.String(http.StatusOK, "begun %v", confirm(c)) })
				s.engine.GET("/twice", func(c *gin.Context) {
					ginlogin.CurrentUser(c)
					_ = confirm(c)
					_ = ginlogin.AddFlash(c, "", "x")
					ginlogin.CurrentUser(c)
				})
				s.engine.POST("/rebind", func(c *gin.Context) {
					u, err := ginlogin.LoadUser(c)
					if err == nil {
						err = ginlogin.LogoutOthers(c, u)
					}
					answer200(c, err)
				})
				victim := s.browser()
				wants(t, "login", victim.post("/join"), "200 ok")
				thief := victim.copyOf(stolen...)
				again := victim.copyOf(stolen...)
				wants(t, "before", again.get("/secret"), "200 secret")
				again = victim.copyOf(stolen...)
				doIt(scene{s, one, store, victim})
				for _, attempt := range attempts {
					method, path, _ := strings.Cut(attempt, " ")
					again.do(method, path)
					wants(t, fmt.Sprintf("%v, %s, then", stolen, attempt), again.do("GET", "/secret").StatusCode != 200, true)
					wants(t, fmt.Sprintf("%v, %s, the copy", stolen, attempt), thief.copyOf(stolen...).do("GET", "/secret").StatusCode != 200, true)
				}
				s.users.fail(nil)
			}
		})
	}
}

func TestNothingMakesALoginFreshButCredentials(t *testing.T) {
	s, _ := newMemberSite(t, func(s *site) {
		s.lm.Remember.RefreshEachRequest = true
		s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("remember")}
		s.lm.FreshFor = 10 * time.Minute
	})
	s.engine.POST("/rebind", func(c *gin.Context) {
		u, _ := ginlogin.LoadUser(c)
		answer200(c, ginlogin.LogoutOthers(c, u))
	})
	stale := map[string]func() *browser{
		"restored":          func() *browser { b := s.browser(); b.post("/join"); b.restore(); return b },
		"of another client": func() *browser { b := s.browser(); b.post("/join"); b.agent = "thief"; return b },
		"grown old":         func() *browser { b := s.browser(); b.post("/join"); s.clock.Advance(10 * time.Minute); return b },
	}
	for name, visit := range stale {
		for _, attempt := range []string{
			"GET /whoami", "GET /home", "GET /fresh", "GET /flashes", "POST /flash?message=x", "POST /data?key=a&value=b", "POST /rebind", "POST /password?new=first", "GET /vault",
		} {
			b := visit()
			method, path, _ := strings.Cut(attempt, " ")
			b.do(method, path)
			wants(t, name+", "+attempt+", fresh", b.get("/fresh"), "200 false")
			wants(t, name+", "+attempt+", vault", b.do("GET", "/vault").StatusCode != 200, true)
			wants(t, name+", "+attempt+", logged in", b.get("/secret"), "200 secret")
		}
	}
}

// A request that is under way when the user logs out sends its refreshed cookie
// afterwards. The browser has it again; only a login store knows that it is over.
func TestALateResponseDoesNotBringARememberCookieBackToLife(t *testing.T) {
	s, _ := newStoredSite(t, func(s *site) { s.lm.Remember.RefreshEachRequest = true })
	asked, proceed := make(chan struct{}), make(chan struct{})
	s.engine.GET("/slow", func(c *gin.Context) {
		ginlogin.CurrentUser(c)
		close(asked)
		<-proceed
		c.String(http.StatusOK, "late")
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour) // within the grace no cookie is sent again
	done := make(chan string)
	go func() { done <- b.get("/slow") }()
	<-asked
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "the cookie after the logout", b.cookie("remember_token"), "")
	close(proceed)
	wants(t, "the late response", <-done, "200 late")
	wants(t, "brings a cookie", b.cookie("remember_token") != "", true)
	wants(t, "that is good for nothing", b.get("/whoami"), "200 user ")
}

// Two requests leave the browser with the same remember cookie. The first is given
// a new one, which the page a minute later sends. The second was a long poll, whose
// answer arrives only now; it must not bring the old cookie back, to be taken for
// stolen the next day.
func TestAnAnswerThatCameLastWithAnOlderCookieIsNoTheft(t *testing.T) {
	for name, change := range map[string]func(*site){
		"as it is":       func(*site) {},
		"refreshed":      func(s *site) { s.lm.Remember.RefreshEachRequest = true },
		"with a new key": func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("remember")} },
	} {
		t.Run(name, func(t *testing.T) {
			before, store := newStoredSite(t, nil)
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.Logins, s.clock.now = store, before.clock.Now()
				change(s)
			})
			old := before.browser()
			old.post("/login?id=1&remember=1")
			s.clock.Advance(time.Hour)
			b, slow := s.browser(), s.browser()
			b.put("remember_token", old.cookie("remember_token"))
			slow.put("remember_token", old.cookie("remember_token"))
			wants(t, "the first", b.get("/whoami"), "200 user 1")
			rep := slow.do("GET", "/whoami")
			wants(t, "the second", rep.body, "user 1")
			s.clock.Advance(61 * time.Second)
			wants(t, "the next page", b.get("/whoami"), "200 user 1")
			if set := slow.setCookie(rep, "remember_token"); set != nil {
				b.put("remember_token", set.Value)
			}
			for range 3 {
				s.clock.Advance(time.Hour)
				wants(t, "later", b.restore(), "200 user 1")
			}
			wants(t, "rows", store.count(), 1)
		})
	}
}

// Many requests of the same browsers log in, out, confirm and end logins at once.
// When all logins have been ended, no cookie that was ever sent is good.
func TestLoginsAndLogoutsAtOnceLeaveNoLoginBehind(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	for name, store := range map[string]sessions.Store{"stock": cookieStore(), "memstore": memStore(), "cookiestore": sealedStore()} {
		t.Run(name, func(t *testing.T) {
			silence(t)
			logins := newShelf()
			s := newSite(t, store, func(s *site) {
				s.lm.Logins = logins
				s.lm.Remember.RefreshEachRequest = true
				s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(_ *gin.Context, err any) { t.Errorf("panic: %v", err) }))
			})
			s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
			s.engine.POST("/everywhere", func(c *gin.Context) { answer200(c, ginlogin.LogoutEverywhere(c)) })
			var mu sync.Mutex
			seen := map[string][]string{}
			paths := []string{"/login?id=1&remember=1", "/login?id=2", "/logout", "/logout?clear=1", "/confirm", "/others", "/everywhere", "/flash?message=x", "/data?key=k&value=v"}
			var wg sync.WaitGroup
			for range 3 {
				b := s.browser()
				for worker := range 4 {
					rnd := rand.New(rand.NewPCG(uint64(worker), 9))
					wg.Go(func() {
						for range rounds {
							rep := b.do("POST", paths[rnd.IntN(len(paths))])
							mu.Lock()
							for _, c := range rep.Cookies() {
								seen[c.Name] = append(seen[c.Name], c.Value)
							}
							mu.Unlock()
							switch got := b.get("/whoami"); got {
							case "200 user ", "200 user 1", "200 user 2":
							default:
								t.Errorf("somebody is %s", got)
							}
							s.clock.Advance(20 * time.Second)
						}
					})
				}
			}
			wg.Wait()
			for _, id := range []string{"1", "2"} {
				if err := s.lm.EndLogins(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			wants(t, "rows", logins.count(), 0)
			total := 0
			for cookie, values := range seen {
				for _, value := range values {
					total++
					req := httptest.NewRequest("GET", "https://shop.example/secret", nil)
					req.Header.Set("Cookie", cookie+"="+value)
					if res := s.serve(req); res.StatusCode != http.StatusFound {
						t.Errorf("a %s cookie is answered %s", cookie, res.Status)
					}
				}
			}
			if total == 0 {
				t.Error("no cookie was ever sent")
			}
		})
	}
}

// A key that has leaked signs what its finder likes, and what it has signed is
// signed anew with the newest key when it is used. Taking it out of SecretKeys at
// once, and not only behind a new one, is what ends it; a login store makes what
// was forged worth nothing.
func TestACookieForgedWithALeakedKey(t *testing.T) {
	forge := func(s *site) string {
		now := s.clock.Now().Unix()
		t := login.Token{UserID: "1", IssuedAt: now, Lifetime: 1e9, LoginAt: now, AuthAt: now, LoginID: "FORGED"}
		return signed(t, "leaked", "")
	}
	behind := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("leaked")} })
	thief := behind.browser()
	thief.put("remember_token", forge(behind))
	wants(t, "behind a new key", thief.get("/whoami"), "200 user 1")
	wants(t, "a page for fresh logins", thief.do("GET", "/vault").StatusCode, http.StatusFound)

	gone := newSite(t, cookieStore(), func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("newest")} })
	other := gone.browser()
	other.put("remember_token", forge(gone))
	wants(t, "taken out", other.get("/whoami"), "200 user ")
	other.put("remember_token", thief.cookie("remember_token"))
	wants(t, "taken out too late", other.get("/whoami"), "200 user 1")

	stored, _ := newStoredSite(t, func(s *site) { s.lm.SecretKeys = [][]byte{keyOf("newest"), keyOf("leaked")} })
	other = stored.browser()
	other.put("remember_token", forge(stored))
	wants(t, "with a login store", other.get("/whoami"), "200 user ")
}

// Holes that such attacks have found. These keep them closed.

// The victim and the thief use their copies by turns: each then has a cookie whose
// successor nobody has presented, which passes for a lost response.
func TestAThiefWhoTakesTurnsWithTheVictimIsFoundOut(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	for range 10 {
		s.clock.Advance(time.Hour)
		victim.restore()
		s.clock.Advance(time.Hour)
		thief.restore()
	}
	wants(t, "rows after ten turns", store.count(), 0)
}

// The victim's browser came back, got a new remember cookie, and has sent it with
// every request since. That the old one is not a lost response can be seen.
func TestAReplacedRememberCookieIsATheftOnceItsSuccessorWasSent(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	victim.restore()
	s.clock.Advance(time.Hour)
	wants(t, "the victim, in the session and with the new cookie", victim.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the thief", thief.restore(), "200 user ")
	wants(t, "rows", store.count(), 0)
}

// Within Grace the cookie before the newest is good and leaves no trace. A clock that
// jumps back must not make that period as long as the jump: the thief would be let in
// for as long and not be noticed.
func TestAClockThatJumpsBackDoesNotStretchTheGracePeriod(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	victim.restore()
	s.clock.Advance(30 * time.Second)
	wants(t, "the victim, with the new cookie", victim.restore(), "200 user 1")
	s.clock.Advance(-24 * time.Hour)
	wants(t, "the thief, as a browser whose answer was lost", thief.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the victim, whose cookie was replaced", victim.restore(), "200 user ")
	wantsText(t, "events", s.told(), "remember_token_stolen=1")
	wants(t, "rows", store.count(), 0)
}

// Two servers share the work, and the clock of one is a little behind. A request
// that came with the cookie before the newest is within the grace period there, too;
// else it would be given one more cookie, beside the one that its browser has.
func TestTheGracePeriodHoldsOnAServerWhoseClockIsBehind(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	second := b.copyOf("remember_token")
	s.clock.Advance(time.Hour)
	wants(t, "the first", b.restore(), "200 user 1")
	s.clock.Advance(-2 * time.Second)
	wants(t, "the second", second.get("/whoami"), "200 user 1")
	wants(t, "generation", store.only(t).Generation, 1)
}

// Two managers share a login store. The one without a Name has a user, who perhaps
// chose the ID, that the store takes for the other manager's.
func TestAUserIDWithTheNameOfAnotherManagerIsNotItsUser(t *testing.T) {
	store := newShelf()
	staff, _ := newStoredSite(t, func(s *site) { s.lm.Name, s.lm.Logins = "staff", store })
	shop, _ := newStoredSite(t, func(s *site) {
		s.lm.Logins = store
		s.users.rows["staff:1"] = &account{ID: "staff:1", Name: "Mallory"}
	})
	boss, mallory := staff.browser(), shop.browser()
	boss.agent = "the boss's laptop"
	boss.post("/login?id=1")
	mallory.post("/login?id=staff:1")
	wants(t, "the devices of the user", mallory.get("/devices"), "200 test browser (this) <nil>")
	mallory.post("/others")
	wants(t, "the boss", boss.get("/whoami"), "200 user 1")
}

// Sessions of their own tell two managers of one Name apart, and nesting them is
// allowed; but the remember cookie of one is good for the other.
func TestARememberCookieIsNotGoodForAManagerWithAnotherSession(t *testing.T) {
	customers, staff := ginlogin.New(newAccounts().find), ginlogin.New(newAccounts().find)
	customers.SessionName, staff.SessionName = "a", "b"
	customers.SecretKeys, staff.SecretKeys = [][]byte{keyOf("k")}, [][]byte{keyOf("k")}
	b := alone(t, func(r *gin.Engine) {
		r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
		r.Use(sessions.SessionsMany([]string{"a", "b"}, cookieStore()), customers.Middleware())
		r.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, &account{ID: "1"}, ginlogin.Remember(true))) })
		r.Group("/staff", staff.Middleware()).GET("/", ginlogin.LoginRequired(ginlogin.For(staff)), answerOK)
	})
	b.post("/login")
	wants(t, "a customer among the staff is let in", b.get("/staff/") == "200 ok", false)
}

// A handler of an event logs the user out, say because session protection met
// another client. The guard that asked lets the request through all the same.
func TestALogoutByAnEventHandlerEndsThisRequestToo(t *testing.T) {
	for _, event := range []ginlogin.Event{ginlogin.SessionProtected, ginlogin.UserAccessed, ginlogin.UserLoadedFromCookie} {
		s := newSite(t, cookieStore(), func(s *site) {
			s.lm.On(event, func(c *gin.Context, _ ginlogin.User) {
				if c.FullPath() == "/secret" {
					if err := ginlogin.Logout(c); err != nil {
						t.Error(err)
					}
				}
			})
		})
		b := s.browser()
		b.post("/login?id=1&remember=1")
		switch event {
		case ginlogin.SessionProtected:
			b.agent = "thief"
		case ginlogin.UserLoadedFromCookie:
			b.put("session", "")
		}
		wants(t, event.String()+": the guarded page is shown", b.get("/secret") == "200 secret", false)
		wants(t, event.String()+": afterwards", b.get("/whoami"), "200 user ")
	}
}

// A handler that answers a refusal calls c.Next, as middleware does: that runs
// what the guard stands before, because the chain is aborted only afterwards.
func TestAHandlerOfRefusalsThatCallsNextRunsNothing(t *testing.T) {
	for name, change := range map[string]func(*site){
		"UnauthorizedHandler": func(s *site) { s.lm.UnauthorizedHandler = func(c *gin.Context) { c.Next() } },
		"NeedsRefreshHandler": func(s *site) { s.lm.NeedsRefreshHandler = func(c *gin.Context) { c.Next() } },
		"ErrorHandler":        func(s *site) { s.lm.ErrorHandler = func(c *gin.Context, _ error) { c.Next() } },
		"an event handler":    func(s *site) { s.lm.On(ginlogin.UserUnauthorized, func(c *gin.Context, _ ginlogin.User) { c.Next() }) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), change)
			b := s.browser()
			switch name {
			case "NeedsRefreshHandler":
				b.post("/login?id=1&fresh=0")
			case "ErrorHandler":
				b.post("/login?id=1")
				s.users.fail(errors.New("down"))
			}
			rep := b.do("GET", "/vault")
			wants(t, "the guarded page is shown", strings.Contains(rep.body, "vault") && !strings.Contains(rep.body, "href"), false)
		})
	}
}

// An Identifier that asks who the user is, say to spare those on phones, is told
// before protection has looked at the login; and that answer stands.
func TestAnIdentifierThatAsksForTheUserDoesNotDisarmProtection(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.SessionProtection = ginlogin.ProtectStrong
		s.lm.Identifier = func(c *gin.Context) string {
			if u, ok := ginlogin.UserAs[*account](c); ok && u.Name == "On the road" {
				return ""
			}
			return c.Request.UserAgent()
		}
	})
	s.engine.GET("/page", func(c *gin.Context) { ginlogin.LoginFresh(c) }, ginlogin.LoginRequired(), answerOK)
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	thief.agent = "thief"
	wants(t, "the thief", thief.do("GET", "/page").StatusCode, http.StatusFound)
}

// A form on another site posts to a guarded page. Our cookies stay at home, so the
// guard meets nobody, flashes its message into a new session, and the cookie of
// that one takes the place of the visitor's: a logout by another site.
func TestACrossSitePostToAGuardedPageDoesNotReplaceTheSession(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	victim := s.browser()
	victim.post("/login?id=1")
	wants(t, "sent to", victim.crossSite("/secret").Header.Get("Location"), "/login")
	wants(t, "the victim", victim.get("/whoami"), "200 user 1")
}

// A page that shows whose it is by UserID alone is nobody else's.
func TestAPageThatAsksOnlyForTheUserIDIsPrivate(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	rep := b.do("GET", "/userid")
	wants(t, "body", rep.body, `"1" true`)
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
}

// The page that was asked for is too long for the session. That is the visitor's
// doing, and no reason for an error in the log at every try.
func TestAVisitorDoesNotFillTheLogWithLongURLs(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.UseSessionForNext = true })
	b := s.browser()
	wants(t, "sent to", b.do("GET", "/secret?"+strings.Repeat("x", 5000)).Header.Get("Location"), "/login")
	wants(t, "logged", s.logged(), "")
	wants(t, "the message", b.get("/flashes"), "200 [{message "+loginMessage+"}] <nil>")
}

// Of many cookies of one name each would cost a signature under each key: 50 kB of
// header, a tenth of a second. No browser has that many.
func TestOfManyRememberCookiesOnlyAFewAreVerified(t *testing.T) {
	s := newSite(t, memStore(), nil)
	good := s.browser()
	good.post("/login?id=1&remember=1")
	rep := exchange(s.browser(), "GET", "/whoami", "", func(req *http.Request) {
		req.Header.Set("Cookie", strings.Repeat("remember_token=.; ", 2000)+"remember_token="+good.cookie("remember_token"))
	})
	wants(t, "one behind 2000", rep.body, "user ")
}

// A recovery handler that shows a page and forgets to abort, as Gin allows, goes on
// behind what has panicked. If that was a guard, it goes on to what it guards.
func TestAGuardThatPanicsLetsNobodyPast(t *testing.T) {
	boom := func() { panic("driver bug") }
	for name, change := range map[string]func(*site){
		"in the user loader": func(s *site) {
			logins := s.lm.Logins
			loadWith(s, func(context.Context, string) (ginlogin.User, error) { boom(); return nil, nil })
			s.lm.Logins = logins
		},
		"in the request loader": func(s *site) {
			s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) { boom(); return nil, nil }
		},
		"in the login store": func(s *site) { s.lm.Logins = brokenStore{s.lm.Logins} },
		"in the identifier": func(s *site) {
			s.lm.Identifier = func(c *gin.Context) string {
				if c.Request.Method == "GET" {
					boom()
				}
				return ""
			}
		},
		"in a listener": func(s *site) { s.lm.On(ginlogin.UserAccessed, func(*gin.Context, ginlogin.User) { boom() }) },
		"in the test of UserPasses": func(s *site) {
			s.engine.GET("/early", func(*gin.Context) {}) // the routes come later
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStoredSite(t, func(s *site) {
				s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.String(http.StatusInternalServerError, "sorry ") }))
			})
			entered := s.browser()
			entered.post("/login?id=1")
			broken := newSite(t, cookieStore(), func(b *site) {
				b.lm.Logins = s.lm.Logins
				b.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.String(http.StatusInternalServerError, "sorry ") }))
				change(b)
			})
			page := func(c *gin.Context) { c.String(http.StatusOK, "guarded page") }
			broken.engine.GET("/login-required", ginlogin.LoginRequired(), page)
			broken.engine.GET("/fresh-login-required", ginlogin.FreshLoginRequired(), page)
			broken.engine.GET("/user-passes", passes(func(*gin.Context, ginlogin.User) bool { boom(); return false }), page)
			for _, path := range []string{"/login-required", "/fresh-login-required", "/user-passes"} {
				if name == "in the test of UserPasses" && path != "/user-passes" {
					continue
				}
				visitor := broken.browser()
				if name != "in the request loader" {
					visitor.put("session", entered.cookie("session"))
				}
				wants(t, path, strings.Contains(visitor.get(path), "guarded page"), false)
			}
		})
	}
}

// brokenStore panics when a login is looked for.
type brokenStore struct{ ginlogin.LoginStore }

func (brokenStore) FindLogin(context.Context, string) (ginlogin.StoredLogin, error) {
	panic("driver bug")
}

// The documentation.

var (
	testName    = regexp.MustCompile(`\b(?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*`)
	testDeclare = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*)\(`)
)

func TestTheTestsThatTheSecurityDocumentNamesExist(t *testing.T) {
	declared := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range testDeclare.FindAllStringSubmatch(string(text), -1) {
			declared[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(string(text)) {
		names := testName.FindAllString(line, -1)
		for _, name := range names {
			named++
			if !declared[name] {
				t.Errorf("docs/security.md names %s, which does not exist", name)
			}
		}
		isClaim := strings.HasPrefix(line, "|") && (strings.Contains(line, "✔") || strings.Contains(line, "◐"))
		if isClaim && len(names) == 0 {
			t.Errorf("docs/security.md claims without naming a test: %s", line)
		}
	}
	if named == 0 {
		t.Error("docs/security.md names no test at all")
	}
}
