package ginlogin_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

// errStoreDown is what a store says that is down.
var errStoreDown = errors.New("connection refused")

// rackStore keeps sessions on the server; its cookie is the bare ID. It counts
// what it does, fails as told, and has the ways of one kind of store or another.
type rackStore struct {
	mu       sync.Mutex
	rows     map[string]map[any]any
	options  gsessions.Options
	made     int
	reads    int
	saves    int
	readErrs []error // of the next reads, one each
	readErr  error   // of all others
	refuses  func(*gsessions.Session) bool

	byCookie    bool   // like gorm's: the request's cookie says which row is saved, and not the ID
	byIsNew     bool   // like that for postgres: IsNew inserts, and a row of an ID that exists is never seen
	zeroDeletes bool   // like redis: MaxAge 0 is a deletion
	fixedID     string // the only ID it gives
	thrifty     bool   // it sends no cookie that the browser has
}

func newRack() *rackStore {
	st := &rackStore{rows: map[string]map[any]any{}}
	st.Options(ginlogin.SessionOptions())
	return st
}

func (st *rackStore) Options(o sessions.Options) { st.options = *o.ToGorillaOptions() }

func (st *rackStore) Get(r *http.Request, name string) (*gsessions.Session, error) {
	return gsessions.GetRegistry(r).Get(st, name)
}

func (st *rackStore) New(r *http.Request, name string) (*gsessions.Session, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.reads++
	s := gsessions.NewSession(st, name)
	options := st.options
	s.Options, s.IsNew = &options, true
	err := st.readErr
	if len(st.readErrs) > 0 {
		err, st.readErrs = st.readErrs[0], st.readErrs[1:]
	}
	brought, missing := r.Cookie(name)
	if err != nil || missing != nil {
		return s, err
	}
	s.ID = brought.Value
	if values, ok := st.rows[s.ID]; ok {
		s.Values, s.IsNew = maps.Clone(values), false
	}
	return s, nil
}

func (st *rackStore) Save(r *http.Request, w http.ResponseWriter, s *gsessions.Session) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.refuses != nil && st.refuses(s) {
		return errStoreDown
	}
	st.saves++
	brought := ""
	if cookie, err := r.Cookie(s.Name()); err == nil {
		brought = cookie.Value
	}
	id := s.ID
	if st.byCookie {
		id = ""
		if _, ok := st.rows[brought]; ok {
			id = brought
		}
	}
	if s.Options.MaxAge < 0 || s.Options.MaxAge == 0 && st.zeroDeletes {
		delete(st.rows, id)
		http.SetCookie(w, gsessions.NewCookie(s.Name(), "", s.Options))
		return nil
	}
	if id == "" {
		st.made++
		id = fmt.Sprintf("id%d", st.made)
		s.ID = id
	}
	if st.fixedID != "" {
		s.ID, id = st.fixedID, st.fixedID
	}
	if _, exists := st.rows[id]; !st.byIsNew || s.IsNew != exists {
		st.rows[id] = maps.Clone(s.Values)
	}
	if !st.thrifty || brought != id {
		http.SetCookie(w, gsessions.NewCookie(s.Name(), id, s.Options))
	}
	return nil
}

// readsFail makes every read fail with err; nil ends that.
func (st *rackStore) readsFail(err error) { st.mu.Lock(); st.readErr = err; st.mu.Unlock() }

// nextReadsFail makes the reads that come next fail, nil being none.
func (st *rackStore) nextReadsFail(errs ...error) { st.mu.Lock(); st.readErrs = errs; st.mu.Unlock() }

// savesFail makes the saves fail that refuse picks; nil ends that.
func (st *rackStore) savesFail(refuse func(*gsessions.Session) bool) {
	st.mu.Lock()
	st.refuses = refuse
	st.mu.Unlock()
}

// counts returns how often it was read and saved since the last time.
func (st *rackStore) counts() (reads, saves int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	reads, saves = st.reads, st.saves
	st.reads, st.saves = 0, 0
	return reads, saves
}

// row returns what is kept under an ID, nil if nothing is.
func (st *rackStore) row(id string) map[any]any {
	st.mu.Lock()
	defer st.mu.Unlock()
	return maps.Clone(st.rows[id])
}

// eachServerStore runs a test with every store that keeps sessions on the server.
func eachServerStore(t *testing.T, test func(t *testing.T, store sessions.Store)) {
	t.Run("memstore", func(t *testing.T) { test(t, memStore()) })
	t.Run("a store like redis", func(t *testing.T) { test(t, newRack()) })
	t.Run("a store like gorm's", func(t *testing.T) {
		rack := newRack()
		rack.byCookie = true
		test(t, rack)
	})
	t.Run("a store like that for postgres", func(t *testing.T) {
		rack := newRack()
		rack.byIsNew = true
		test(t, rack)
	})
}

// eachStore adds the store that keeps sessions in the cookie.
func eachStore(t *testing.T, test func(t *testing.T, store sessions.Store)) {
	eachServerStore(t, test)
	t.Run("cookie store", func(t *testing.T) { test(t, cookieStore()) })
}

// siteBehind is newSite with another middleware in the place of
// sessions.Sessions. The manager's middleware is added where mount says, or else
// to all routes.
func siteBehind(t *testing.T, session gin.HandlerFunc, change func(*site), mount func(*site)) *site {
	t.Helper()
	s := &site{t: t, users: newAccounts(), clock: &testClock{now: time.Now()}, engine: gin.New(), log: &strings.Builder{}}
	s.lm = ginlogin.New(s.users.find)
	s.lm.SecretKeys = [][]byte{keyOf("remember")}
	s.lm.LoginView = "/login"
	s.lm.Now = s.clock.Now
	if change != nil {
		change(s)
	}
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	s.engine.Use(session)
	if mount != nil {
		mount(s)
	} else {
		s.engine.Use(s.lm.Middleware())
		s.routes(s.engine)
	}
	s.Server = httptest.NewTLSServer(s.engine)
	t.Cleanup(s.Close)
	return s
}

// shows adds a page that shows what show returns.
func (s *site) shows(path string, show func(c *gin.Context) any) {
	s.engine.Any(path, func(c *gin.Context) { c.String(http.StatusOK, "%v", show(c)) })
}

// reported returns the c.Errors of all requests since the last time.
func (s *site) reported() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.errors
	s.errors = nil
	return told
}

// gorillaOf returns the session of the request as gorilla knows it.
func gorillaOf(c *gin.Context) *gsessions.Session {
	return sessions.Default(c).(interface{ Session() *gsessions.Session }).Session()
}

// wantsText fails the test unless text contains every part.
func wantsText(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: got %q, want it to contain %q", what, text, part)
		}
	}
}

// wantsNoCookies fails the test if the answer sets any cookie.
func wantsNoCookies(t *testing.T, what string, rep reply) {
	t.Helper()
	if lines := rep.Header["Set-Cookie"]; len(lines) > 0 {
		t.Errorf("%s: got Set-Cookie %q, want none", what, lines)
	}
}

// panicText returns what f panics with, as text, "" if it does not.
func panicText(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

func TestARecordThatIsNotUnderstoodIsLeftAlone(t *testing.T) {
	for name, value := range map[string]any{
		"of a newer program": "2.something.new",
		"of nonsense":        "1.x",
		"of another type":    7,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, memStore(), nil)
			s.shows("/plant", func(c *gin.Context) any {
				sessions.Default(c).Set(sessionKey, value)
				return sessions.Default(c).Save()
			})
			b := s.browser()
			wants(t, "planted", b.get("/plant"), "200 <nil>")
			rep := b.do("GET", "/whoami")
			wants(t, "user", rep.body, "user ")
			wantsNoCookies(t, "user", rep)
			wants(t, "login ID", b.get("/userid"), `200 "" false`)
			wants(t, "record", b.get("/data?key="+sessionKey), fmt.Sprintf("200 %v", value))
			wants(t, "logged", s.logged(), "")
		})
	}
}

