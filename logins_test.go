package ginlogin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

// shelf is a LoginStore that counts its calls and fails when told.
type shelf struct {
	mu    sync.Mutex
	rows  map[string]ginlogin.StoredLogin
	calls []string
	err   error
}

func newShelf() *shelf { return &shelf{rows: map[string]ginlogin.StoredLogin{}} }

// call begins a call; the caller unlocks.
func (s *shelf) call(name string) error {
	s.mu.Lock()
	s.calls = append(s.calls, name)
	return s.err
}

func (s *shelf) CreateLogin(_ context.Context, l ginlogin.StoredLogin) error {
	defer s.mu.Unlock()
	if err := s.call("create"); err != nil {
		return err
	}
	s.rows[l.ID] = l
	return nil
}

func (s *shelf) FindLogin(_ context.Context, id string) (ginlogin.StoredLogin, error) {
	defer s.mu.Unlock()
	if err := s.call("find"); err != nil {
		return ginlogin.StoredLogin{}, err
	}
	row, ok := s.rows[id]
	if !ok {
		return ginlogin.StoredLogin{}, ginlogin.ErrLoginNotFound
	}
	return row, nil
}

func (s *shelf) SwapLogin(_ context.Context, old, next ginlogin.StoredLogin) (bool, error) {
	defer s.mu.Unlock()
	if err := s.call("swap"); err != nil {
		return false, err
	}
	row, ok := s.rows[next.ID]
	if !ok || row.Generation != old.Generation || row.Presented != old.Presented || row.Device != old.Device {
		return false, nil
	}
	s.rows[next.ID] = next
	return true, nil
}

func (s *shelf) DeleteLogin(_ context.Context, id string) error {
	defer s.mu.Unlock()
	if err := s.call("delete"); err != nil {
		return err
	}
	delete(s.rows, id)
	return nil
}

func (s *shelf) ListLogins(_ context.Context, user string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list("list", limit, func(l ginlogin.StoredLogin) bool { return l.User == user })
}

func (s *shelf) FindExternal(_ context.Context, id string, limit int) ([]ginlogin.StoredLogin, error) {
	return s.list("find external", limit, func(l ginlogin.StoredLogin) bool { return id != "" && l.ExternalID == id })
}

func (s *shelf) list(call string, limit int, listed func(ginlogin.StoredLogin) bool) ([]ginlogin.StoredLogin, error) {
	defer s.mu.Unlock()
	if err := s.call(call); err != nil {
		return nil, err
	}
	var rows []ginlogin.StoredLogin
	for _, row := range s.rows {
		if listed(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b ginlogin.StoredLogin) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), cmp.Compare(a.ID, b.ID))
	})
	return rows[:min(len(rows), limit)], nil
}

func (s *shelf) DeleteLogins(_ context.Context, user, except string) error {
	defer s.mu.Unlock()
	if err := s.call("delete all"); err != nil {
		return err
	}
	for id, row := range s.rows {
		if row.User == user && id != except {
			delete(s.rows, id)
		}
	}
	return nil
}

// told returns the calls since the last time.
func (s *shelf) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := strings.Join(s.calls, " ")
	s.calls = nil
	return told
}

func (s *shelf) fail(err error) { s.mu.Lock(); s.err = err; s.mu.Unlock() }

func (s *shelf) only(t *testing.T) ginlogin.StoredLogin {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) != 1 {
		t.Fatalf("the store has %d rows, not one", len(s.rows))
	}
	for _, row := range s.rows {
		return row
	}
	return ginlogin.StoredLogin{}
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// newStoredSite is a site with a login store and sessions in cookies.
func newStoredSite(t *testing.T, change func(*site)) (*site, *shelf) {
	t.Helper()
	store := newShelf()
	s := newSite(t, cookieStore(), func(s *site) {
		s.lm.Logins = store
		if change != nil {
			change(s)
		}
		s.engine.GET("/plain", func(*gin.Context) {})
	})
	s.engine.GET("/devices", func(c *gin.Context) {
		logins, err := ginlogin.Logins(c)
		var lines []string
		for _, l := range logins {
			line := l.UserAgent
			if l.ID == ginlogin.LoginID(c) {
				line += " (this)"
			}
			lines = append(lines, line)
		}
		c.String(http.StatusOK, "%s %v", strings.Join(lines, ", "), err)
	})
	s.engine.POST("/end", func(c *gin.Context) { answer200(c, ginlogin.EndLogin(c, c.Query("id"))) })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	s.engine.POST("/everywhere", func(c *gin.Context) { answer200(c, ginlogin.LogoutEverywhere(c)) })
	return s, store
}

