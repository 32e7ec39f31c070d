package ginlogin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
)

func protecting(mode ginlogin.SessionProtection) func(*site) {
	return func(s *site) { s.lm.SessionProtection = mode }
}

func TestWhatBecomesOfALoginWhoseClientChanges(t *testing.T) {
	changes := map[string]func(b *browser) (header []string){
		"the user agent":         func(b *browser) []string { b.agent = "another browser"; return from("192.0.2.1") },
		"the address":            func(*browser) []string { return from("192.0.2.2") },
		"both":                   func(b *browser) []string { b.agent = "another browser"; return from("192.0.2.2") },
		"no user agent any more": func(b *browser) []string { b.agent = ""; return from("192.0.2.1") },
	}
	for _, tc := range []struct {
		name          string
		mode          ginlogin.SessionProtection
		user          string
		status        int // of a page for fresh logins
		events        string
		keepsRemember bool
	}{
		{"basic makes it stale", ginlogin.ProtectBasic, "user 1", http.StatusFound, "user_accessed=1 session_protected=1", true},
		{"strong ends it", ginlogin.ProtectStrong, "user ", http.StatusFound, "user_accessed session_protected", false},
		{"none leaves it", ginlogin.ProtectNone, "user 1", http.StatusOK, "user_accessed=1", true},
	} {
		for what, change := range changes {
			t.Run(tc.name+": "+what, func(t *testing.T) {
				s := newSite(t, cookieStore(), protecting(tc.mode))
				s.behindProxy()
				b := s.browser()
				b.do("POST", "/login?id=1&remember=1", from("192.0.2.1")...)
				b.post("/data?key=cart&value=book", from("192.0.2.1")...)
				wants(t, "before", b.get("/vault", from("192.0.2.1")...), "200 vault")
				wantsNoCookies(t, "before", b.do("GET", "/whoami", from("192.0.2.1")...))
				s.told()

				header := change(b)
				rep := b.do("GET", "/whoami", header...)
				wants(t, "user", rep.body, tc.user)
				wants(t, "events", s.told(), tc.events)
				wants(t, "session written", b.setCookie(rep, "session") != nil, tc.mode != ginlogin.ProtectNone)
				wants(t, "remember cookie kept", b.cookie("remember_token") != "", tc.keepsRemember)
				wants(t, "data", b.get("/data?key=cart", header...), "200 book")
				wants(t, "page for fresh logins", b.do("GET", "/vault", header...).StatusCode, tc.status)

				s.told()
				rep = b.do("GET", "/whoami", header...)
				wants(t, "the next request", rep.body, tc.user)
				wants(t, "told once more", strings.Contains(s.told(), "session_protected"), false)
			})
		}
	}
}

func TestAStaleLoginCanBeConfirmedFromTheNewClient(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	b.agent = "another browser"
	wants(t, "stale", b.do("GET", "/vault").StatusCode, http.StatusFound)
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	wants(t, "fresh", b.get("/vault"), "200 vault")
	b.agent = "test browser"
	wants(t, "at the old client", b.do("GET", "/vault").StatusCode, http.StatusFound)
}

func TestStrongProtectionEndsTheLookUp(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.SessionProtection = ginlogin.ProtectStrong
		s.lm.UseSessionForNext = true
		s.lm.RequestLoader = func(*gin.Context) (ginlogin.User, error) {
			t.Error("the request loader is asked")
			return s.users.get("2"), nil
		}
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/data?key=cart&value=book")
	b.post("/data?key=next&value=/wanted")
	b.post("/flash?category=info&message=one")
	s.users.calls()
	b.agent = "another browser"
	for _, path := range []string{"/fresh", "/remembered", "/userid"} {
		rep := b.do("GET", path)
		wants(t, path, strings.Contains(rep.body, "true"), false)
		wantsNoCookies(t, path, rep)
	}
	rep := b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user ")
	wants(t, "loader calls", len(s.users.calls()), 0)
	wants(t, "remember cookie deleted", isDeletion(b.setCookie(rep, "remember_token")), true)
	for what, want := range map[string]string{"_login": "<nil>", "next": "<nil>", "cart": "book"} {
		wants(t, what, b.get("/data?key="+what), "200 "+want)
	}
}