func TestALoginWorksForEveryUserID(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		for _, id := range []string{`a|b;c,d"e`, "Ünïcødé-用户-🙂", ".", "a b\x00\r\n"} {
			s := newSite(t, store, nil)
			s.users.rows[id] = &account{ID: id, Name: "Odd"}
			s.engine.POST("/odd", func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get(id), ginlogin.Remember(true))) })
			b := s.browser()
			wants(t, "login", b.post("/odd"), "200 ok")
			wants(t, "user", b.get("/whoami"), "200 user "+id)
			b.put("session", "")
			wants(t, "remembered user", b.get("/whoami"), "200 user "+id)
		}
	})
}

func TestAPlantedSessionDoesNotBecomeTheUsers(t *testing.T) {
	steps := map[string]func(t *testing.T, victim *browser){
		"at Login": func(t *testing.T, victim *browser) {
			wants(t, "login", victim.post("/login?id=1"), "200 /")
		},
		"at Login with remember": func(t *testing.T, victim *browser) {
			wants(t, "login", victim.post("/login?id=1&remember=1"), "200 /")
		},
		"at a restore from the remember cookie": func(t *testing.T, victim *browser) {
			other := victim.s.browser()
			other.post("/login?id=1&remember=1")
			victim.put("remember_token", other.cookie("remember_token"))
			wants(t, "restored", victim.get("/whoami"), "200 user 1")
		},
		"at ConfirmLogin of a remembered login": func(t *testing.T, victim *browser) {
			other := victim.s.browser()
			other.post("/login?id=1&remember=1")
			victim.put("remember_token", other.cookie("remember_token"))
			wants(t, "confirmed", victim.post("/confirm"), "200 ok")
		},
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			eachServerStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				attacker, victim := s.browser(), s.browser()
				attacker.post("/data?key=cart&value=book")
				planted := attacker.cookie("session")
				victim.put("session", planted)

				step(t, victim)

				wants(t, "the victim", victim.get("/whoami"), "200 user 1")
				wants(t, "the victim's data", victim.get("/data?key=cart"), "200 book")
				if victim.cookie("session") == planted {
					t.Error("the session has kept its ID")
				}
				wants(t, "the attacker's cookie", attacker.cookie("session"), planted)
				wants(t, "the attacker", attacker.get("/whoami"), "200 user ")
				wants(t, "the attacker's ID", attacker.get("/userid"), `200 "" false`)
			})
		})
	}
}

func TestAPlantedSessionStaysAnonymousThoughTheRestoredOneIsSavedAgain(t *testing.T) {
	for name, save := range map[string]func(c *gin.Context) error{
		"by AddFlash": func(c *gin.Context) error { return ginlogin.AddFlash(c, "info", "one") },
		"by the app": func(c *gin.Context) error {
			sessions.Default(c).Set("colour", "blue")
			return sessions.Default(c).Save()
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachServerStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.shows("/save", func(c *gin.Context) any { ginlogin.CurrentUser(c); return save(c) })
				attacker, victim := s.browser(), s.rememberedBrowser("/login?id=1&remember=1")
				attacker.post("/data?key=cart&value=book")
				victim.put("session", attacker.cookie("session"))
				wants(t, "restored and saved", victim.get("/save"), "200 <nil>")
				wants(t, "the attacker", attacker.get("/whoami"), "200 user ")
				wants(t, "the victim", victim.get("/whoami"), "200 user 1")
				wants(t, "the victim's data", victim.get("/data?key=cart"), "200 book")
				victim.put("remember_token", "")
				wants(t, "the victim by the session alone", victim.get("/whoami"), "200 user 1")
			})
		})
	}
}

func TestTheOldSessionIDIsDeadAfterLogin(t *testing.T) {
	eachServerStore(t, func(t *testing.T, store sessions.Store) {
		s := newSite(t, store, nil)
		b, thief := s.browser(), s.browser()
		b.post("/data?key=cart&value=book")
		thief.put("session", b.cookie("session"))
		b.post("/login?id=1")
		wants(t, "the thief's data", thief.get("/data?key=cart"), "200 <nil>")
	})
}

func TestTheOldSessionIDIsDeadAfterConfirmLogin(t *testing.T) {
	eachServerStore(t, func(t *testing.T, store sessions.Store) {
		s := newSite(t, store, nil)
		b, thief := s.browser(), s.browser()
		b.post("/login?id=1&fresh=0")
		b.post("/data?key=cart&value=book")
		old := b.cookie("session")
		thief.put("session", old)
		wants(t, "the thief before", thief.get("/whoami"), "200 user 1")

		wants(t, "confirm", b.post("/confirm"), "200 ok")
		if b.cookie("session") == old {
			t.Error("the session has kept its ID")
		}
		wants(t, "the user", b.get("/vault"), "200 vault")
		wants(t, "the user's data", b.get("/data?key=cart"), "200 book")
		wants(t, "the thief after", thief.get("/whoami"), "200 user ")
		wants(t, "the thief's data", thief.get("/data?key=cart"), "200 <nil>")
	})
}

func TestARestoredLoginEndsTheAnonymousSession(t *testing.T) {
	eachServerStore(t, func(t *testing.T, store sessions.Store) {
		s := newSite(t, store, nil)
		b := s.browser()
		b.post("/login?id=1&remember=1")
		b.put("session", "")
		b.post("/data?key=cart&value=book")
		slow := s.browser() // a request that was under way with the old cookie
		slow.put("session", b.cookie("session"))
		wants(t, "restored", b.get("/whoami"), "200 user 1")
		wants(t, "its data", b.get("/data?key=cart"), "200 book")
		wants(t, "data under the old ID", slow.get("/data?key=cart"), "200 <nil>")
		wants(t, "user under the old ID", slow.get("/whoami"), "200 user ")
	})
}

func TestAVanishedLoginIsNotLeftBehindUnderTheOldID(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.browser()
	b.post("/login?id=2")
	old := b.cookie("session")
	other := s.browser()
	other.post("/login?id=1&remember=1")
	b.put("remember_token", other.cookie("remember_token"))
	s.users.drop("2")
	wants(t, "restored as the cookie's user", b.get("/whoami"), "200 user 1")
	if rec, ok := decodeRecord(fmt.Sprint(rack.row(old)[sessionKey])); ok {
		t.Errorf("the session under the old ID still holds the login of %q", rec.UserID)
	}
}

func TestTheSessionCookieIsSetOncePerResponse(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		s := newSite(t, store, nil)
		s.shows("/much", func(c *gin.Context) any {
			session := sessions.Default(c)
			session.Set("cart", "book")
			return errors.Join(
				session.Save(),
				ginlogin.AddFlash(c, "info", "one"),
				ginlogin.Login(c, s.users.get("2")),
				ginlogin.AddFlash(c, "info", "two"),
				ginlogin.Login(c, s.users.get("1"), ginlogin.Remember(true)),
				confirm(c),
				ginlogin.AddFlash(c, "info", "three"),
			)
		})
		b := s.browser()
		for range 2 {
			rep := b.do("POST", "/much")
			wants(t, "answer", rep.body, "<nil>")
			wants(t, "session cookie set", b.setCookie(rep, "session") != nil, true)
			wants(t, "remember cookie set", b.setCookie(rep, "remember_token") != nil, true)
			wants(t, "user", b.get("/whoami"), "200 user 1")
		}
	})
}

