package ginlogin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

func TestALoginStaysAfterItsCookieHasMoved(t *testing.T) {
	eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
		v.post("/login?id=1")
		m.deploy(after)
		v.is("with the cookie from before", "1")
		wants(t, "data", v.post("/data?key=cart&value=book"), "200 ok")
		v.is("after a save", "1")
		wants(t, "confirm", v.post("/confirm"), "200 ok")
		v.is("after a confirmation", "1")
		wants(t, "data", v.get("/data?key=cart"), "200 book")
	})
}

func TestAnEndedLoginFromBeforeTheMoveDoesNotHideANewOne(t *testing.T) {
	eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
		v.post("/login?id=1")
		m.clock.Advance(3 * time.Hour) // beyond AbsoluteTimeout
		m.deploy(after)
		for range 2 {
			wants(t, "guard", strings.HasPrefix(v.get("/secret"), "302"), true)
			wants(t, "login", v.post("/login?id=1"), "200 /")
			wants(t, "guard", v.get("/secret"), "200 secret")
			v.is("after the login", "1")
			m.clock.Advance(3 * time.Hour)
		}
	})
}

func TestAnEndedLoginFromBeforeTheMoveIsRemovedOnce(t *testing.T) {
	eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
		v.post("/login?id=1")
		m.clock.Advance(3 * time.Hour)
		m.deploy(after)
		v.is("after AbsoluteTimeout", "")
		wants(t, "cookies", len(v.cookies("session")), 0)
	})
}

func TestALogoutEndsALoginFromBeforeTheMove(t *testing.T) {
	for name, way := range map[string]func(v *visitor){
		"at once":                      func(*visitor) {},
		"after a save":                 func(v *visitor) { v.post("/data?key=cart&value=book") },
		"after a message":              func(v *visitor) { v.post("/flash?category=a&message=b") },
		"after a confirmation":         func(v *visitor) { v.post("/confirm") },
		"after a login":                func(v *visitor) { v.post("/login?id=1") },
		"after another user's login":   func(v *visitor) { v.post("/login?id=2") },
		"after two logins":             func(v *visitor) { v.post("/login?id=2"); v.post("/login?id=1") },
		"after a logout and new login": func(v *visitor) { v.post("/logout"); v.post("/login?id=1") },
	} {
		t.Run(name, func(t *testing.T) {
			for _, logout := range []string{"/logout", "/logout?clear=1"} {
				eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
					v.post("/data?key=kept&value=before")
					v.post("/login?id=1")
					m.deploy(after)
					way(v)
					wants(t, "logout", v.post(logout), "200 ok")
					v.is("after the logout", "")
					v.post("/data?key=cart&value=book")
					v.is("after a save", "")
					wants(t, "a second logout", v.post(logout), "200 ok")
					v.is("after a second logout", "")
				})
			}
		})
	}
}

func TestTheUserWhoLogsInAfterTheMoveIsShown(t *testing.T) {
	eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
		v.post("/login?id=1")
		v.post("/data?key=cart&value=adas")
		m.deploy(after)
		wants(t, "login", v.post("/login?id=2"), "200 /")
		v.is("after the login", "2")
		wants(t, "data of the user before", v.get("/data?key=cart"), "200 <nil>")
		// This page never asks who the user is.
		wants(t, "a save by the app", v.post("/data?key=cart&value=bobs"), "200 ok")
		v.is("after a save by the app", "2")
		wants(t, "data", v.get("/data?key=cart"), "200 bobs")
	})
}

func TestAMoveMayBeTakenBack(t *testing.T) {
	for name, keep := range keepings() {
		for _, move := range moves {
			if strings.HasPrefix(name, "cookiestore") && move.before.path != move.after.path {
				continue // saved in the same second of the real clock, they are told apart by their order only
			}
			t.Run(fmt.Sprintf("%s/%v to %v", name, move.before, move.after), func(t *testing.T) {
				m := newMovingSite(t, keep, move.before)
				v := m.visitor()
				v.post("/login?id=1")
				m.deploy(move.after)
				v.post("/login?id=2")
				v.is("after the move", "2")
				m.deploy(move.before)
				v.post("/data?key=cart&value=book")
				v.is("after the way back", "2")
				wants(t, "data", v.get("/data?key=cart"), "200 book")
				v.post("/logout")
				v.is("after the logout", "")
			})
		}
	}
}

