package ginlogin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/internal/keyring"
	"github.com/ginlogin/ginlogin/internal/login"
)

func TestAnIdleSessionEndsAndTheRememberCookieRestoresItStale(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = 30 * time.Minute })
	plain, remembered := s.browser(), s.browser()
	plain.post("/login?id=1")
	remembered.post("/login?id=1&remember=1")
	s.clock.Advance(30*time.Minute - time.Second)
	wants(t, "just before", plain.get("/whoami"), "200 user 1")
	s.clock.Advance(30*time.Minute - time.Second)
	wants(t, "in use", plain.get("/whoami"), "200 user 1")
	s.clock.Advance(30 * time.Minute)
	wants(t, "idle, freshness", remembered.get("/fresh"), "200 false")
	wants(t, "idle, remembered", remembered.get("/whoami"), "200 user 1")
	wants(t, "its freshness", remembered.get("/fresh"), "200 false")
	wants(t, "idle", plain.get("/whoami"), "200 user ")
	wants(t, "session cookie", plain.cookie("session"), "")
}

// The activity cookie is the only place where use is noted without a login store: the
// app's session is not saved for it.
func TestUseIsNotedInACookieOfItsOwn(t *testing.T) {
	for manager, name := range map[string]string{"": "login_activity", "staff": "login_activity_staff"} {
		s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout, s.lm.Name = time.Hour, manager })
		b := s.browser()
		b.post("/login?id=1&remember=1")
		wants(t, "at the login", b.cookie(name), "")
		for _, path := range []string{"/static", "/fresh", "/userid", "/whoami"} { // only a load writes
			rep := b.do("GET", path)
			wantsNoCookies(t, path+", at once", rep)
		}
		sent := ""
		for range 120 {
			s.clock.Advance(time.Second)
			for _, cookie := range b.do("GET", "/whoami").Cookies() {
				sent += cookie.Name + " "
			}
		}
		wants(t, "cookies in two minutes", sent, name+" "+name+" ")
	}
}

func TestTheActivityCookieGoesWhereTheSessionsCookieGoes(t *testing.T) {
	store := cookieStore()
	store.Options(sessions.Options{Path: "/app", Domain: "shop.example", MaxAge: 3600, SameSite: http.SameSiteStrictMode})
	s := newSite(t, store, func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	session := b.setCookie(b.do("POST", "/login?id=1"), "session")
	s.clock.Advance(time.Minute)
	rep := s.browser().do("GET", "/whoami", "Cookie", "session="+session.Value)
	activity := b.setCookie(rep, "login_activity")
	if activity == nil {
		t.Fatalf("there is no activity cookie: %q", rep.Header["Set-Cookie"])
	}
	wants(t, "Path", activity.Path, "/app")
	wants(t, "Domain", activity.Domain, "shop.example")
	wants(t, "Secure", activity.Secure, false)
	wants(t, "SameSite", activity.SameSite, http.SameSiteStrictMode)
	wants(t, "HttpOnly, though the session's is not", activity.HttpOnly, true)
	wants(t, "Max-Age", activity.MaxAge, 3600)
	wants(t, "Cache-Control", rep.Header.Get("Cache-Control"), "private, no-store")
}

// A long poll has read the session before the app saves it. If noting the use saved
// the session, what the app had put into it would be lost.
func TestNotingUseDoesNotUndoTheAppsSave(t *testing.T) {
	for name, store := range map[string]sessions.Store{"cookie store": cookieStore(), "memstore": memStore()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store, func(s *site) { s.lm.IdleTimeout = time.Hour })
			read, saved := make(chan struct{}), make(chan struct{})
			s.engine.GET("/poll", func(c *gin.Context) {
				sessions.Default(c).Get("cart")
				close(read)
				<-saved
				c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID())
			})
			b := s.browser()
			b.post("/login?id=1")
			s.clock.Advance(30 * time.Minute)
			done := make(chan reply)
			go func() { done <- b.do("GET", "/poll") }()
			<-read
			b.post("/data?key=cart&value=book")
			close(saved)
			rep := <-done
			wants(t, "the late answer notes the use", b.setCookie(rep, "login_activity") != nil, true)
			wants(t, "and sets no session", b.setCookie(rep, "session") == nil, true)
			wants(t, "what the app saved", b.get("/data?key=cart"), "200 book")
		})
	}
}