func TestTheAppMaySaveTheSessionAfterLogin(t *testing.T) {
	for name, order := range map[string]func(c *gin.Context, u ginlogin.User) error{
		"set, Login, save": func(c *gin.Context, u ginlogin.User) error {
			sessions.Default(c).Set("cart", "book")
			return errors.Join(ginlogin.Login(c, u), sessions.Default(c).Save())
		},
		"Login, set, save": func(c *gin.Context, u ginlogin.User) error {
			err := ginlogin.Login(c, u)
			sessions.Default(c).Set("cart", "book")
			return errors.Join(err, sessions.Default(c).Save())
		},
		"set, save, Login": func(c *gin.Context, u ginlogin.User) error {
			sessions.Default(c).Set("cart", "book")
			return errors.Join(sessions.Default(c).Save(), ginlogin.Login(c, u))
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.shows("/both", func(c *gin.Context) any { return order(c, s.users.get("1")) })
				for _, colour := range []string{"", "blue"} { // without and with a session before
					b := s.browser()
					if colour != "" {
						b.post("/data?key=colour&value=" + colour)
						wants(t, "old data before", b.get("/data?key=colour"), "200 blue")
					}
					wants(t, "answer", b.post("/both"), "200 <nil>")
					wants(t, "user", b.get("/whoami"), "200 user 1")
					wants(t, "new data", b.get("/data?key=cart"), "200 book")
					if colour != "" {
						wants(t, "old data", b.get("/data?key=colour"), "200 blue")
					}
				}
			})
		})
	}
}

func TestWhatIsSavedAfterALoginOfTheSameRequestIsKept(t *testing.T) {
	for name, login := range map[string]func(s *site, c *gin.Context) error{
		"Login":        func(s *site, c *gin.Context) error { return ginlogin.Login(c, s.users.get("1")) },
		"ConfirmLogin": func(_ *site, c *gin.Context) error { return confirm(c) },
		"a restore":    func(_ *site, c *gin.Context) error { _, err := ginlogin.LoadUser(c); return err },
		"AddFlash":     func(_ *site, c *gin.Context) error { return ginlogin.AddFlash(c, "info", "one") },
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.shows("/both", func(c *gin.Context) any { return errors.Join(login(s, c), ginlogin.AddFlash(c, "info", "two")) })
				for _, withSession := range []bool{false, true} {
					b := s.rememberedBrowser("/login?id=1&remember=1")
					if withSession {
						b.post("/data?key=cart&value=book")
					}
					wants(t, "answer", b.post("/both"), "200 <nil>")
					want := "200 [{info two}] <nil>"
					if name == "AddFlash" {
						want = "200 [{info one} {info two}] <nil>"
					}
					wants(t, "flashes", b.get("/flashes"), want)
					wants(t, "user", b.get("/whoami"), "200 user 1")
				}
			})
		})
	}
}

func TestALoginAloneLeavesNothingForTheAppToSave(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.shows("/both", func(c *gin.Context) any {
		return errors.Join(ginlogin.Login(c, s.users.get("1")), sessions.Default(c).Save())
	})
	b := s.browser()
	rep := b.do("POST", "/both")
	wants(t, "answer", rep.body, "<nil>")
	wants(t, "session cookie set", b.setCookie(rep, "session") != nil, true)
}

func TestSessionDataAtTheNextLogin(t *testing.T) {
	for _, tc := range []struct {
		name, first, second string
		kept                bool
	}{
		{"of a visitor is kept", "", "/login?id=1", true},
		{"of the same user is kept", "/login?id=1", "/login?id=1", true},
		{"of the same user is kept if the login was stale", "/login?id=1&fresh=0", "/login?id=1", true},
		{"of another user is cleared", "/login?id=2", "/login?id=1", false},
		{"of another user is cleared with remember, too", "/login?id=2", "/login?id=1&remember=1", false},
		{"of another user who is gone is cleared", "/login?id=gone", "/login?id=1", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.users.rows["gone"] = &account{ID: "gone"}
				b := s.browser()
				if tc.first != "" {
					wants(t, "first login", b.post(tc.first), "200 /")
				}
				s.users.drop("gone")
				b.post("/data?key=cart&value=book")
				b.post("/data?key=_login.staff&value=theirs")
				b.post("/data?key=_logins&value=the+app's")
				wants(t, "second login", b.post(tc.second), "200 /")

				cart, app := "200 <nil>", "200 <nil>"
				if tc.kept {
					cart, app = "200 book", "200 the app's"
				}
				wants(t, "data", b.get("/data?key=cart"), cart)
				wants(t, "data under a similar key", b.get("/data?key=_logins"), app)
				wants(t, "the record of another manager", b.get("/data?key=_login.staff"), "200 theirs")
				wants(t, "user", b.get("/whoami"), "200 user 1")
			})
		})
	}
}

func TestALoginAsAnotherThanTheRememberedUserClearsTheData(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	b.post("/login?id=2&remember=1")
	b.put("session", "")
	b.post("/data?key=cart&value=book")
	wants(t, "login", b.post("/login?id=1"), "200 /")
	wants(t, "data", b.get("/data?key=cart"), "200 <nil>")
}

func TestLogoutKeepsTheOtherSessionData(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		s := newSite(t, store, nil)
		b := s.browser()
		b.post("/login?id=1")
		b.post("/data?key=cart&value=book")
		b.post("/data?key=_login.staff&value=theirs")
		wants(t, "logout", b.post("/logout"), "200 ok")
		wants(t, "user", b.get("/whoami"), "200 user ")
		wants(t, "data", b.get("/data?key=cart"), "200 book")
		wants(t, "record", b.get("/data?key=_login"), "200 <nil>")

		b.post("/login?id=1")
		wants(t, "logout that clears", b.post("/logout?clear=1"), "200 ok")
		wants(t, "user", b.get("/whoami"), "200 user ")
		wants(t, "data", b.get("/data?key=cart"), "200 <nil>")
		wants(t, "the record of another manager", b.get("/data?key=_login.staff"), "200 theirs")
	})
}

func TestASessionWithNothingLeftIsDeletedWithItsCookie(t *testing.T) {
	eachStore(t, func(t *testing.T, store sessions.Store) {
		for _, path := range []string{"/logout", "/logout?clear=1"} {
			s := newSite(t, store, nil)
			b := s.browser()
			login := b.do("POST", "/login?id=1")
			if path != "/logout" {
				b.post("/data?key=cart&value=book")
			}
			rep := b.do("POST", path)
			wants(t, path, rep.body, "ok")
			deleted := b.setCookie(rep, "session")
			if deleted == nil || deleted.MaxAge >= 0 {
				t.Fatalf("%s: the session's cookie is not deleted: %v", path, deleted)
			}
			wants(t, path+": cookie in the browser", b.cookie("session"), "")
			wantsSameAttributes(t, b.setCookie(login, "session"), deleted)
		}
	})
}