func TestAPlantedCookieOfTheSessionsNameChangesNothing(t *testing.T) {
	silence(t) // gin-contrib logs that the cookie is no good
	for name, keep := range keepings() {
		for _, at := range []where{{"shop.test", "/"}, {"shop.test", "/app"}, {"", "/app/"}, {"app.shop.test", "/app"}} {
			t.Run(fmt.Sprintf("%s/%v", name, at), func(t *testing.T) {
				m := newMovingSite(t, keep, where{"", "/"})
				v := m.visitor()
				v.keeps("session", "planted", at)
				v.keeps("remember_token", "planted", at)
				v.is("a stranger", "")
				wants(t, "login", v.post("/login?id=1&remember=1"), "200 /")
				v.is("after the login", "1")
				v.post("/data?key=cart&value=book")
				wants(t, "data", v.get("/data?key=cart"), "200 book")
				v.loses("session")
				v.keeps("session", "planted", at)
				v.is("remembered", "1")
				wants(t, "logout", v.post("/logout?clear=1"), "200 ok")
				v.is("after the logout", "")
				wants(t, "the planted one, which may be another app's", slices.Contains(v.cookies("remember_token"), "planted"), true)
				v.loses("session")
				v.is("after the end of the browser", "")
				wants(t, "log", m.logged(), "")
			})
		}
	}
}

func TestOfSeveralRememberCookiesTheNewestUserComesBack(t *testing.T) {
	eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
		v.post("/login?id=1&remember=1")
		m.deploy(after)
		v.loses("session")
		wants(t, "login", v.post("/login?id=2&remember=1"), "200 /")
		v.loses("session")
		v.is("remembered", "2")
		wants(t, "login", v.post("/login?id=2&remember=1"), "200 /")
		wants(t, "remember cookies", len(v.cookies("remember_token")), 1)
		wants(t, "logout", v.post("/logout"), "200 ok")
		v.is("after the logout", "")
		v.loses("session")
		v.is("after the end of the browser", "")
		wants(t, "remember cookies", len(v.cookies("remember_token")), 0)
	})
}

func TestALogoutDeletesARememberCookieFromBeforeTheMove(t *testing.T) {
	for name, way := range map[string]func(v *visitor){
		"at once":       func(*visitor) {},
		"restored":      func(v *visitor) { v.loses("session"); v.get("/whoami") },
		"after a login": func(v *visitor) { v.post("/login?id=1&remember=1") },
	} {
		t.Run(name, func(t *testing.T) {
			eachMove(t, func(t *testing.T, m *movingSite, v *visitor, after where) {
				v.post("/login?id=1&remember=1")
				m.deploy(after)
				way(v)
				wants(t, "logout", v.post("/logout"), "200 ok")
				v.loses("session")
				v.is("after the end of the browser", "")
			})
		})
	}
}

// The old generation of a rotated cookie would be taken for a stolen one wherever it comes alone.
func TestARotationDeletesTheRememberCookieFromBeforeTheMove(t *testing.T) {
	for _, move := range moves {
		t.Run(fmt.Sprintf("%v to %v", move.before, move.after), func(t *testing.T) {
			m := newMovingSite(t, keepings()["memstore"], move.before)
			m.logins = newShelf()
			m.deploy(move.before)
			v := m.visitor()
			v.post("/login?id=1&remember=1")
			before := v.cookies("remember_token")[0]
			m.deploy(move.after)
			v.loses("session")
			v.is("restored", "1")
			after := v.cookies("remember_token")
			wants(t, "remember cookies", len(after), 1)
			wants(t, "rotated", after[0] != before, true)
			wants(t, "log", m.logged(), "")
		})
	}
}

func TestSeveralCookiesOfOneNameAreWarnedOfOnce(t *testing.T) {
	for name, keep := range keepings() {
		t.Run(name, func(t *testing.T) {
			m := newMovingSite(t, keep, where{"", "/"})
			a, b, both := m.visitor(), m.visitor(), m.visitor()
			a.post("/login?id=1&remember=1")
			m.clock.Advance(time.Minute)
			b.post("/login?id=2&remember=1")
			wants(t, "log where each has one", m.logged(), "")
			for _, cookie := range []string{"session", "remember_token"} {
				both.keeps(cookie, a.cookies(cookie)[0], where{"", "/"})
				both.keeps(cookie, b.cookies(cookie)[0], where{"shop.test", "/"})
			}
			warned := func(what, name, setting string) {
				t.Helper()
				for range 3 {
					both.get("/static")
					both.get("/whoami")
				}
				log := m.logged()
				wants(t, what+": lines", strings.Count(log, "\n"), 1)
				wantsText(t, what, log, "level=WARN", "ginlogin: ", "Domain or Path", "change the name together with Domain or Path", "cookie="+name, "setting="+setting)
			}
			warned("with two sessions", "session", `"the session store's Options"`)
			both.loses("session")
			warned("with two remember cookies", "remember_token", "LoginManager.Remember")
			wants(t, "logout", both.post("/logout"), "200 ok")
			both.is("after the logout", "")
			wants(t, "log", m.logged(), "")
		})
	}
}

