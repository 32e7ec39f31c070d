package ginlogin_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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

// The logout page is outside of Remember.Path, so the browser does not send the
// remember cookie there, and nothing deletes it. With a login store its row is deleted.
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

// Where sessions live on the server, a confirmation ends the copies of the session.
// Where they live in the cookie, a copy stays as stale as it was.
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

// A thief at another address has copies of the victim's cookies.
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

// Gin believes the X-Forwarded-For of every client until SetTrustedProxies is called.
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

func TestNothingRevivesALoginThatHasEnded(t *testing.T) {
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
		"POST /confirm", "POST /confirm-late", "POST /flash?message=x", "POST /data?key=a&value=b", "GET /twice", "GET /inner/whoami", "POST /inner/confirm", "GET /devices", "POST /others",
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
				s.engine.GET("/service", func(c *gin.Context) {
					_, ok := ginlogin.UserAs[*account](ginlogin.Context(c))
					c.String(http.StatusOK, "%v", ok)
				})
				s.engine.GET("/late", func(c *gin.Context) { c.String(http.StatusOK, "begun "); ginlogin.CurrentUser(c) })
				s.engine.POST("/confirm-late", func(c *gin.Context) { c.String(http.StatusOK, "begun %v", confirm(c)) })
				s.engine.GET("/twice", func(c *gin.Context) {
					ginlogin.CurrentUser(c)
					_ = confirm(c)
					_ = ginlogin.AddFlash(c, "", "x")
					ginlogin.CurrentUser(c)
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
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	stale := map[string]func() *browser{
		"restored":          func() *browser { b := s.browser(); b.post("/join"); b.restore(); return b },
		"of another client": func() *browser { b := s.browser(); b.post("/join"); b.agent = "thief"; return b },
		"grown old":         func() *browser { b := s.browser(); b.post("/join"); s.clock.Advance(10 * time.Minute); return b },
	}
	for name, visit := range stale {
		for _, attempt := range []string{
			"GET /whoami", "GET /home", "GET /fresh", "GET /flashes", "POST /flash?message=x", "POST /data?key=a&value=b", "POST /others", "POST /password?new=first", "GET /vault",
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
// afterwards. The browser has it again; only a login store knows that the login has ended.
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
								t.Errorf("the user is %s", got)
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