func TestACopyOfTheSessionCookieIsDeadAfterLogout(t *testing.T) {
	eachServerStore(t, func(t *testing.T, store sessions.Store) {
		for _, path := range []string{"/logout", "/logout?clear=1"} {
			s := newSite(t, store, nil)
			b, thief := s.browser(), s.browser()
			b.post("/login?id=1")
			thief.put("session", b.cookie("session"))
			wants(t, path+": the thief before", thief.get("/whoami"), "200 user 1")
			wants(t, path, b.post(path), "200 ok")
			wants(t, path+": the thief after", thief.get("/whoami"), "200 user ")
			wants(t, path+": the record", thief.get("/data?key=_login"), "200 <nil>")
		}
	})
}

// wantsSameAttributes fails the test unless two cookies differ in nothing but
// value and lifetime.
func wantsSameAttributes(t *testing.T, a, b *http.Cookie) {
	t.Helper()
	bare := func(c *http.Cookie) http.Cookie {
		bare := *c
		bare.Value, bare.MaxAge, bare.Expires, bare.RawExpires, bare.Raw, bare.Unparsed = "", 0, time.Time{}, "", "", nil
		return bare
	}
	if x, y := bare(a), bare(b); !reflect.DeepEqual(x, y) {
		t.Errorf("the cookies differ in their attributes: %v and %v", &x, &y)
	}
}

func TestTheSessionMayBeUsedAfterALogoutInTheSameRequest(t *testing.T) {
	for name, then := range map[string]func(s *site, c *gin.Context) error{
		"AddFlash after Logout": func(_ *site, c *gin.Context) error { return ginlogin.AddFlash(c, "info", "You are logged out.") },
		"Login after Logout":    func(s *site, c *gin.Context) error { return ginlogin.Login(c, s.users.get("2")) },
		"the app's own data after Logout": func(_ *site, c *gin.Context) error {
			sessions.Default(c).Set("cart", "book")
			return sessions.Default(c).Save()
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.shows("/bye", func(c *gin.Context) any { return errors.Join(ginlogin.Logout(c), then(s, c)) })
				b := s.browser()
				b.post("/login?id=1")
				old := b.cookie("session")
				wants(t, "answer", b.post("/bye"), "200 <nil>")
				if b.cookie("session") == old {
					t.Error("the session goes on under the old ID")
				}
				switch name {
				case "AddFlash after Logout":
					wants(t, "flash", b.get("/flashes"), "200 [{info You are logged out.}] <nil>")
				case "Login after Logout":
					wants(t, "user", b.get("/whoami"), "200 user 2")
				default:
					wants(t, "data", b.get("/data?key=cart"), "200 book")
					wants(t, "user", b.get("/whoami"), "200 user ")
				}
			})
		})
	}
}

func TestASaveThatFailsChangesNothing(t *testing.T) {
	every := func(*gsessions.Session) bool { return true }
	deletions := func(s *gsessions.Session) bool { return s.Options.MaxAge < 0 }
	for _, tc := range []struct {
		name    string
		refuses func(*gsessions.Session) bool
		do      func(s *site, c *gin.Context) error
	}{
		{"Login of another user, when no save works", every, func(s *site, c *gin.Context) error { return ginlogin.Login(c, s.users.get("2")) }},
		{"Login of another user, when the old session cannot be deleted", deletions, func(s *site, c *gin.Context) error {
			return ginlogin.Login(c, s.users.get("2"), ginlogin.Remember(true))
		}},
		{"Login of the same user, when no save works", every, func(s *site, c *gin.Context) error {
			return ginlogin.Login(c, s.users.get("1"), ginlogin.RememberFor(time.Hour))
		}},
		{"Logout, when no save works", every, func(_ *site, c *gin.Context) error { return ginlogin.Logout(c) }},
		{"Logout that clears, when the session cannot be deleted", deletions, func(_ *site, c *gin.Context) error { return ginlogin.Logout(c, ginlogin.ClearSession()) }},
		{"ConfirmLogin, when no save works", every, func(_ *site, c *gin.Context) error { return confirm(c) }},
		{"ConfirmLogin, when the old session cannot be deleted", deletions, func(_ *site, c *gin.Context) error { return confirm(c) }},
		{"AddFlash, when no save works", every, func(_ *site, c *gin.Context) error { return ginlogin.AddFlash(c, "info", "two") }},
		{"Flashes, when no save works", every, func(_ *site, c *gin.Context) error { _, err := ginlogin.Flashes(c); return err }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, func(s *site) { s.lm.UseSessionForNext = true })
			s.shows("/do", func(c *gin.Context) any {
				http.SetCookie(c.Writer, &http.Cookie{Name: "app", Value: "1"})
				ginlogin.CurrentUser(c)
				session := gorillaOf(c)
				header, values, before := c.Writer.Header().Clone(), maps.Clone(session.Values), *session
				err := tc.do(s, c)
				if !errors.Is(err, errStoreDown) {
					t.Errorf("the error: got %v, want that of the store", err)
				}
				if after := c.Writer.Header(); !reflect.DeepEqual(after, header) {
					t.Errorf("the headers: got %v, want %v", after, header)
				}
				if !reflect.DeepEqual(session.Values, values) {
					t.Errorf("the values: got %v, want %v", session.Values, values)
				}
				before.Values = session.Values
				if !reflect.DeepEqual(*session, before) {
					t.Errorf("the session: got %+v, want %+v", *session, before)
				}
				wants(t, "the user of the request", ginlogin.CurrentUser(c).GetID(), "1")
				id, ok := ginlogin.UserID(c)
				wants(t, "the ID of the request", id, "1")
				wants(t, "the ID of the request", ok, true)
				wants(t, "the freshness of the request", ginlogin.LoginFresh(c), false)
				wants(t, "remembered", ginlogin.LoginRemembered(c), true)
				return "done"
			})
			b := s.browser()
			b.post("/login?id=1&remember=1&fresh=0")
			b.post("/data?key=cart&value=book")
			b.post("/data?key=next&value=/wanted")
			b.post("/flash?category=info&message=one")
			id, token := b.cookie("session"), b.cookie("remember_token")
			kept := rack.row(id)
			s.told()

			rack.savesFail(tc.refuses)
			rep := b.do("POST", "/do")
			rack.savesFail(nil)
			wants(t, "answer", rep.body, "done")
			wants(t, "Set-Cookie", strings.Join(rep.Header["Set-Cookie"], " "), "app=1")
			wants(t, "events", s.told(), "user_accessed=1")
			wants(t, "session cookie", b.cookie("session"), id)
			wants(t, "remember cookie", b.cookie("remember_token"), token)
			if row := rack.row(id); !reflect.DeepEqual(row, kept) {
				t.Errorf("the store: got %v, want %v", row, kept)
			}
			wants(t, "the user afterwards", b.get("/whoami"), "200 user 1")
		})
	}
}

func TestALoginThatCannotBeSavedLogsNobodyIn(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.browser()
	rack.savesFail(func(*gsessions.Session) bool { return true })
	rep := b.do("POST", "/login?id=1&remember=1")
	wants(t, "answer", rep.body, "ginlogin: saving the session: connection refused")
	wantsNoCookies(t, "answer", rep)
	wants(t, "events", s.told(), "")
}