// copyOf returns a browser with copies of the cookies of those names.
func (b *browser) copyOf(names ...string) *browser {
	other := b.s.browser()
	for _, name := range names {
		other.put(name, b.cookie(name))
	}
	return other
}

func TestACopiedSessionCookieIsDeadAfterLogout(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	wants(t, "before", thief.get("/whoami"), "200 user 1")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "after", thief.get("/whoami"), "200 user ")
}

func TestALateSaveOfASessionDoesNotBringTheLoginBack(t *testing.T) {
	for name, store := range map[string]func() *site{
		"cookie store": func() *site { s, _ := newStoredSite(t, nil); return s },
		"memstore": func() *site {
			return newSite(t, memStore(), func(s *site) { s.lm.Logins = newShelf() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := store()
			read, saved := make(chan struct{}), make(chan struct{})
			s.engine.POST("/slow", func(c *gin.Context) {
				ginlogin.CurrentUser(c)
				close(read)
				<-saved
				answer200(c, ginlogin.AddFlash(c, "info", "late"))
			})
			b := s.browser()
			b.post("/login?id=1")
			slow := b.copyOf("session")
			done := make(chan string)
			go func() { done <- slow.post("/slow") }()
			<-read
			b.post("/logout")
			close(saved)
			wants(t, "late request", <-done, "200 ok")
			wants(t, "its session afterwards", slow.get("/whoami"), "200 user ")
		})
	}
}

func TestOneStoreCallServesARequest(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	store.told()
	b.get("/secret")
	wants(t, "calls of the first guarded page, which notes that the login is used", store.told(), "find swap")
	b.get("/secret")
	wants(t, "calls of a guarded page", store.told(), "find")
	b.get("/static")
	wants(t, "calls of a page that does not ask", store.told(), "")
	s.clock.Advance(time.Minute)
	b.get("/secret")
	wants(t, "calls after a minute", store.told(), "find swap")
	b.get("/secret")
	wants(t, "calls right after", store.told(), "find")
}

func TestAnOutageOfTheLoginStoreIsNoLogout(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	restart := b.copyOf("remember_token")
	store.fail(errors.New("down"))
	for name, visitor := range map[string]*browser{"session": b, "remember cookie": restart} {
		rep := visitor.do("GET", "/secret")
		wants(t, name+": guard", rep.StatusCode, http.StatusServiceUnavailable)
		wants(t, name+": cookies", len(rep.Header["Set-Cookie"]), 0)
	}
	for _, path := range []string{"/login?id=2", "/logout", "/confirm", "/others"} {
		rep := b.do("POST", path)
		wants(t, path, rep.StatusCode, http.StatusBadRequest)
		wants(t, path+": cookies", len(rep.Header["Set-Cookie"]), 0)
	}
	store.fail(nil)
	wants(t, "after it", b.get("/secret"), "200 secret")
	wants(t, "remembered, after it", restart.get("/secret"), "200 secret")
}

func TestUsersSeeAndEndTheirLogins(t *testing.T) {
	s, store := newStoredSite(t, nil)
	laptop, phone, other := s.browser(), s.browser(), s.browser()
	laptop.agent, phone.agent = "laptop", "phone"
	laptop.post("/login?id=1")
	laptop.get("/whoami")
	s.clock.Advance(2 * time.Minute)
	phone.post("/login?id=1&remember=1")
	other.post("/login?id=2")
	wants(t, "devices", phone.get("/devices"), "200 phone (this), laptop <nil>")

	id := map[string]string{}
	for _, row := range store.rows {
		id[row.User+row.UserAgent] = row.ID
	}
	wants(t, "end somebody else's", phone.post("/end?id="+id["2test browser"]), "400 ginlogin: login not found")
	wants(t, "end none", phone.post("/end?id="), "400 ginlogin: login not found")
	wants(t, "end the laptop's", phone.post("/end?id="+id["1laptop"]), "200 ok")
	wants(t, "the laptop", laptop.get("/whoami"), "200 user ")
	wants(t, "the other user", other.get("/whoami"), "200 user 2")
	wants(t, "end this one", phone.post("/end?id="+id["1phone"]), "200 ok")
	wants(t, "its remember cookie", phone.cookie("remember_token"), "")
	wants(t, "nobody's devices", phone.get("/devices"), "200  "+ginlogin.ErrNotAuthenticated.Error())

	laptop.post("/login?id=1")
	phone.post("/login?id=1")
	wants(t, "log out the others", phone.post("/others"), "200 ok")
	wants(t, "this one", phone.get("/whoami"), "200 user 1")
	wants(t, "the other one", laptop.get("/whoami"), "200 user ")
	laptop.post("/login?id=1")
	wants(t, "log out everywhere", phone.post("/everywhere"), "200 ok")
	wants(t, "this one", phone.get("/whoami"), "200 user ")
	wants(t, "the other one", laptop.get("/whoami"), "200 user ")

	laptop.post("/login?id=1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "after the administrator ended them", laptop.get("/whoami"), "200 user ")
	wants(t, "rows left", store.only(t).User, "2")
}

func TestWithoutALoginStoreThereAreNoLoginsToList(t *testing.T) {
	s := newSite(t, cookieStore(), func(s *site) {
		s.engine.GET("/early", func(*gin.Context) {})
	})
	s.engine.GET("/devices", func(c *gin.Context) {
		_, err := ginlogin.Logins(c)
		for _, err := range []error{err, ginlogin.EndLogin(c, "x"), others(c), ginlogin.LogoutEverywhere(c), s.lm.EndLogins(c, "1")} {
			c.String(http.StatusOK, "%v,", errors.Is(err, ginlogin.ErrNoLoginStore))
		}
	})
	wants(t, "errors", s.browser().get("/devices"), "200 true,true,true,true,true,")
}

func TestLoginAndLogoutKeepTheStoreTidy(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	first := store.only(t)
	b.post("/login?id=1")
	second := store.only(t)
	if first.ID == second.ID {
		t.Error("a second login has the ID of the first")
	}
	b.post("/login?id=2&remember=1")
	wants(t, "the row of another user's login", store.only(t).User, "2")
	// A login without remember leaves the same user's remember cookie good.
	b.post("/login?id=2")
	wants(t, "rows of a login and of a cookie", store.count(), 2)
	b.put("session", "")
	wants(t, "the cookie", b.get("/whoami"), "200 user 2")
	b.post("/logout")
	b.copyOf()
	wants(t, "rows after a logout", store.count(), 1)
	s.users.fail(nil)
	b.post("/login?id=3")
	wants(t, "rows after a refused login", store.count(), 1)
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

func TestRowsLastAsLongAsTheirCookies(t *testing.T) {
	day := 24 * time.Hour
	for name, login := range map[string]struct {
		path string
		set  func(*site)
		want time.Duration
	}{
		"a session":                {"/login?id=1", func(*site) {}, 30 * 24 * time.Hour},
		"a session that may idle":  {"/login?id=1", func(s *site) { s.lm.IdleTimeout = time.Hour }, time.Hour + time.Minute},
		"remembered":               {"/login?id=1&remember=1", func(*site) {}, 365 * day},
		"remembered, and too old":  {"/login?id=1&remember=1", func(s *site) { s.lm.AbsoluteTimeout = day }, day},
		"remembered, and may idle": {"/login?id=1&remember=1", func(s *site) { s.lm.IdleTimeout = time.Hour }, 365 * day},
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newStoredSite(t, login.set)
			s.browser().post(login.path)
			row := store.only(t)
			wants(t, "lifetime", row.Expires.Sub(row.Created), login.want)
		})
	}
}

func TestARefreshedRememberCookieKeepsItsRowAlive(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.Remember.RefreshEachRequest = true })
	b := s.browser()
	b.post("/login?id=1&remember=1")
	s.clock.Advance(20 * 24 * time.Hour)
	wants(t, "in the session", b.get("/whoami"), "200 user 1")
	wants(t, "row", store.only(t).Expires.Sub(time.Unix(s.clock.Now().Unix(), 0)), 365*24*time.Hour)
}