// A name of its own is the cure that the warning names.
func TestWithANewNameAMoveNeedsNothing(t *testing.T) {
	m := newMovingSite(t, func(o sessions.Options) gin.HandlerFunc {
		name := "session"
		if o.Domain != "" {
			name = "session2"
		}
		return cookiestore.Sessions(name, cookieStoreWith(o))
	}, where{"", "/"})
	v := m.visitor()
	v.post("/login?id=1")
	m.deploy(where{"shop.test", "/"})
	v.is("after the move", "")
	v.post("/login?id=2")
	v.is("after a login", "2")
	v.post("/logout")
	v.is("after a logout", "")
	wants(t, "log", m.logged(), "")
}

func cookieStoreWith(o sessions.Options) *cookiestore.Store {
	store := cookiestore.NewStore(keyOf("session"))
	store.Options(o)
	return store
}

// Managers share the session: they must not choose different ones.
func TestNestedManagersChooseOneSession(t *testing.T) {
	store := memStore()
	engine := gin.New()
	users := newAccounts()
	outer, inner := ginlogin.New(users.find), ginlogin.New(users.find)
	inner.Name = "staff"
	clock := &testClock{now: time.Now()}
	outer.Now, inner.Now = clock.Now, clock.Now
	outer.Logger, inner.Logger = slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler)
	engine.Use(sessions.Sessions("session", store), outer.Middleware())
	logIn := func(c *gin.Context) { answer200(c, ginlogin.Login(c, users.get(c.Query("id")))) }
	engine.POST("/login", logIn)
	staff := engine.Group("/staff", inner.Middleware())
	staff.POST("/login", logIn)
	staff.GET("/both", func(c *gin.Context) {
		c.String(http.StatusOK, "%q %q", ginlogin.CurrentUser(c, ginlogin.For(outer)).GetID(), ginlogin.CurrentUser(c).GetID())
	})
	value := func(paths ...string) string {
		found := ""
		for _, path := range paths {
			clock.Advance(time.Minute)
			req := httptest.NewRequest("POST", path, nil)
			req.Header.Set("Cookie", "session="+found)
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, req)
			for _, c := range w.Result().Cookies() {
				found = c.Value
			}
		}
		return found
	}
	first, second := value("/login?id=1", "/staff/login?id=2"), value("/login?id=2")
	third := value("/staff/login?id=1")
	for _, row := range []struct {
		name    string
		cookies []string
		want    string
	}{
		{"the first alone", []string{first}, `"1" "2"`},
		{"the outer manager's login is newer", []string{first, second}, `"2" ""`},
		{"the inner manager's login is newer", []string{first, second, third}, `"" "1"`},
	} {
		for _, cookies := range [][]string{row.cookies, reversed(row.cookies)} {
			req := httptest.NewRequest("GET", "/staff/both", nil)
			req.Header.Set("Cookie", "session="+strings.Join(cookies, "; session="))
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, req)
			wants(t, row.name, w.Body.String(), row.want)
		}
	}
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// Two good cookies are this app's leftovers, so that all that could be there are deleted.
// One beside a bad one may be the cookie of another app in another folder.
func TestABadRememberCookieBesideTwoGoodOnesKeepsNoneAlive(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/area/logout", ginlogin.LogoutTo("/"))
	var good []string
	for range 2 {
		b := s.browser()
		b.post("/login?id=1&remember=1")
		good = append(good, "remember_token="+b.cookie("remember_token"))
		s.clock.Advance(time.Minute)
	}
	deletions := func(cookies ...string) int {
		rep := s.browser().do("POST", "/area/logout", "Cookie", strings.Join(cookies, "; "))
		return strings.Count(strings.Join(rep.Header["Set-Cookie"], "\n"), "remember_token=;")
	}
	all, some := deletions(good...), deletions(good[0], "remember_token=bad")
	wants(t, "one beside a bad one: fewer", some < all, true)
	wants(t, "two beside a bad one", deletions(append(good, "remember_token=bad")...), all)
}