func TestAStoreThatIsDownIsNoLogout(t *testing.T) {
	const down = "400 ginlogin: reading the session: connection refused"
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/data?key=cart&value=book")
	id, token := b.cookie("session"), b.cookie("remember_token")
	kept := rack.row(id)
	s.told()
	for _, tc := range []struct {
		name, method, path, want string
		reported                 bool
	}{
		{"a guard answers 503", "GET", "/secret", "503 ", true},
		{"a guard for fresh logins answers 503", "GET", "/vault", "503 ", true},
		{"LoadUser returns the error", "GET", "/whoami", "503 outage", true},
		{"a page shows the anonymous user", "GET", "/home", "200 [Log in] Home () fresh=false", true},
		{"UserID knows nobody", "GET", "/userid", `200 "" false`, false},
		{"LoginFresh knows nobody", "GET", "/fresh", "200 false", false},
		{"LoginRemembered knows nobody", "GET", "/remembered", "200 false", false},
		{"Login returns the error", "POST", "/login?id=2", down, false},
		{"Login of the same user returns the error", "POST", "/login?id=1&remember=1", down, false},
		{"Logout returns the error", "POST", "/logout", down, true},
		{"Logout that clears returns the error", "POST", "/logout?clear=1", down, true},
		{"ConfirmLogin returns the error", "POST", "/confirm", down, false},
		{"AddFlash returns the error", "POST", "/flash?category=a&message=b", down, false},
		{"Flashes returns the error", "GET", "/flashes", "200 [] ginlogin: reading the session: connection refused", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rack.readsFail(errStoreDown)
			rack.counts()
			s.users.calls()
			s.logged()
			s.reported()
			rep := b.do(tc.method, tc.path)
			rack.readsFail(nil)
			wants(t, "answer", fmt.Sprintf("%d %s", rep.StatusCode, rep.body), tc.want)
			wantsNoCookies(t, "answer", rep)
			_, saves := rack.counts()
			wants(t, "saves", saves, 0)
			wants(t, "loader calls", len(s.users.calls()), 0)
			wants(t, "reported in c.Errors", strings.Contains(strings.Join(s.reported(), " "), "connection refused"), tc.reported)
			wants(t, "logged", strings.Contains(s.logged(), "connection refused"), tc.reported)
		})
	}
	wants(t, "events", strings.Contains(s.told(), "user_log"), false)
	if row := rack.row(id); !reflect.DeepEqual(row, kept) {
		t.Errorf("the store: got %v, want %v", row, kept)
	}
	wants(t, "session cookie", b.cookie("session"), id)
	wants(t, "remember cookie", b.cookie("remember_token"), token)
	wants(t, "the user afterwards", b.get("/secret"), "200 secret")
}

func TestAnOutageThatHealsWithinTheRequestIsNone(t *testing.T) {
	for name, do := range map[string]func(c *gin.Context) error{
		"asking for the user": func(c *gin.Context) error { _, err := ginlogin.LoadUser(c); return err },
		"adding a flash":      func(c *gin.Context) error { return ginlogin.AddFlash(c, "info", "one") },
		"confirming":          confirm,
	} {
		t.Run(name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, nil)
			s.shows("/do", func(c *gin.Context) any {
				err := do(c)
				session := sessions.Default(c)
				session.Set("colour", "blue")
				return errors.Join(err, session.Save())
			})
			b := s.browser()
			b.post("/login?id=1")
			b.post("/data?key=cart&value=book")
			rack.nextReadsFail(errStoreDown)
			wants(t, "answer", b.post("/do"), "200 <nil>")
			wants(t, "the user", b.get("/whoami"), "200 user 1")
			wants(t, "old data", b.get("/data?key=cart"), "200 book")
			wants(t, "new data", b.get("/data?key=colour"), "200 blue")
		})
	}
}

func TestWhatAStoreSaysOfASessionItDoesNotHave(t *testing.T) {
	var none map[string]string
	for _, tc := range []struct {
		name   string
		err    error
		outage bool
	}{
		{"the file of a session is gone", fmt.Errorf("open: %w", fs.ErrNotExist), false},
		{"it is of a JSON serializer and the session is not", json.Unmarshal([]byte("x"), &none), false},
		{"it is JSON of something else", json.Unmarshal([]byte("[1]"), &none), false},
		{"it is of gob and the session is not", errors.New("gob: duplicate type received"), false},
		{"memcached has dropped it", errors.New("gc: memcache: cache miss"), false},
		{"the disk is broken", fs.ErrPermission, true},
		{"the network is", errors.New("dial tcp: connection refused"), true},
		{"memcached is down", errors.New("memcache: no servers configured or available"), true},
		{"it took too long", context.DeadlineExceeded, true},
		{"something said gob along the way", errors.New("no gob: timeout"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, nil)
			b := s.browser()
			b.put("session", "any")
			rack.readsFail(tc.err)
			rep := b.do("GET", "/whoami")
			want := "200 user "
			if tc.outage {
				want = "503 outage"
			}
			wants(t, "answer", fmt.Sprintf("%d %s", rep.StatusCode, rep.body), want)
			wantsNoCookies(t, "answer", rep)
			wants(t, "logged", s.logged() != "", tc.outage)
			lr := b.do("POST", "/login?id=1")
			wants(t, "a login is possible"+lr.body, lr.StatusCode == http.StatusOK, !tc.outage)
		})
	}
}

// foreignCookie returns the value of a session cookie signed with another key.
func foreignCookie(t *testing.T, store sessions.Store) string {
	t.Helper()
	s := newSite(t, store, nil)
	b := s.browser()
	b.post("/data?key=cart&value=book")
	return b.cookie("session")
}

// backdated returns a securecookie of that age, signed as the site does.
func backdated(t *testing.T, value string, age time.Duration) string {
	t.Helper()
	raw, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.SplitN(string(raw), "|", 3)[1]
	dated := strconv.FormatInt(time.Now().Add(-age).Unix(), 10) + "|" + content
	mac := hmac.New(sha256.New, keyOf("session"))
	mac.Write([]byte("session|" + dated))
	return base64.URLEncoding.EncodeToString(append([]byte(dated+"|"), mac.Sum(nil)...))
}

func TestASessionCookieThatDoesNotDecodeIsAnEmptySession(t *testing.T) {
	for _, kind := range []struct {
		name  string
		store func(keyName string) sessions.Store
	}{
		{"cookie store", func(name string) sessions.Store { return cookie.NewStore(keyOf(name)) }},
		{"memstore", func(name string) sessions.Store { return memstore.NewStore(keyOf(name)) }},
	} {
		s := newSite(t, kind.store("session"), nil)
		known := s.browser()
		known.post("/login?id=1")
		good := known.cookie("session")
		wants(t, "the test backdates", backdated(t, good, 0) != "", true)
		for name, value := range map[string]string{
			"nonsense":                  "nonsense",
			"a tampered one":            good[:10] + flipped(good[10]) + good[11:],
			"one that was cut":          good[:len(good)/2],
			"one with a foreign key":    foreignCookie(t, kind.store("foreign")),
			"an expired one":            backdated(t, good, 31*24*time.Hour),
			"one that is far too long":  strings.Repeat("a", 5000),
			"one with bytes of no text": "%%%",
		} {
			t.Run(kind.name+": "+name, func(t *testing.T) {
				s.logged()
				b := s.browser()
				b.put("session", value)
				rep := b.do("GET", "/whoami")
				wants(t, "answer", fmt.Sprintf("%d %s", rep.StatusCode, rep.body), "200 user ")
				wantsNoCookies(t, "answer", rep)
				wants(t, "logged", s.logged(), "")
				wants(t, "guard", b.do("GET", "/secret").StatusCode, http.StatusFound)
				wants(t, "login", b.post("/login?id=2"), "200 /")
				wants(t, "user", b.get("/whoami"), "200 user 2")
				wants(t, "logged", s.logged(), "")
			})
		}
		b := s.browser()
		b.put("session", backdated(t, good, 24*time.Hour))
		wants(t, kind.name+": a cookie of yesterday", b.get("/whoami"), "200 user 1")
	}
}