func TestEndingThisLoginTakesTheOptionsOfALogout(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.POST("/end/this", func(c *gin.Context) { answer200(c, ginlogin.EndLogin(c, ginlogin.LoginID(c), ginlogin.ClearSession())) })
	s.engine.POST("/end/all", func(c *gin.Context) { answer200(c, ginlogin.LogoutEverywhere(c, ginlogin.ClearSession())) })
	for _, path := range []string{"/end/this", "/end/all"} {
		b := s.browser()
		b.post("/login?id=1")
		b.post("/data?key=cart&value=full")
		wants(t, path, b.post(path), "200 ok")
		wants(t, "session cookie", b.cookie("session"), "")
	}
}

func TestManagersShareAStoreAndNotTheirUsers(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) { s.lm.Name = "staff" })
	s.browser().post("/login?id=1")
	wants(t, "user", store.only(t).User, "staff:1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "rows", store.count(), 0)
}

func TestARowOfAnotherUserOrOneThatHasExpiredIsNoLogin(t *testing.T) {
	for name, spoil := range map[string]func(*ginlogin.StoredLogin){
		"another user": func(l *ginlogin.StoredLogin) { l.User = "2" },
		"expired":      func(l *ginlogin.StoredLogin) { l.Expires = time.Now().Add(-time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newStoredSite(t, nil)
			b := s.browser()
			b.post("/login?id=1")
			row := store.only(t)
			spoil(&row)
			store.rows[row.ID] = row
			rep := b.do("GET", "/whoami")
			wants(t, "user", rep.body, "user ")
			wants(t, "cookies that are set", len(rep.Cookies()), 0)
			wants(t, "calls of the loader", len(s.users.calls()), 0)
		})
	}
}

