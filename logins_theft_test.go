package ginlogin_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/loginmem"
)

func TestARememberCookieIsReplacedByEachUse(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	first := b.cookie("remember_token")
	wants(t, "within the grace period", b.restore(), "200 user 1")
	wants(t, "the cookie", b.cookie("remember_token"), first)
	s.clock.Advance(2 * time.Minute)
	wants(t, "after it", b.restore(), "200 user 1")
	second := b.cookie("remember_token")
	if second == first {
		t.Error("the cookie was not replaced")
	}
	wants(t, "generation", store.only(t).Generation, 1)
	wants(t, "fresh", b.get("/fresh"), "200 false")
	s.clock.Advance(24 * time.Hour)
	wants(t, "a day later", b.restore(), "200 user 1")
	wants(t, "generation", store.only(t).Generation, 2)
}

func TestAStolenRememberCookieEndsAllLoginsOfTheUser(t *testing.T) {
	var stolenFrom []string
	s, store := newStoredSite(t, func(s *site) {
		s.lm.On(ginlogin.RememberTokenStolen, func(_ *gin.Context, u ginlogin.User) { stolenFrom = append(stolenFrom, u.GetID()) })
	})
	victim, elsewhere := s.browser(), s.browser()
	victim.post("/login?id=1&remember=1")
	elsewhere.post("/login?id=1")
	thief := victim.copyOf("remember_token")

	s.clock.Advance(time.Hour)
	wants(t, "the victim, first", victim.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the victim, with the new cookie", victim.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	s.told()
	wants(t, "the thief", thief.get("/whoami"), "200 user ")
	wants(t, "events", s.told(), "user_accessed remember_token_stolen=1")
	wants(t, "stolen from", fmt.Sprint(stolenFrom), "[1]")
	wants(t, "rows", store.count(), 0)
	wants(t, "the victim", victim.get("/whoami"), "200 user ")
	wants(t, "the victim, elsewhere", elsewhere.get("/whoami"), "200 user ")
	wants(t, "the thief's cookie", thief.cookie("remember_token"), "")
}

func TestAThiefWhoWasFirstIsFoundOutByTheVictim(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	thief := victim.copyOf("remember_token")
	for range 2 {
		s.clock.Advance(time.Hour)
		wants(t, "the thief", thief.restore(), "200 user 1")
	}
	s.clock.Advance(time.Hour)
	wants(t, "the victim", victim.restore(), "200 user ")
	wants(t, "rows", store.count(), 0)
	wants(t, "the thief", thief.get("/whoami"), "200 user ")
}

func TestAStolenRememberCookieIsNoticedWhileTheVictimsSessionLives(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	stolen := victim.cookie("remember_token")
	uses := 0
	for range 5 {
		s.clock.Advance(time.Hour)
		victim.get("/whoami")
		s.clock.Advance(time.Hour)
		thief := s.browser() // who throws away what he gets, and begins with the same copy each time
		thief.put("remember_token", stolen)
		if thief.get("/whoami") == "200 user 1" {
			uses++
		}
	}
	if uses > 2 {
		t.Errorf("the copy was good for %d uses", uses)
	}
	wants(t, "rows", store.count(), 0)
	wantsText(t, "events", s.told(), "remember_token_stolen")
}

// The victim and the thief use their copies by turns: each then has a cookie whose
// successor has not been presented, which passes for a lost answer.
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

func TestNothingIsRotatedWhenTheHeadersAreWritten(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.engine.GET("/late", func(c *gin.Context) {
		c.String(http.StatusOK, "begun ")
		c.String(http.StatusOK, ginlogin.CurrentUser(c).GetID())
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	b.put("session", "")
	wants(t, "answer", b.get("/late"), "200 begun 1")
	wants(t, "generation", store.only(t).Generation, 0)
	wants(t, "afterwards", b.restore(), "200 user 1")
}

// Go ends the context of a request when the client closes its side of the connection,
// from which the client can still read the answer. Here that is just after the user was
// loaded, and so the row cannot be written.
func TestAThiefWhoHangsUpIsNotLetInWithoutATrace(t *testing.T) {
	store := loginmem.New()
	var hangsUp atomic.Bool
	s := newSite(t, cookieStore(), func(s *site) {
		loadWith(s, func(ctx context.Context, id string) (*account, error) {
			if hangsUp.Load() {
				<-ctx.Done()
			}
			return s.users.find(ctx, id)
		})
		store.Now = s.clock.Now
		s.lm.Logins = store
	})
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	stolen := victim.cookie("remember_token")
	s.clock.Advance(time.Hour)
	hangsUp.Store(true)
	status, body := halfClosed(t, s, "/secret", "remember_token="+stolen)
	wants(t, "the thief", fmt.Sprint(status, " ", body), "499 ")
	hangsUp.Store(false)
	wants(t, "the victim", victim.restore(), "200 user 1")
	wants(t, "events", strings.Contains(s.told(), "stolen"), false)
}

// halfClosed sends a GET, closes its side of the connection, and reads the answer.
func halfClosed(t *testing.T, s *site, path, cookies string) (status int, body string) {
	t.Helper()
	conn, err := tls.Dial("tcp", s.Listener.Addr().String(), s.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: example.com\r\nCookie: %s\r\n\r\n", path, cookies)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	rep, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rep.Body.Close()
	text, err := io.ReadAll(rep.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rep.StatusCode, string(text)
}

func TestAnOldCopyEndsNoMoreThanItself(t *testing.T) {
	for name, act := range map[string]func(b *browser){
		"logout": func(b *browser) { b.post("/logout") },
		"login":  func(b *browser) { b.post("/login?id=2") },
		"strong": func(b *browser) { b.agent = "elsewhere"; b.get("/whoami") },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStoredSite(t, func(s *site) {
				if name == "strong" {
					s.lm.SessionProtection = ginlogin.ProtectStrong
				}
			})
			b := s.browser()
			b.post("/login?id=1&remember=1")
			old := b.copyOf("session")
			s.clock.Advance(time.Hour)
			b.restore()
			s.clock.Advance(time.Hour)
			wants(t, "the login", b.get("/whoami"), "200 user 1")
			act(old)
			wants(t, "the login afterwards", b.get("/whoami"), "200 user 1")
		})
	}
}

// A thief puts an old remember cookie of the victim beside a session of the thief's
// own. A change that ends the login of a remember cookie judges that cookie first. To
// end the victim's login silently would hide the theft.
func TestAStolenCookieBesideAnotherUsersSessionRaisesTheAlarm(t *testing.T) {
	for name, act := range map[string]func(thief *browser) reply{
		"a logout":                   func(thief *browser) reply { return thief.do("POST", "/logout") },
		"a logout that clears":       func(thief *browser) reply { return thief.do("POST", "/logout?clear=1") },
		"a login":                    func(thief *browser) reply { return thief.do("POST", "/login?id=1") },
		"a login that is remembered": func(thief *browser) reply { return thief.do("POST", "/login?id=1&remember=1") },
		"strong protection":          func(thief *browser) reply { thief.agent = "thief"; return thief.do("GET", "/whoami") },
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newStoredSite(t, func(s *site) {
				s.lm.SessionProtection = ginlogin.ProtectStrong
				s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
			})
			victim, elsewhere, thief := s.browser(), s.browser(), s.browser()
			victim.post("/login?id=2&remember=1")
			stolen := store.only(t)
			old := victim.cookie("remember_token")
			elsewhere.post("/login?id=2")
			for range 3 {
				s.clock.Advance(time.Hour)
				victim.restore()
			}
			thief.post("/login?id=1")
			thief.put("remember_token", old)
			s.told()
			s.logged()
			wants(t, "answer", act(thief).StatusCode, http.StatusOK)
			wantsText(t, "events", s.told(), "remember_token_stolen=2")
			wantsText(t, "log", s.logged(), "level=WARN msg=remember_token_stolen user=2 login="+stolen.ID)
			for _, row := range store.rows {
				wants(t, "user of a row that is left", row.User, "1")
			}
			wants(t, "the victim", victim.get("/whoami"), "200 user ")
			wants(t, "the victim elsewhere", elsewhere.get("/whoami"), "200 user ")
		})
	}
}

// A request that changes nothing leaves the cookie beside the session alone.
func TestARememberCookieBesideAnotherUsersSessionIsNotTouchedByAPageView(t *testing.T) {
	s, store := newStoredSite(t, nil)
	victim, b := s.browser(), s.browser()
	victim.post("/login?id=2&remember=1")
	b.post("/login?id=1")
	b.put("remember_token", victim.cookie("remember_token"))
	s.clock.Advance(time.Hour)
	wants(t, "user", b.get("/whoami"), "200 user 1")
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	wants(t, "others", b.post("/others"), "200 ok")
	wants(t, "rows", store.count(), 2)
	wants(t, "the victim", victim.restore(), "200 user 2")
}