// flipped returns another character of base64.
func flipped(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestAStoreThatDeletesOnMaxAgeZeroIsNoticed(t *testing.T) {
	rack := newRack()
	rack.zeroDeletes = true
	rack.options.MaxAge = 0
	s := newSite(t, rack, nil)
	for name, prepare := range map[string]func(b *browser){
		"without a session": func(*browser) {},
		"with a session": func(b *browser) {
			rack.rows["planted"] = map[any]any{"cart": "book"}
			b.put("session", "planted")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			prepare(b)
			rep := b.do("POST", "/login?id=1&remember=1")
			wants(t, "status", rep.StatusCode, http.StatusBadRequest)
			wantsText(t, "error", rep.body, "ginlogin: saving the session: ", "MaxAge", "deleted")
			wantsNoCookies(t, "answer", rep)
			wants(t, "user", b.get("/whoami"), "200 user ")
			if name == "with a session" {
				wants(t, "data", b.get("/data?key=cart"), "200 book")
			}
			wantsText(t, "flash", b.post("/flash?category=a&message=b"), "400 ", "MaxAge")
		})
	}
}

func TestAStoreThatKeepsTheIDIsNoticed(t *testing.T) {
	rack := newRack()
	rack.fixedID = "fixed"
	s := newSite(t, rack, nil)
	b := s.browser()
	b.post("/data?key=cart&value=book")
	rep := b.do("POST", "/login?id=1&remember=1")
	wants(t, "status", rep.StatusCode, http.StatusBadRequest)
	wantsText(t, "error", rep.body, "ginlogin: saving the session: ", "no new ID")
	wantsNoCookies(t, "answer", rep)
	// Otherwise an attacker who planted the session would be logged in with it.
	wants(t, "the user of the session that kept its ID", b.get("/whoami"), "200 user ")
}

func TestAStoreNeedNotSendACookieThatTheBrowserHas(t *testing.T) {
	rack := newRack()
	rack.thrifty = true
	s := newSite(t, rack, nil)
	s.engine.POST("/own", func(c *gin.Context) {
		http.SetCookie(c.Writer, &http.Cookie{Name: "app", Value: "1"})
		answer200(c, ginlogin.AddFlash(c, "info", "one"))
	})
	b := s.browser()
	wants(t, "login", b.post("/login?id=1"), "200 /")
	rep := b.do("POST", "/own")
	wants(t, "flash", rep.body, "ok")
	wants(t, "Set-Cookie", strings.Join(rep.Header["Set-Cookie"], " "), "app=1")
	wants(t, "flashes", b.get("/flashes"), "200 [{info one}] <nil>")
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestASessionNameThatIsNoCookieNameIsNamed(t *testing.T) {
	s := siteBehind(t, sessions.Sessions("my session", cookieStore()), nil, nil)
	for name, ask := range map[string]func(c *gin.Context){
		"CurrentUser": func(c *gin.Context) { ginlogin.CurrentUser(c) },
		"Login":       func(c *gin.Context) { _ = ginlogin.Login(c, s.users.get("1")) },
	} {
		s.engine.GET("/"+name, ask)
		req := httptest.NewRequest("GET", "/"+name, nil)
		req.Header.Set("Cookie", "any=1")
		text := panicText(func() { s.engine.ServeHTTP(httptest.NewRecorder(), req) })
		wantsText(t, name, text, "ginlogin: ", "sessions.Sessions", "not a valid cookie name")
	}
}

func TestAMissingSessionMiddlewareIsNamed(t *testing.T) {
	req := httptest.NewRequest("GET", "/static", nil)
	none := siteBehind(t, func(*gin.Context) {}, nil, nil)
	wantsText(t, "no middleware", panicText(func() { none.engine.ServeHTTP(httptest.NewRecorder(), req) }),
		"ginlogin: ", `r.Use(sessions.Sessions("session", store))`, "before LoginManager.Middleware")

	many := siteBehind(t, sessions.SessionsMany([]string{"a", "b"}, cookieStore()), func(s *site) { s.lm.SessionName = "c" }, nil)
	wantsText(t, "SessionsMany without that name", panicText(func() { many.engine.ServeHTTP(httptest.NewRecorder(), req) }),
		"ginlogin: ", `no session named "c"`, "LoginManager.SessionName")
}

func TestOneOfManySessionsCanBeChosen(t *testing.T) {
	s := siteBehind(t, sessions.SessionsMany([]string{"shop", "forum"}, memStore()), func(s *site) { s.lm.SessionName = "forum" }, nil)
	b := s.browser()
	rep := b.do("POST", "/login?id=1")
	wants(t, "session chosen", b.setCookie(rep, "forum") != nil, true)
	wants(t, "other session", b.setCookie(rep, "shop") == nil, true)
	wants(t, "user", b.get("/whoami"), "200 user 1")
}

func TestAUserIDThatIsTooLongIsRefused(t *testing.T) {
	long := strings.Repeat("x", 4096)
	for _, tc := range []struct {
		name, path, want string
		store            sessions.Store
	}{
		{"by the cookie store", "/login?id=" + long, "the value is too long", cookieStore()},
		{"by the cookie store with remember", "/login?remember=1&id=" + long, "the remember cookie would have", cookieStore()},
		{"for the remember cookie", "/login?remember=1&id=" + long, "the remember cookie would have", memStore()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSite(t, tc.store, nil)
			s.users.rows[long] = &account{ID: long, Name: "Long"}
			b := s.browser()
			b.post("/login?id=2&remember=1")
			b.post("/data?key=cart&value=book")
			s.told()
			rep := b.do("POST", tc.path)
			wants(t, "status", rep.StatusCode, http.StatusBadRequest)
			wantsText(t, "error", rep.body, "ginlogin: ", tc.want)
			wantsNoCookies(t, "answer", rep)
			wants(t, "events", s.told(), "")
			wants(t, "data", b.get("/data?key=cart"), "200 book")
			wants(t, "user", b.get("/whoami"), "200 user 2")
		})
	}
}

func TestLoginRefusesWhoCannotBeLoggedIn(t *testing.T) {
	s := newSite(t, memStore(), nil)
	var nobody *account
	for _, tc := range []struct {
		name string
		user ginlogin.User
		opts []ginlogin.LoginOption
		want string
	}{
		{"nil", nil, nil, "ginlogin: Login: the user is nil"},
		{"a nil pointer", nobody, nil, "ginlogin: Login: the user is nil"},
		{"a user without ID", &account{Name: "New"}, nil, "ginlogin: Login: GetID of the *ginlogin_test.account is empty"},
		{"the anonymous user", ginlogin.AnonymousUser{}, nil, "ginlogin: Login: GetID of the ginlogin.AnonymousUser is empty"},
		{"an inactive user", &account{ID: "3", Inactive: true}, nil, ginlogin.ErrInactiveUser.Error()},
		{"an inactive user with remember", &account{ID: "3", Inactive: true}, []ginlogin.LoginOption{ginlogin.Remember(true)}, ginlogin.ErrInactiveUser.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := "/" + strings.ReplaceAll(tc.name, " ", "-")
			s.shows(path, func(c *gin.Context) any { return ginlogin.Login(c, tc.user, tc.opts...) })
			b := s.browser()
			rep := b.do("POST", path)
			wants(t, "error", rep.body, tc.want)
			wantsNoCookies(t, "answer", rep)
			wants(t, "user", b.get("/whoami"), "200 user ")
		})
	}
}