func TestConfirmLoginDoesNotRevealALoginThatWasEnded(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1")
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "confirm", b.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
	wants(t, "user", b.get("/whoami"), "200 user ")
}

// restore visits with the remember cookie only, and returns the answer.
func (b *browser) restore() string {
	b.put("session", "")
	return b.get("/whoami")
}

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

func TestAStoreThatWasRestoredFromABackupLogsNobodyOut(t *testing.T) {
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

func TestBelowHTTPALoginThatWasEndedIsNone(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.GET("/service", func(c *gin.Context) {
		u, ok := fromContext(ginlogin.Context(c))
		c.String(http.StatusOK, "%q %v", u.GetID(), ok)
	})
	b := s.browser()
	b.post("/login?id=1")
	wants(t, "before", b.get("/service"), `200 "1" true`)
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "after", b.get("/service"), `200 "" false`)
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

func TestASessionIsOverOnceItsLoginWasRestoredElsewhere(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	victim := s.browser()
	victim.post("/login?id=1&remember=1")
	s.clock.Advance(time.Hour)
	victim.copyOf("remember_token").get("/whoami")
	wants(t, "at once, by the remember cookie", victim.get("/whoami"), "200 user 1")
	wants(t, "a page for fresh logins", victim.do("GET", "/vault").StatusCode, http.StatusFound)
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

func TestLogoutOthersEndsTheCopiesOfThisLogin(t *testing.T) {
	for name, use := range map[string]struct {
		store    sessions.Store
		path     string
		remember string
	}{
		"others, cookies": {cookieStore(), "/others", "&remember=1"},
		"others, server":  {memStore(), "/others", "&remember=1"},
		"rebind, cookies": {cookieStore(), "/rebind", "&remember=1"},
		"rebind, server":  {memStore(), "/rebind", "&remember=1"},
		"no remember":     {cookieStore(), "/others", ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := newShelf()
			s := newSite(t, use.store, func(s *site) { s.lm.Logins = store })
			s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
			s.engine.POST("/rebind", func(c *gin.Context) { answer200(c, ginlogin.LogoutOthers(c, ginlogin.CurrentUser(c))) })
			victim, other := s.browser(), s.browser()
			victim.post("/login?id=1" + use.remember)
			other.post("/login?id=1")
			session, remember := victim.copyOf("session"), victim.copyOf("remember_token")
			before := victim.cookie("remember_token")
			s.clock.Advance(time.Hour)
			wants(t, "call", victim.post(use.path), "200 ok")
			wants(t, "rows", store.count(), 1)
			row := store.only(t)
			wants(t, "the time of the login stays", s.clock.Now().Sub(row.Created).Truncate(time.Minute), time.Hour)
			wants(t, "seen", row.LastSeen, s.clock.Now().UTC().Truncate(time.Second))

			wants(t, "copied session", session.get("/whoami"), "200 user ")
			wants(t, "copied remember cookie", remember.get("/whoami"), "200 user ")
			wants(t, "another device", other.get("/whoami"), "200 user ")
			wants(t, "this one", victim.get("/whoami"), "200 user 1")
			wants(t, "still fresh", victim.get("/vault"), "200 vault")
			if use.remember == "" {
				return
			}
			if victim.cookie("remember_token") == before {
				t.Error("the remember cookie is the old one")
			}
			s.clock.Advance(time.Hour)
			victim.restore()
			wants(t, "this one, restored", victim.get("/whoami"), "200 user 1")
		})
	}
}

func TestALoginThatWasEndedCannotMoveOn(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.engine.POST("/rebind", func(c *gin.Context) { answer200(c, ginlogin.LogoutOthers(c, &account{ID: "1"})) })
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	b.post("/logout")
	for _, path := range []string{"/rebind", "/others", "/everywhere"} {
		wantsText(t, path, thief.post(path), ginlogin.ErrNotAuthenticated.Error())
	}
	wants(t, "rows", store.count(), 0)
}

// The copies stay cut off, and with them this session. An attacker who can make a
// save fail must not keep a copy alive by it.
func TestLogoutOthersThatCannotSaveTheSessionEndsThisOneToo(t *testing.T) {
	store, sessions := newShelf(), &faultyStore{Store: cookieStore()}
	s := newSite(t, sessions, func(s *site) { s.lm.Logins = store })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	other.post("/login?id=1")
	sessions.failSaves(errStoreDown)
	wantsText(t, "error", b.post("/others"), errStoreDown.Error())
	sessions.failSaves(nil)
	wants(t, "rows", store.count(), 2)
	wants(t, "this one", b.get("/whoami"), "200 user ")
	wants(t, "the other", other.get("/whoami"), "200 user 1")
	b.post("/login?id=1")
	wants(t, "after a new login", b.post("/others"), "200 ok")
	wants(t, "the other", other.get("/whoami"), "200 user ")
}

func TestNothingEndsWhenTheHeadersAreWritten(t *testing.T) {
	s, store := newStoredSite(t, nil)
	for path, end := range map[string]func(*gin.Context) error{
		"/late/others":     others,
		"/late/everywhere": func(c *gin.Context) error { return ginlogin.LogoutEverywhere(c) },
	} {
		s.engine.POST(path, func(c *gin.Context) {
			c.Writer.WriteHeaderNow()
			c.String(http.StatusOK, "%v", end(c))
		})
	}
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	other.post("/login?id=1")
	for _, path := range []string{"/late/others", "/late/everywhere"} {
		wants(t, path, b.post(path), "200 "+ginlogin.ErrHeadersWritten.Error())
		wants(t, "rows", store.count(), 2)
	}
}

func TestAnAdministratorListsTheLoginsOfAnyUserOfTheManager(t *testing.T) {
	store := newShelf()
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins, s.lm.Name = store, "staff" })
	s.browser().post("/login?id=1")
	s.browser().post("/login?id=2")
	rows, err := s.lm.LoginsOf(t.Context(), "1")
	if err != nil || len(rows) != 1 || rows[0].User != "staff:1" {
		t.Errorf("got %v, %v", rows, err)
	}
	store.fail(errStoreDown)
	_, err = s.lm.LoginsOf(t.Context(), "1")
	wants(t, "outage", errors.Is(err, errStoreDown), true)
	s.lm.Logins = nil
	_, err = s.lm.LoginsOf(t.Context(), "1")
	wants(t, "no store", err, ginlogin.ErrNoLoginStore)
}