// An attacker with a copy of a session that idled out would be logged in again by the
// activity of the session that the user has now.
func TestARestoredLoginDoesNotReviveTheSessionBefore(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(5 * time.Minute)
	b.get("/whoami")
	before := b.copyOf("session")
	s.clock.Advance(time.Hour)
	wants(t, "idle, restored", b.get("/fresh")+", "+b.get("/whoami"), "200 false, 200 user 1")
	s.clock.Advance(5 * time.Minute)
	wants(t, "in use", b.get("/whoami"), "200 user 1")
	before.put("login_activity", b.cookie("login_activity"))
	wants(t, "the session before", before.get("/whoami"), "200 user ")
}

func TestAnActivityCookieThatIsNotOursIsIgnored(t *testing.T) {
	for _, row := range []struct {
		name, secret, manager string
		change                func(*login.Activity)
		user                  string
	}{
		{"of this session", "remember", "", func(*login.Activity) {}, "1"},
		{"signed with another key", "foreign", "", func(*login.Activity) {}, ""},
		{"of another manager", "remember", "staff", func(*login.Activity) {}, ""},
		{"of another login", "remember", "", func(a *login.Activity) { a.LoginID = "OTHER" }, ""},
		{"of another session", "remember", "", func(a *login.Activity) { a.BegunAt++ }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = time.Hour })
			b := s.browser()
			b.post("/login?id=1")
			rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key="+sessionKey), "200 "))
			s.clock.Advance(time.Hour)
			activity := login.Activity{LoginID: rec.LoginID, BegunAt: rec.BegunAt, SeenAt: s.clock.Now().Unix() - 60}
			row.change(&activity)
			value := keyring.New([][]byte{keyOf(row.secret)}, "activity", row.manager).Sign(activity.Encode())
			for cookie, user := range map[string]string{value: row.user, value[:len(value)-1]: "", activity.Encode(): ""} {
				visitor := b.copyOf("session")
				visitor.put("login_activity", cookie)
				wants(t, "user with "+cookie, visitor.get("/whoami"), "200 user "+user)
			}
			// A bad cookie that a neighbour has planted does not hide the good one.
			rep := s.browser().do("GET", "/whoami", "Cookie", "session="+b.cookie("session")+"; login_activity=x; login_activity="+value)
			wants(t, "user with two", rep.body, "user "+row.user)
		})
	}
}

func TestALogoutDeletesTheActivityCookie(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	b.post("/login?id=1")
	s.clock.Advance(2 * time.Minute)
	b.get("/whoami")
	wants(t, "in use", b.cookie("login_activity") != "", true)
	rep := b.do("POST", "/logout")
	wants(t, "deleted", isDeletion(b.setCookie(rep, "login_activity")), true)
	wants(t, "after the logout", b.cookie("login_activity"), "")
	wants(t, "a second logout", b.setCookie(b.do("POST", "/logout"), "login_activity") == nil, true)
}

func TestASessionOfALoginInUseDoesNotIdleOut(t *testing.T) {
	s, _ := newStoredSite(t, func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	b.post("/login?id=1")
	twin := b.copyOf("session") // another window, which shares the cookie
	for range 3 {
		s.clock.Advance(30 * time.Minute)
		wants(t, "in use", b.get("/whoami"), "200 user 1")
	}
	wants(t, "the other window", twin.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "idle", b.get("/whoami"), "200 user ")
	wants(t, "idle, the other window", twin.get("/whoami"), "200 user ")
	wants(t, "activity cookie", b.cookie("login_activity"), "")
}

func TestALoginThatGoesOnByItsRememberCookieKeepsItsRow(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	row := store.only(t)
	s.clock.Advance(time.Hour)
	wants(t, "restored", b.get("/whoami"), "200 user 1")
	wants(t, "its row", store.only(t).ID, row.ID)
}

func TestALogoutEndsTheLoginOfTheSameRequestAfterOneThatHasEnded(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.IdleTimeout = time.Hour })
	s.engine.POST("/in-and-out", func(c *gin.Context) {
		ginlogin.CurrentUser(c)
		if err := ginlogin.Login(c, s.users.get("2")); err != nil {
			t.Error(err)
		}
		answer200(c, ginlogin.Logout(c))
	})
	b := s.browser()
	b.post("/login?id=1")
	ended := store.only(t)
	s.clock.Advance(2 * time.Hour)
	wants(t, "in and out", b.post("/in-and-out"), "200 ok")
	wants(t, "what is left", store.only(t).ID, ended.ID)
}