func TestAForcedLoginIsRecordedButGuardsRefuseIt(t *testing.T) {
	s := newSite(t, memStore(), nil)
	b := s.browser()
	wants(t, "login", b.post("/login?id=3&force=1&remember=1"), "200 /")
	wants(t, "user", b.get("/whoami"), "200 user 3")
	wants(t, "page", b.get("/home"), "200 [Log in] Home (Mallory) fresh=true")
	wants(t, "guard", b.do("GET", "/secret").StatusCode, http.StatusFound)
}

func TestNothingIsChangedAfterTheHeaders(t *testing.T) {
	for name, do := range map[string]func(s *site, c *gin.Context) error{
		"Login": func(s *site, c *gin.Context) error {
			return ginlogin.Login(c, s.users.get("2"), ginlogin.Remember(true))
		},
		"Logout":       func(_ *site, c *gin.Context) error { return ginlogin.Logout(c, ginlogin.ClearSession()) },
		"ConfirmLogin": func(_ *site, c *gin.Context) error { return confirm(c) },
		"AddFlash":     func(_ *site, c *gin.Context) error { return ginlogin.AddFlash(c, "info", "one") },
		"Flashes":      func(_ *site, c *gin.Context) error { _, err := ginlogin.Flashes(c); return err },
	} {
		t.Run(name, func(t *testing.T) {
			rack := newRack()
			s := newSite(t, rack, nil)
			s.engine.GET("/late", func(c *gin.Context) {
				c.String(http.StatusOK, "body ")
				err := do(s, c)
				wants(t, "error", errors.Is(err, ginlogin.ErrHeadersWritten), true)
				wants(t, "user of the request", ginlogin.CurrentUser(c).GetID(), "1")
			})
			b := s.browser()
			b.post("/login?id=1&fresh=0")
			b.post("/flash?category=info&message=waiting")
			id := b.cookie("session")
			kept := rack.row(id)
			s.told()
			wantsNoCookies(t, "answer", b.do("GET", "/late"))
			wants(t, "events", s.told(), "user_accessed=1")
			if row := rack.row(id); !reflect.DeepEqual(row, kept) {
				t.Errorf("the store: got %v, want %v", row, kept)
			}
		})
	}
}

func TestLogoutOfNobody(t *testing.T) {
	rack := newRack()
	s := newSite(t, rack, nil)
	b := s.browser()
	for _, path := range []string{"/logout", "/logout?clear=1"} {
		rep := b.do("POST", path)
		wants(t, "is no error", rep.body, "ok")
		wantsNoCookies(t, "sets nothing", rep)
		reads, saves := rack.counts()
		wants(t, "reads no session", reads, 0)
		wants(t, "saves no session", saves, 0)
		wants(t, "tells nobody", s.told(), "user_accessed")
	}
	b.post("/data?key=cart&value=book")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "keeps the visitor's data", b.get("/data?key=cart"), "200 book")
	wants(t, "tells nobody", s.told(), "user_accessed")
}

func TestLogoutSucceedsThoughTheUserCannotBeLoaded(t *testing.T) {
	for name, fails := range map[string]func(s *site){
		"when the loader fails": func(s *site) { s.users.fail(errStoreDown) },
		"when the user is gone": func(s *site) { s.users.drop("1") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, memStore(), nil)
			b := s.browser()
			b.post("/login?id=1&remember=1")
			fails(s)
			s.told()
			rep := b.do("POST", "/logout")
			wants(t, "logout", rep.body, "ok")
			wants(t, "session cookie", b.cookie("session"), "")
			wants(t, "remember cookie", b.cookie("remember_token"), "")
			told := "user_accessed"
			if name == "when the loader fails" {
				told += " user_logged_out"
			}
			wants(t, "events", s.told(), told)
		})
	}
}

func TestConfirmLoginNeedsALogin(t *testing.T) {
	s := newSite(t, memStore(), func(s *site) {
		s.lm.RequestLoader = ginlogin.FromRequest(func(c *gin.Context) (*account, error) { return s.users.get(c.GetHeader("Token")), nil })
	})
	b := s.browser()
	for name, header := range map[string][]string{"nobody": nil, "the user of a request": {"Token", "1"}} {
		rep := b.do("POST", "/confirm", header...)
		wants(t, name, rep.body, ginlogin.ErrNotAuthenticated.Error())
		wantsNoCookies(t, name, rep)
	}
	b.post("/data?key=cart&value=book")
	wants(t, "a session without login", b.post("/confirm"), "400 "+ginlogin.ErrNotAuthenticated.Error())
}

func TestConfirmLoginMakesALoginFresh(t *testing.T) {
	for name, stale := range map[string]func(b *browser){
		"that was made stale":    func(b *browser) { b.post("/login?id=1&fresh=0") },
		"that was restored":      func(b *browser) { b.post("/login?id=1&remember=1"); b.put("session", ""); b.get("/whoami") },
		"that is to be restored": func(b *browser) { b.post("/login?id=1&remember=1"); b.put("session", "") },
		"whose client changed":   func(b *browser) { b.post("/login?id=1"); b.agent = "another browser" },
	} {
		t.Run(name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, store sessions.Store) {
				s := newSite(t, store, nil)
				s.shows("/both", func(c *gin.Context) any {
					err := confirm(c)
					return fmt.Sprintf("%v fresh=%v user=%s", err, ginlogin.LoginFresh(c), ginlogin.CurrentUser(c).GetID())
				})
				b := s.browser()
				stale(b)
				wants(t, "before", b.get("/fresh"), "200 false")
				loginAt := s.clock.Now().Unix()
				s.clock.Advance(time.Hour)
				s.users.calls()
				wants(t, "in the request", b.post("/both"), "200 <nil> fresh=true user=1")
				wants(t, "afterwards", b.get("/vault"), "200 vault")

				rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key=_login"), "200 "))
				wants(t, "time of login", rec.LoginAt, loginAt)
				wants(t, "time of authentication", rec.AuthAt, s.clock.Now().Unix())
			})
		})
	}
}

func TestConfirmLoginBindsTheLoginToThePresentClient(t *testing.T) {
	s := newSite(t, memStore(), protecting(ginlogin.ProtectNone))
	identifier := func(b *browser) string {
		rec, _ := decodeRecord(strings.TrimPrefix(b.get("/data?key=_login"), "200 "))
		return rec.Client
	}
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	b.agent, other.agent = "another browser", "another browser"
	other.post("/login?id=1")
	wants(t, "bound to it before", identifier(b) == identifier(other), false)
	wants(t, "confirm", b.post("/confirm"), "200 ok")
	wants(t, "bound to it afterwards", identifier(b) == identifier(other), true)
}

func TestConfirmLoginDoesNotHideAnOutage(t *testing.T) {
	s := newSite(t, memStore(), nil)
	s.shows("/both", func(c *gin.Context) any {
		_, before := ginlogin.LoadUser(c)
		err := confirm(c)
		u, after := ginlogin.LoadUser(c)
		if u.IsAnonymous() && after == nil {
			t.Error("after ConfirmLogin a user that could not be loaded passes for nobody")
		}
		return fmt.Sprintf("outage=%v confirmed=%v", errors.Is(before, errStoreDown), err == nil)
	})
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	s.users.fail(errStoreDown)
	wants(t, "answer", b.post("/both"), "200 outage=true confirmed=true")
}

// ownStore keeps the one session of a site, of the app's own making.
type ownStore struct {
	mu     sync.Mutex
	values map[any]any
	err    error
	saves  int
}