func TestTwoMovesInOneRequestKeepTheRememberCookie(t *testing.T) {
	s, _ := newStoredSite(t, nil)
	s.engine.POST("/reset", func(c *gin.Context) {
		if err := ginlogin.Login(c, s.users.get("1"), ginlogin.Remember(true)); err != nil {
			t.Error(err)
		}
		answer200(c, others(c))
	})
	s.engine.POST("/change", func(c *gin.Context) {
		if err := ginlogin.LogoutOthers(c, ginlogin.CurrentUser(c)); err != nil {
			t.Error(err)
		}
		answer200(c, others(c))
	})
	b := s.browser()
	wants(t, "reset", b.post("/reset"), "200 ok")
	s.clock.Advance(time.Hour)
	if got := b.restore(); got != "200 user 1" {
		t.Errorf("Login(Remember) and LogoutOthers: restored: %s", got)
	}
	b = s.browser()
	b.post("/login?id=1&remember=1")
	wants(t, "change", b.post("/change"), "200 ok")
	s.clock.Advance(time.Hour)
	if got := b.restore(); got != "200 user 1" {
		t.Errorf("RebindLogin and LogoutOthers: restored: %s", got)
	}
}

// A meetingShelf has requests meet before they delete.
type meetingShelf struct {
	*shelf
	arrive func()
}

