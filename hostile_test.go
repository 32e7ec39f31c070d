package ginlogin_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/login"
)

// The files hostile… hold attacks, each named after what is tried. Attacks on a real
// server or database are in storetest; those on one subject stand with its tests.
// docs/security.md says which test shows what.

// An attacker who can write to the session store, or choose the key that an app puts a
// value under, can make any login. The login store does not know it.
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

// Two managers of one Name have sessions of their own. Nested, the remember cookie of
// one would be good for the other.
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

// Two managers share a login store. A user of the one without a Name has chosen an ID
// that looks like a user of the other.
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

// No header that a client chooses makes the library panic, or log anything.
func TestHostileHeadersCauseNoPanic(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 500
	}
	silence(t)
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.IdleTimeout, s.lm.AbsoluteTimeout, s.lm.FreshFor = time.Hour, 2*day, time.Minute
		s.lm.Remember.RefreshEachRequest = true
		s.lm.RequestLoader = func(c *gin.Context) (ginlogin.User, error) { return nil, nil }
		s.engine.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, err any) {
			t.Errorf("%s %q: panic: %v", c.Request.Method, c.Request.Header, err)
		}))
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(10 * time.Second) // a login that ends at once looks like a mistake of the program
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

// An Identifier may ask for the user, to spare those on phones for instance. Protection
// has not judged the login by then, so the answer must not stand.
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

// A handler of an event logs the user out, for instance because session protection has
// met another client. The guard that asked must not let the request pass.
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

// A handler that answers a refusal calls c.Next, as middleware does. If the chain were
// aborted only afterwards, that would run the page behind the guard.
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

// After a recovery handler that does not abort, Gin goes on behind the handler that has
// panicked. Behind a guard that is the guarded page.
func TestAGuardThatPanicsStopsTheRequest(t *testing.T) {
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