func TestAnAbsoluteTimeoutEndsSessionAndRememberCookie(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.AbsoluteTimeout = 24 * time.Hour
		s.lm.Remember.RefreshEachRequest = true
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 23 {
		s.clock.Advance(time.Hour)
		wants(t, "within it", b.restore(), "200 user 1")
	}
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	s.clock.Advance(time.Hour)
	wants(t, "after it", b.get("/whoami"), "200 user ")
	wants(t, "session cookie", b.cookie("session"), "")
	wants(t, "remember cookie", b.cookie("remember_token"), "")
}

func TestAFreshLoginBecomesStaleWithTime(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) { s.lm.FreshFor = 10 * time.Minute })
	s.engine.GET("/strict", ginlogin.FreshLoginRequired(ginlogin.FreshFor(time.Minute)), answerOK)
	s.engine.GET("/lax", ginlogin.FreshLoginRequired(ginlogin.FreshFor(0)), answerOK)
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "at once", b.get("/strict"), "200 ok")
	s.clock.Advance(time.Minute)
	wants(t, "strict, after a minute", b.do("GET", "/strict").StatusCode, 302)
	wants(t, "after a minute", b.get("/vault"), "200 vault")
	s.clock.Advance(9 * time.Minute)
	wants(t, "after ten", b.do("GET", "/vault").StatusCode, 302)
	wants(t, "fresh", b.get("/fresh"), "200 false")
	wants(t, "without a limit", b.get("/lax"), "200 ok")
	wants(t, "logged in", b.get("/secret"), "200 secret")
	b.post("/confirm")
	wants(t, "confirmed", b.get("/strict"), "200 ok")
}

func TestAClockThatJumpsBackEndsNoLogin(t *testing.T) {
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.IdleTimeout, s.lm.AbsoluteTimeout, s.lm.FreshFor = time.Hour, 24*time.Hour, time.Hour
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(-48 * time.Hour)
	wants(t, "session", b.get("/vault"), "200 vault")
	wants(t, "remember cookie", b.restore(), "200 user 1")
}

// A page that polls would otherwise keep the login of a user who has left for ever.
func TestPollsKeepNoLoginFromIdlingOut(t *testing.T) {
	for name, logins := range map[string]ginlogin.LoginStore{"without a login store": nil, "with one": newShelf()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) {
				s.lm.IdleTimeout, s.lm.Logins = time.Hour, logins
				s.lm.IsActivity = func(c *gin.Context) bool { return c.GetHeader("Poll") == "" }
			})
			b := s.browser()
			b.post("/login?id=1")
			s.clock.Advance(30 * time.Minute)
			wants(t, "a use", b.get("/whoami"), "200 user 1")
			s.clock.Advance(59 * time.Minute)
			wants(t, "a poll", b.get("/whoami", "Poll", "1"), "200 user 1")
			s.clock.Advance(time.Minute)
			wants(t, "an hour after the use", b.get("/whoami", "Poll", "1"), "200 user ")
		})
	}
}

func TestAPageCanTellWhenTheLoginEnds(t *testing.T) {
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.IdleTimeout, s.lm.AbsoluteTimeout, s.lm.FreshFor = time.Hour, 24*time.Hour, 10*time.Minute
	})
	began := s.clock.Now().Truncate(time.Second)
	s.shows("/ends", func(c *gin.Context) any {
		ends := ginlogin.LoginEnds(c)
		if ends == (ginlogin.Ends{}) {
			return "never"
		}
		return fmt.Sprint(ends.Idle.Sub(began), " ", ends.Absolute.Sub(began), " ", ends.Fresh.Sub(began))
	})
	b := s.browser()
	wants(t, "without a login", b.get("/ends"), "200 never")
	b.post("/login?id=1")
	b.get("/whoami")
	wants(t, "a login", b.get("/ends"), "200 1h0m0s 24h0m0s 10m0s")
	s.clock.Advance(30 * time.Minute)
	b.get("/whoami")
	wants(t, "half an hour later", b.get("/ends"), "200 1h30m0s 24h0m0s 10m0s")
}
