package ginlogin_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gsessions "github.com/gorilla/sessions"

	"github.com/ginlogin/ginlogin"
)

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
		{"BeginLogin, when no save works", every, func(s *site, c *gin.Context) error { return ginlogin.BeginLogin(c, s.users.get("1")) }},
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

func TestALoginThatCannotBeSavedIsNone(t *testing.T) {
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
	s := newSite(t, rack, func(s *site) { s.lm.Logins = newShelf() })
	for path, change := range map[string]func(c *gin.Context) error{
		"/begin":  func(c *gin.Context) error { return ginlogin.BeginLogin(c, s.users.get("1")) },
		"/finish": func(c *gin.Context) error { return ginlogin.FinishLogin(c, s.users.get("1")) },
		"/act":    func(c *gin.Context) error { return ginlogin.Impersonate(c, s.users.get("2")) },
		"/stop":   func(c *gin.Context) error { return ginlogin.StopImpersonating(c) },
		"/others": func(c *gin.Context) error { return ginlogin.LogoutOthers(c, s.users.get("1")) },
	} {
		s.engine.POST(path, func(c *gin.Context) { answer200(c, change(c)) })
	}
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
		{"UserID knows no user", "GET", "/userid", `200 "" false`, false},
		{"LoginFresh knows no login", "GET", "/fresh", "200 false", false},
		{"LoginRemembered knows no login", "GET", "/remembered", "200 false", false},
		{"Login returns the error", "POST", "/login?id=2", down, false},
		{"Login of the same user returns the error", "POST", "/login?id=1&remember=1", down, false},
		{"Logout returns the error", "POST", "/logout", down, true},
		{"Logout that clears returns the error", "POST", "/logout?clear=1", down, true},
		{"ConfirmLogin returns the error", "POST", "/confirm", down, false},
		{"BeginLogin returns the error", "POST", "/begin", down, false},
		{"FinishLogin returns the error", "POST", "/finish", down, false},
		{"Impersonate returns the error", "POST", "/act", down, true},
		{"StopImpersonating returns the error", "POST", "/stop", down, false},
		{"LogoutOthers returns the error", "POST", "/others", down, false},
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

func TestASessionCookieThatDoesNotDecodeIsAnEmptySession(t *testing.T) {
	for name, store := range map[string]sessions.Store{"cookie store": cookieStore(), "memstore": memStore()} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, store, nil)
			b := s.browser()
			b.put("session", "nonsense")
			rep := b.do("GET", "/whoami")
			wants(t, "answer", rep.body, "user ")
			wantsNoCookies(t, "answer", rep)
			wants(t, "guard", b.do("GET", "/secret").StatusCode, http.StatusFound)
			wants(t, "login", b.post("/login?id=2"), "200 /")
			wants(t, "user", b.get("/whoami"), "200 user 2")
			wants(t, "logged", s.logged(), "")
		})
	}
}

func TestAStoreThatDeletesOnMaxAgeZeroIsNoticed(t *testing.T) {
	rack := newRack()
	rack.zeroDeletes = true
	rack.options.MaxAge = 0
	s := newSite(t, rack, nil)
	b := s.browser()
	rep := b.do("POST", "/login?id=1&remember=1")
	wants(t, "status", rep.StatusCode, http.StatusBadRequest)
	wantsText(t, "error", rep.body, "ginlogin: saving the session: ", "MaxAge", "deleted")
	wantsNoCookies(t, "answer", rep)
	wants(t, "user", b.get("/whoami"), "200 user ")
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