func TestStrongProtectionLeavesTheFlashes(t *testing.T) {
	s := newSite(t, memStore(), protecting(ginlogin.ProtectStrong))
	b := s.browser()
	b.post("/login?id=1")
	b.post("/flash?category=info&message=one")
	b.agent = "another browser"
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "flash", b.get("/flashes"), "200 [{info one}] <nil>")
}

func TestStrongProtectionStopsAThiefWhoBringsBothCookies(t *testing.T) {
	s := newSite(t, cookieStore(), protecting(ginlogin.ProtectStrong))
	b, thief := s.browser(), s.browser()
	b.post("/login?id=1&remember=1")
	thief.agent = "thief"
	thief.put("session", b.cookie("session"))
	thief.put("remember_token", b.cookie("remember_token"))
	wants(t, "guard", thief.do("GET", "/secret").StatusCode, http.StatusFound)
	wants(t, "remember cookie of the thief", thief.cookie("remember_token"), "")
	wants(t, "confirm", thief.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "the user", b.get("/secret"), "200 secret")
}

func TestStrongProtectionDeletesARememberCookieThatItsPathHides(t *testing.T) {
	for path, sent := range map[string]bool{"/members": true, "/": false} {
		s := newSite(t, cookieStore(), func(s *site) {
			s.lm.SessionProtection = ginlogin.ProtectStrong
			s.lm.Remember.Path = path
		})
		b := s.browser()
		b.post("/login?id=1")
		b.agent = "another browser"
		rep := b.do("GET", "/whoami")
		wants(t, "user", rep.body, "user ")
		wants(t, "deletion sent for Path "+path, isDeletion(b.setCookie(rep, "remember_token")), sent)
	}
}

func TestARefusedVisitorMayLogInAtOnce(t *testing.T) {
	for id, data := range map[string]string{"1": "book", "2": "<nil>"} {
		s := newSite(t, memStore(), protecting(ginlogin.ProtectStrong))
		b := s.browser()
		b.post("/login?id=1&remember=1")
		b.post("/data?key=cart&value=book")
		b.agent = "another browser"
		wants(t, "login as "+id, b.post("/login?id="+id), "200 /")
		wants(t, "user", b.get("/vault"), "200 vault")
		wants(t, "data", b.get("/data?key=cart"), "200 "+data)
	}
}

func TestARefusedVisitorMayLogOut(t *testing.T) {
	s := newSite(t, memStore(), protecting(ginlogin.ProtectStrong))
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.agent = "another browser"
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "session cookie", b.cookie("session"), "")
	wants(t, "remember cookie", b.cookie("remember_token"), "")
}

func TestARememberedLoginSurvivesProtection(t *testing.T) { // D1
	for _, mode := range []ginlogin.SessionProtection{ginlogin.ProtectBasic, ginlogin.ProtectStrong} {
		s := newSite(t, cookieStore(), protecting(mode))
		b := s.rememberedBrowser("/login?id=1&remember=1")
		b.agent = "another browser"
		wants(t, "restored", b.get("/whoami"), "200 user 1")
		s.told()
		for range 3 {
			wants(t, "the next request", b.get("/whoami"), "200 user 1")
			wants(t, "events", s.told(), "user_accessed=1")
		}
		wants(t, "remember cookie", b.cookie("remember_token") != "", true)
	}
}