func (m *meetingShelf) DeleteLogins(ctx context.Context, user, except string) error {
	m.arrive()
	return m.shelf.DeleteLogins(ctx, user, except)
}

func TestADoubleClickOnLogoutOthersLeavesOneLogin(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	store := &meetingShelf{newShelf(), func() {
		both.Done()
		met := make(chan struct{})
		go func() { both.Wait(); close(met) }()
		select {
		case <-met:
		case <-time.After(50 * time.Millisecond): // only one comes as far as this
		}
	}}
	s := newSite(t, cookieStore(), func(s *site) { s.lm.Logins = store })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	b := s.browser()
	b.post("/login?id=1")
	twin := b.copyOf("session")
	done := make(chan string)
	go func() { done <- twin.post("/others") }()
	b.post("/others")
	<-done
	wants(t, "rows", store.count(), 1)
	if one, two := b.get("/whoami"), twin.get("/whoami"); one != "200 user 1" && two != "200 user 1" {
		t.Errorf("nobody is logged in: %s, %s", one, two)
	}
}

func TestALateAnswerToTheOldCookiesLeavesTheNewOnes(t *testing.T) {
	for name, st := range map[string]func() sessions.Store{"cookie": cookieStore, "mem": memStore} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, st(), func(s *site) { s.lm.Logins = newShelf() })
			s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
			b := s.browser()
			b.post("/login?id=1&remember=1")
			poll := b.copyOf("session", "remember_token") // sent before the answer below came
			wants(t, "others", b.post("/others"), "200 ok")
			rep := poll.do("GET", "/whoami")
			for _, c := range rep.Cookies() { // which the browser gets last
				b.put(c.Name, c.Value)
			}
			wants(t, "afterwards", b.get("/whoami"), "200 user 1")
			wants(t, "restored", b.restore(), "200 user 1")
		})
	}
}

// Nothing tells it from a thief who came first. Remember.Grace says so.
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
