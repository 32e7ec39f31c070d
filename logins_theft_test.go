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
	"sync"
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

// The victim's browser has got a new remember cookie and sends it with every request.
// So the old one, when it comes back, cannot be a lost answer.
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

func TestALostResponseIsNoTheft(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	old := b.cookie("remember_token")
	for day := range 3 {
		s.clock.Advance(24 * time.Hour)
		b.put("remember_token", old) // the answer of yesterday has never arrived
		wants(t, fmt.Sprintf("day %d", day), b.restore(), "200 user 1")
	}
	s.clock.Advance(24 * time.Hour)
	wants(t, "with the newest cookie", b.restore(), "200 user 1")
	wants(t, "rows", store.count(), 1)
}

func TestParallelRequestsWithOneRememberCookieAllPass(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	cookie := b.cookie("remember_token")
	s.clock.Advance(time.Hour)

	var wg sync.WaitGroup
	fresh := make(chan string, 64)
	for range 64 {
		visitor := b.copyOf("remember_token")
		wg.Go(func() {
			if got := visitor.get("/whoami"); got != "200 user 1" {
				t.Errorf("one of the requests: %s", got)
			}
			if now := visitor.cookie("remember_token"); now != cookie {
				fresh <- now
			}
		})
	}
	wg.Wait()
	close(fresh)
	var live []string
	for value := range fresh {
		live = append(live, value)
	}
	wants(t, "new cookies", len(live), 1)
	wants(t, "generation", store.only(t).Generation, 1)
	s.clock.Advance(time.Hour)
	b.put("remember_token", live[0])
	wants(t, "the new cookie", b.restore(), "200 user 1")
}

// Two requests leave the browser with the same remember cookie. The first gets a new
// one, which the next page sends. The second is a long poll, whose answer arrives last.
// If that answer set the old cookie again, it would be taken for stolen the next day.
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

// Nothing tells it from a thief who came first. Remember.Grace warns of it.
func TestAnAnswerLaterThanTheGracePeriodLooksLikeATheft(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	slow := b.copyOf("remember_token") // of one tab: the answer takes 70 seconds
	wants(t, "slow tab", slow.get("/whoami"), "200 user 1")
	s.clock.Advance(61 * time.Second)
	wants(t, "second tab", b.restore(), "200 user 1")
	s.clock.Advance(9 * time.Second)
	b.put("session", slow.cookie("session")) // now it arrives
	b.put("remember_token", slow.cookie("remember_token"))
	s.told()
	wants(t, "the cookie that was replaced before it came", b.get("/whoami"), "200 user ")
	wants(t, "rows", store.count(), 0)
	wantsText(t, "events", s.told(), "remember_token_stolen")
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

// Of two servers one has a clock that is a little behind. A request with the cookie
// before the newest is within the grace there, too. Otherwise it would get one more
// cookie, beside the one that its browser has.
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

func TestARememberCookieWithoutItsRowIsNoLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	row := store.only(t)
	delete(store.rows, row.ID)
	b.put("session", "")
	rep := b.do("GET", "/whoami")
	wants(t, "user", rep.body, "user ")
	wants(t, "cookies that are set", len(rep.Cookies()), 0)
	wants(t, "the next login", b.post("/login?id=1"), "200 /")
	wants(t, "replaces the cookie", b.cookie("remember_token"), "")
}

func TestALoginStoreRestoredFromABackupEndsNoLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	backup := store.only(t)
	for range 3 {
		s.clock.Advance(time.Hour)
		b.restore()
	}
	store.rows[backup.ID] = backup
	wants(t, "user", b.restore(), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "later", b.restore(), "200 user 1")
}

func TestASessionEndsOnceItsLoginWasRestoredElsewhere(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	victim.copyOf("remember_token").get("/whoami")
	wants(t, "at once, by the remember cookie", victim.get("/whoami"), "200 user 1")
	wants(t, "a page for fresh logins", victim.do("GET", "/vault").StatusCode, http.StatusFound)
}

func TestASessionWithoutARememberCookieEndsWithTheRestoreElsewhere(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	copied := b.copyOf("session")
	s.clock.Advance(time.Hour)
	b.restore()
	wants(t, "restored", b.get("/whoami"), "200 user 1")
	s.clock.Advance(time.Hour)
	wants(t, "the copy from before", copied.get("/whoami"), "200 user ")
	wants(t, "the restored session", b.get("/whoami"), "200 user 1")
}

func TestARestoredSessionGoesOnByItself(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	for range 2 {
		s.clock.Advance(time.Hour)
		b.restore()
		generation := store.only(t).Generation
		wants(t, "confirm", b.post("/confirm"), "200 ok")
		s.clock.Advance(time.Hour)
		wants(t, "later", b.get("/vault"), "200 vault")
		wants(t, "remember cookies made since", store.only(t).Generation-generation, 0)
	}
}

func TestAConfirmationInTheGracePeriodLasts(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	b.copyOf("remember_token").get("/whoami")
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	s.clock.Advance(2 * time.Minute)
	wants(t, "fresh", b.get("/vault"), "200 vault")
}

// Each host restores the login, which ends the session of the other host.
func TestTwoHostsThatShareARememberCookieMakeEachOtherStale(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	www := s.browser()
	www.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	app := www.copyOf("remember_token")
	for range 3 {
		wants(t, "app", app.get("/whoami"), "200 user 1")
		www.put("remember_token", app.cookie("remember_token"))
		s.clock.Advance(time.Hour)
		wants(t, "www", www.get("/whoami"), "200 user 1")
		wants(t, "www is fresh", www.get("/fresh"), "200 false")
		app.put("remember_token", www.cookie("remember_token"))
		s.clock.Advance(time.Hour)
	}
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