func TestASessionWithoutLoginIsNotProtected(t *testing.T) { // D2
	for _, mode := range []ginlogin.SessionProtection{ginlogin.ProtectBasic, ginlogin.ProtectStrong} {
		s := newSite(t, cookieStore(), protecting(mode))
		b := s.browser()
		b.post("/data?key=cart&value=book")
		b.agent = "another browser"
		rep := b.do("GET", "/whoami")
		wants(t, "user", rep.body, "user ")
		wantsNoCookies(t, "answer", rep)
		wants(t, "events", s.told(), "user_accessed")

		other := s.rememberedBrowser("/login?id=1&remember=1")
		b.put("remember_token", other.cookie("remember_token"))
		wants(t, "restored into it", b.get("/whoami"), "200 user 1")
		wants(t, "events", s.told(), "user_accessed=1 user_loaded_from_cookie=1")
		wants(t, "data", b.get("/data?key=cart"), "200 book")
	}
}

func TestBasicProtectionFiresOncePerChange(t *testing.T) { // D3
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	for _, agent := range []string{"second", "third", "second"} {
		b.agent = agent
		s.told()
		for _, want := range []string{"user_accessed=1 session_protected=1", "user_accessed=1", "user_accessed=1"} {
			wants(t, "user", b.get("/whoami"), "200 user 1")
			wants(t, agent+": events", s.told(), want)
			wants(t, agent+": fresh", b.get("/fresh"), "200 false")
		}
	}
}

func TestProtectionMeansItsModeOnASessionThatOutlivesTheBrowser(t *testing.T) { // D4
	for maxAge, kind := range map[int]string{0: "for the browser's session", 30 * 24 * 60 * 60: "for a month"} {
		store := cookieStore()
		options := ginlogin.SessionOptions()
		options.MaxAge = maxAge
		store.Options(options)
		s := newSite(t, store, protecting(ginlogin.ProtectStrong))
		b := s.browser()
		b.post("/login?id=1")
		b.agent = "another browser"
		wants(t, "a cookie "+kind, b.get("/whoami"), "200 user ")
	}
}

func TestALoginIsStaleAtOnceAndWithoutALoad(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1")
	s.told()
	b.agent = "another browser"
	rep := b.do("GET", "/fresh")
	wants(t, "fresh", rep.body, "false")
	wantsNoCookies(t, "a question without a load", rep)
	wants(t, "events", s.told(), "")
	b.agent = "test browser"
	wants(t, "fresh at the old client", b.get("/fresh"), "200 true")
}

func TestAnOutageLeavesTheProtectedLoginAsItWas(t *testing.T) {
	for mode, user := range map[ginlogin.SessionProtection]string{ginlogin.ProtectBasic: "1", ginlogin.ProtectStrong: ""} {
		s := newSite(t, cookieStore(), protecting(mode))
		b := s.browser()
		b.post("/login?id=1")
		s.told()
		b.agent = "another browser"
		if mode == ginlogin.ProtectBasic { // strong asks no loader
			s.users.fail(errStoreDown)
			rep := b.do("GET", "/whoami")
			wants(t, "status", rep.StatusCode, http.StatusServiceUnavailable)
			wantsNoCookies(t, "outage", rep)
			wants(t, "events", s.told(), "user_accessed")
			s.users.fail(nil)
		}
		wants(t, "afterwards", b.get("/whoami"), "200 user "+user)
		wantsText(t, "events", s.told(), "session_protected")
	}
}

func TestAnIPv6ClientIsKnownByItsNetwork(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.behindProxy()
	b := s.browser()
	b.post("/login?id=1", from("2001:db8:1:2::1")...)
	wants(t, "another address of the /64", b.get("/fresh", from("2001:db8:1:2:ffff:ffff:ffff:ffff")...), "200 true")
	wants(t, "another /64", b.get("/fresh", from("2001:db8:1:3::1")...), "200 false")
}

func TestAnAddressThatCannotBeReadIsAsGoodAsAny(t *testing.T) {
	s := newSite(t, cookieStore(), protecting(ginlogin.ProtectStrong))
	ask := func(method, path, cookie string) *http.Response {
		req := httptest.NewRequest(method, path, nil)
		req.RemoteAddr = "@" // a Unix socket
		req.Header.Set("User-Agent", "proxy")
		req.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, req)
		return w.Result()
	}
	login := ask("POST", "/login?id=1", "any=1")
	wants(t, "login", login.StatusCode, http.StatusOK)
	session := login.Cookies()[0]
	wants(t, "guard", ask("GET", "/vault", session.Name+"="+session.Value).StatusCode, http.StatusOK)
}

