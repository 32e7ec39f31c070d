package ginlogin_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

// A mutator spoils cookies, the same way in every run. Of two good cookies it also
// makes mixtures.
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

// The decoder gets a hundred thousand cookies of each kind, the whole library a
// thousand, and some go over the network.
func TestAMutatedCookieIsNoLogin(t *testing.T) {
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

func TestOversizedAndManyCookiesAreNoLogin(t *testing.T) {
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
				// Bad cookies that a neighbour plants do not hide the good one.
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

// A cookie is presented under the name of another.
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

// An attacker with a leaked key signs any remember cookie, and each use signs it anew
// with the newest key. Removing the key from SecretKeys at once ends that; putting a
// new key before it does not. With a login store a forged cookie has no row.
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

// Verifying each of many cookies of one name under each key would take a tenth of a
// second for a header of 50 kB. No browser has that many.
func TestOfManyRememberCookiesOnlyAFewAreVerified(t *testing.T) {
	s := newSite(t, memStore(), nil)
	good := s.browser()
	good.post("/login?id=1&remember=1")
	rep := exchange(s.browser(), "GET", "/whoami", "", func(req *http.Request) {
		req.Header.Set("Cookie", strings.Repeat("remember_token=.; ", 2000)+"remember_token="+good.cookie("remember_token"))
	})
	wants(t, "one behind 2000", rep.body, "user ")
}