func (o *ownStore) fail(err error) { o.mu.Lock(); o.err = err; o.mu.Unlock() }

func (o *ownStore) saved() map[any]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.values)
}

// ownSession is that session in one request. There is no gorilla beneath it.
type ownSession struct {
	store  *ownStore
	values map[any]any
}

func (o *ownSession) ID() string               { return "" }
func (o *ownSession) Get(key any) any          { return o.values[key] }
func (o *ownSession) Set(key, value any)       { o.values[key] = value }
func (o *ownSession) Delete(key any)           { delete(o.values, key) }
func (o *ownSession) Clear()                   { clear(o.values) }
func (o *ownSession) AddFlash(any, ...string)  {}
func (o *ownSession) Flashes(...string) []any  { return nil }
func (o *ownSession) Options(sessions.Options) {}

func (o *ownSession) Save() error {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if o.store.err == nil {
		o.store.values = maps.Clone(o.values)
		o.store.saves++
	}
	return o.store.err
}

// rangedSession also tells its values.
type rangedSession struct{ *ownSession }

func (o rangedSession) Range(f func(key, value any) bool) {
	for key, value := range o.values {
		if !f(key, value) {
			return
		}
	}
}

// eachOwnSession runs a test on a site whose one session is not gorilla's.
func eachOwnSession(t *testing.T, test func(t *testing.T, s *site, own *ownStore)) {
	for name, as := range map[string]func(*ownSession) sessions.Session{
		"a session that tells its values": func(o *ownSession) sessions.Session { return rangedSession{o} },
		"a session that does not":         func(o *ownSession) sessions.Session { return o },
	} {
		t.Run(name, func(t *testing.T) {
			own := &ownStore{values: map[any]any{}}
			s := siteBehind(t, func(c *gin.Context) {
				c.Set(sessions.DefaultKey, as(&ownSession{store: own, values: own.saved()}))
			}, nil, nil)
			test(t, s, own)
		})
	}
}

func TestASessionNeedNotBeGorillas(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		b := s.browser()
		b.put("any", "cookie")
		wants(t, "login", b.post("/login?id=1"), "200 /")
		wants(t, "saves", own.saves, 1)
		wants(t, "user", b.get("/vault"), "200 vault")
		b.post("/data?key=cart&value=book")
		wants(t, "the same user's data", b.post("/login?id=1")+" "+b.get("/data?key=cart"), "200 / 200 book")
		wants(t, "flash", b.post("/flash?category=info&message=one"), "200 ok")
		wants(t, "flashes", b.get("/flashes"), "200 [{info one}] <nil>")
		wants(t, "logout", b.post("/logout"), "200 ok")
		wants(t, "user", b.get("/whoami"), "200 user ")
		wants(t, "data", b.get("/data?key=cart"), "200 book")
		wants(t, "record", fmt.Sprint(own.saved()[sessionKey]), "<nil>")
	})
}

func TestASaveThatFailsChangesNothingInASessionThatIsNotGorillas(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		b := s.browser()
		b.put("any", "cookie")
		b.post("/login?id=1&fresh=0")
		b.post("/data?key=cart&value=book")
		b.post("/flash?category=info&message=waiting")
		kept := own.saved()
		own.fail(errStoreDown)
		s.engine.POST("/then", func(c *gin.Context) {
			err := ginlogin.Login(c, s.users.get("1"))
			wants(t, "the values in the request", fmt.Sprint(sessions.Default(c).Get("cart")), "book")
			wants(t, "the user of the request", ginlogin.LoginFresh(c), false)
			answer200(c, err)
		})
		for _, path := range []string{"/then", "/login?id=2&remember=1", "/logout", "/logout?clear=1", "/confirm", "/flash?category=a&message=b"} {
			rep := b.do("POST", path)
			wants(t, path, rep.body, "ginlogin: saving the session: connection refused")
			wantsNoCookies(t, path, rep)
			if got := own.saved(); !reflect.DeepEqual(got, kept) {
				t.Errorf("%s: got %v, want %v", path, got, kept)
			}
		}
	})
}

func TestAnotherUsersDataIsClearedInASessionThatIsNotGorillas(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		for path, want := range map[string]string{"/login?id=2": "200 /", "/logout?clear=1": "200 ok"} {
			b := s.browser()
			b.put("any", "cookie")
			b.post("/login?id=1")
			b.post("/data?key=cart&value=book")
			b.post("/data?key=next&value=/wanted")
			b.post("/flash?category=info&message=waiting")
			wants(t, path, b.post(path), want)
			wants(t, path+": stored next", fmt.Sprint(own.saved()[nextKey]), "<nil>")
			wants(t, path+": flashes", fmt.Sprint(own.saved()[flashKey]), "<nil>")
			wants(t, path+": data", fmt.Sprint(own.saved()["cart"]), "<nil>")
		}
	})
}

func TestClearingASessionThatIsNotGorillasLeavesOtherManagersLogins(t *testing.T) {
	eachOwnSession(t, func(t *testing.T, s *site, own *ownStore) {
		staff := ginlogin.New(s.users.find)
		staff.Name, staff.Now = "staff", s.clock.Now
		within := s.engine.Group("/within", staff.Middleware())
		s.routes(within)
		b := s.browser()
		b.put("any", "cookie")
		wants(t, "outer login", b.post("/login?id=1"), "200 /")
		wants(t, "inner login", b.post("/within/login?id=1"), "200 /")
		b.post("/data?key=cart&value=book")
		wants(t, "another inner login", b.post("/within/login?id=2"), "200 /")
		wants(t, "data", fmt.Sprint(own.saved()["cart"]), "<nil>")
		wants(t, "inner user", b.get("/within/whoami"), "200 user 2")
		wants(t, "outer user", b.get("/whoami"), "200 user 1")
		wants(t, "inner logout", b.post("/within/logout?clear=1"), "200 ok")
		wants(t, "inner user", b.get("/within/whoami"), "200 user ")
		wants(t, "outer user", b.get("/whoami"), "200 user 1")
	})
}

func TestAManagerKeepsToTheSessionBeforeIt(t *testing.T) {
	users := newAccounts()
	outer, inner := ginlogin.New(users.find), ginlogin.New(users.find)
	inner.Name = "admin"
	b := alone(t, func(e *gin.Engine) {
		e.Use(sessions.Sessions("session", cookieStore()), outer.Middleware())
		e.POST("/login", func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get("1"))) })
		e.GET("/whoami", func(c *gin.Context) { c.String(200, ginlogin.CurrentUser(c).GetID()) })
		g := e.Group("/admin", sessions.Sessions("admin_session", cookieStore()), inner.Middleware())
		g.GET("/page", ginlogin.LoginRequired(ginlogin.For(outer)), func(c *gin.Context) { c.String(200, "page") })
		h := e.Group("/cart", sessions.Sessions("cart", cookieStore()))
		h.POST("/logout", func(c *gin.Context) { answer200(c, ginlogin.Logout(c)) })
		h.GET("/who", func(c *gin.Context) { c.String(200, ginlogin.CurrentUser(c).GetID()) })
	})
	wants(t, "login", b.post("/login"), "200 ok")
	wants(t, "whoami", b.get("/whoami"), "200 1")
	wants(t, "outer's user in a group with another session", b.get("/cart/who"), "200 1")
	wants(t, "outer's guard in the admin group", b.get("/admin/page"), "200 page")
	wants(t, "logout in a group with another session", b.post("/cart/logout"), "200 ok")
	wants(t, "whoami", b.get("/whoami"), "200 ")
}