func TestAForgedAddressIsNotBelievedWithoutTrustedProxies(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	b := s.browser()
	b.post("/login?id=1", from("192.0.2.1")...)
	wants(t, "fresh", b.get("/fresh", from("192.0.2.2")...), "200 true")
}

func TestTheIdentifierCanBeOnesOwn(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.SessionProtection = ginlogin.ProtectStrong
		s.lm.Identifier = func(c *gin.Context) string { return c.GetHeader("Device") }
	})
	b := s.browser()
	b.post("/login?id=1", "Device", "phone")
	b.agent = "another browser"
	wants(t, "the same device", b.get("/whoami", "Device", "phone"), "200 user 1")
	wants(t, "another device", b.get("/whoami", "Device", "desk"), "200 user ")
}

func TestAnIdentifierThatAsksForTheUserDoesNotGetAroundProtection(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.SessionProtection = ginlogin.ProtectStrong
		s.lm.Identifier = func(c *gin.Context) string {
			ginlogin.CurrentUser(c)
			ginlogin.LoginFresh(c)
			ginlogin.UserID(c)
			return c.GetHeader("Device")
		}
	})
	b := s.browser()
	wants(t, "login", b.post("/login?id=1", "Device", "phone"), "200 /")
	wants(t, "the same device", b.get("/whoami", "Device", "phone"), "200 user 1")
	wants(t, "another device", b.get("/whoami", "Device", "desk"), "200 user ")
}

func TestTheRecordDoesNotTellWhoseClientItIs(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.Identifier = func(*gin.Context) string { return "my.secret|device" }
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "the identifier is in the record", strings.Contains(b.get("/data?key=_login"), "secret"), false)
	wants(t, "fresh", b.get("/fresh"), "200 true")
}

func TestStrongProtectionEndsAllCopiesOfAStoredLogin(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	session, remember := b.copyOf("session"), b.copyOf("remember_token")
	b.agent = "another"
	wants(t, "another client", b.get("/whoami"), "200 user ")
	wants(t, "rows", store.count(), 0)
	wants(t, "a copied session, with the old client", session.get("/whoami"), "200 user ")
	wants(t, "a copied remember cookie", remember.get("/whoami"), "200 user ")
}

func TestStrongProtectionEndsTheLoginOfTheRememberCookieToo(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/login?id=1") // the cookie stays good
	wants(t, "rows", store.count(), 2)
	thief := b.copyOf("remember_token")
	b.agent = "elsewhere"
	wants(t, "user", b.get("/whoami"), "200 user ")
	wants(t, "cookie", b.cookie("remember_token"), "")
	wants(t, "rows left", store.count(), 0)
	wants(t, "thief", thief.get("/whoami"), "200 user ")
}

// A thief with a copied session who hangs up each time could otherwise try one browser
// after another, until one passes for the victim's.
func TestStrongProtectionEndsTheLoginOfAClientThatHangsUp(t *testing.T) {
	store := loginmem.New()
	s := newSite(t, cookieStore(), func(s *site) {
		store.Now = s.clock.Now
		s.lm.Logins, s.lm.SessionProtection = store, ginlogin.ProtectStrong
	})
	s.engine.GET("/slow", func(c *gin.Context) {
		<-c.Request.Context().Done()
		ginlogin.CurrentUser(c)
	})
	victim := s.browser()
	victim.post("/login?id=1")
	wants(t, "the victim", victim.get("/whoami"), "200 user 1")
	halfClosed(t, s, "/slow", "session="+victim.cookie("session"))
	rows, err := store.ListLogins(t.Context(), "1", 10)
	wants(t, "rows", fmt.Sprint(len(rows), err), "0 <nil>")
	wants(t, "the victim", victim.get("/whoami"), "200 user ")
}
