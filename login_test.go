package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
	for _, id := range []string{`a|b;c,d"e`, "Ünïcødé-用户-🙂", ".", "a b\x00\r\n"} {
		s := newSite(t, cookieStore(), nil)
		s.users.rows[id] = &account{ID: id, Name: "Odd"}
		s.engine.POST("/odd", func(c *gin.Context) { answer200(c, ginlogin.Login(c, s.users.get(id), ginlogin.Remember(true))) })
		b := s.browser()
		wants(t, "login", b.post("/odd"), "200 ok")
		wants(t, "user", b.get("/whoami"), "200 user "+id)
		wants(t, "remembered user", b.restore(), "200 user "+id)
	}
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
			s := newSite(t, memStore(), nil)
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
			wants(t, "data under the old ID", attacker.get("/data?key=cart"), "200 <nil>")
		})
	}
}

func TestTheOldSessionIDIsDeadAfterLogin(t *testing.T) {
	for name, change := range map[string]string{"a login": "/login?id=1", "a confirmation": "/confirm", "LogoutOthers": "/others"} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, memStore(), func(s *site) { s.lm.Logins = newShelf() })
			s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
			b := s.browser()
			b.post("/login?id=1")
			b.post("/data?key=cart&value=book")
			thief := b.copyOf("session")
			wants(t, "the thief before", thief.get("/whoami"), "200 user 1")
			wants(t, "the change", b.do("POST", change).StatusCode, http.StatusOK)
			wants(t, "the user", b.get("/vault"), "200 vault")
			wants(t, "the user's data", b.get("/data?key=cart"), "200 book")
			wants(t, "the thief after", thief.get("/whoami"), "200 user ")
			wants(t, "the thief's data", thief.get("/data?key=cart"), "200 <nil>")
		})
	}
}

func TestTheLoginOfAMissingUserIsNotLeftUnderTheOldID(t *testing.T) {
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

func TestOneResponseSetsACookieOnce(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	both := func(c *gin.Context, what ...func() error) {
		for _, do := range what {
			if err := do(); err != nil {
				c.String(http.StatusInternalServerError, err.Error())
				return
			}
		}
		c.String(http.StatusOK, "ok")
	}
	login := func(c *gin.Context, id string, opts ...ginlogin.LoginOption) func() error {
		return func() error { return ginlogin.Login(c, s.users.get(id), opts...) }
	}
	logout := func(c *gin.Context) func() error { return func() error { return ginlogin.Logout(c) } }
	save := func(c *gin.Context) func() error {
		return func() error {
			session := sessions.Default(c)
			session.Set("k", "v")
			return session.Save()
		}
	}
	s.engine.POST("/twice", func(c *gin.Context) {
		both(c, login(c, "1", ginlogin.Remember(true)), login(c, "2", ginlogin.Remember(true)))
	})
	s.engine.POST("/in-and-out", func(c *gin.Context) { both(c, login(c, "1", ginlogin.Remember(true)), logout(c)) })
	s.engine.POST("/out-and-in", func(c *gin.Context) { both(c, logout(c), login(c, "2", ginlogin.Remember(true))) })
	s.engine.POST("/all", func(c *gin.Context) {
		both(c, login(c, "1", ginlogin.Remember(true)), func() error { return ginlogin.AddFlash(c, "info", "one") }, func() error { return confirm(c) })
	})
	s.engine.POST("/save-first", func(c *gin.Context) { both(c, save(c), login(c, "1")) })
	s.engine.POST("/neighbours", func(c *gin.Context) {
		for _, name := range []string{"session2", "my_session", "remember_token2", "my_remember_token", "other"} {
			http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: "session=remember_token="})
		}
		both(c, login(c, "1", ginlogin.Remember(true)), login(c, "2", ginlogin.Remember(true)))
	})
	cookies := func(rep reply) string {
		var names []string
		for _, cookie := range rep.Cookies() {
			name := cookie.Name
			if cookie.MaxAge < 0 {
				name = "-" + name
			}
			names = append(names, name)
		}
		return strings.Join(names, " ")
	}

	for _, row := range []struct{ name, before, path, want, user, remembered, data string }{
		{"two logins: the second counts", "", "/twice", "session remember_token", "2", "2", "<nil>"},
		{"login and logout: no login is left", "", "/in-and-out", "-session", "", "", "<nil>"},
		{"login and logout of who was remembered", "/login?id=1&remember=1", "/in-and-out", "-session -remember_token", "", "", "<nil>"},
		{"logout and login: the new one is logged in", "/login?id=1&remember=1", "/out-and-in", "session remember_token", "2", "2", "<nil>"},
		{"login, flash and confirmation", "", "/all", "remember_token session", "1", "1", "<nil>"},
		{"the app's save before a login is in it", "", "/save-first", "session", "1", "", "v"},
		{"neighbours stay as they are", "", "/neighbours", "session2 my_session remember_token2 my_remember_token other session remember_token", "2", "2", "<nil>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.browser()
			if row.before != "" {
				b.post(row.before)
			}
			rep := b.do("POST", row.path)
			wants(t, "answer", rep.body, "ok")
			wants(t, "cookies", cookies(rep), row.want)
			wants(t, "user", b.get("/whoami"), "200 user "+row.user)
			wants(t, "data", b.get("/data?key=k"), "200 "+row.data)
			b.put("session", "")
			wants(t, "remembered", b.get("/whoami"), "200 user "+row.remembered)
		})
	}
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
			s := newSite(t, memStore(), nil)
			s.shows("/both", func(c *gin.Context) any { return order(c, s.users.get("1")) })
			b := s.browser()
			b.post("/data?key=colour&value=blue")
			wants(t, "answer", b.post("/both"), "200 <nil>")
			wants(t, "user", b.get("/whoami"), "200 user 1")
			wants(t, "new data", b.get("/data?key=cart"), "200 book")
			wants(t, "old data", b.get("/data?key=colour"), "200 blue")
		})
	}
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
			s := newSite(t, cookieStore(), nil)
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

// Otherwise user 1 would read what user 2, whose login has ended, has left in the session.
func TestARestoreAsAnotherUserClearsTheData(t *testing.T) {
	for _, row := range []struct{ name, first, want string }{
		{"of another user, whose login has ended", "/login?id=2", "200 <nil>"},
		{"of the same user", "/login?id=1", "200 book"},
		{"of a visitor", "", "200 book"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, cookieStore(), func(s *site) { s.lm.IdleTimeout = time.Hour })
			b, other := s.browser(), s.browser()
			other.post("/login?id=1&remember=1")
			if row.first != "" {
				b.post(row.first)
			}
			b.post("/data?key=cart&value=book")
			b.post("/data?key=_login.staff&value=theirs")
			b.put("remember_token", other.cookie("remember_token"))
			s.clock.Advance(time.Hour)
			wants(t, "restored", b.get("/whoami"), "200 user 1")
			wants(t, "data", b.get("/data?key=cart"), row.want)
			wants(t, "the record of another manager", b.get("/data?key=_login.staff"), "200 theirs")
		})
	}
}

func TestLogoutKeepsTheOtherSessionData(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
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
}

func TestASessionWithNothingLeftIsDeletedWithItsCookie(t *testing.T) {
	for _, path := range []string{"/logout", "/logout?clear=1"} {
		s := newSite(t, cookieStore(), nil)
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
}

func TestACopyOfTheSessionCookieIsDeadAfterLogout(t *testing.T) {
	for _, path := range []string{"/logout", "/logout?clear=1"} {
		s := newSite(t, memStore(), nil)
		b := s.browser()
		b.post("/login?id=1")
		thief := b.copyOf("session")
		wants(t, path+": the thief before", thief.get("/whoami"), "200 user 1")
		wants(t, path, b.post(path), "200 ok")
		wants(t, path+": the thief after", thief.get("/whoami"), "200 user ")
		wants(t, path+": the record", thief.get("/data?key=_login"), "200 <nil>")
	}
}

func TestALoginAndALogoutInOneRequestLeaveNothing(t *testing.T) {
	for name, before := range map[string]string{
		"by a new visitor":       "",
		"by a remembered user":   "/login?id=1&remember=1",
		"by another user before": "/login?id=2&remember=1",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, cookieStore(), nil)
			s.shows("/both", func(c *gin.Context) any {
				err := errors.Join(ginlogin.Login(c, s.users.get("1"), ginlogin.Remember(true)), ginlogin.Logout(c))
				wants(t, "remembered in the request", ginlogin.LoginRemembered(c), false)
				wants(t, "user of the request", ginlogin.CurrentUser(c).IsAnonymous(), true)
				return err
			})
			b := s.browser()
			if before != "" {
				b.post(before)
			}
			rep := b.do("POST", "/both")
			wants(t, "answer", rep.body, "<nil>")
			if set := b.setCookie(rep, "remember_token"); set != nil && !isDeletion(set) {
				t.Errorf("the remember cookie is set: %v", set)
			}
			wants(t, "remember cookie in the browser", b.cookie("remember_token"), "")
			wants(t, "session cookie in the browser", b.cookie("session"), "")
			wants(t, "user", b.get("/whoami"), "200 user ")
		})
	}
}

func TestLogoutDeletesTheRememberCookieThoughTheAppClearsTheSession(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	s.engine.POST("/bye", func(c *gin.Context) {
		err := ginlogin.Logout(c)
		sessions.Default(c).Clear()
		answer200(c, errors.Join(err, sessions.Default(c).Save()))
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/data?key=cart&value=book")
	wants(t, "logout", b.post("/bye"), "200 ok")
	wants(t, "user", b.get("/whoami"), "200 user ")
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

func TestLoginRefusesUsersWhoCannotBeLoggedIn(t *testing.T) {
	s := newSite(t, memStore(), nil)
	var none *account
	for _, tc := range []struct {
		name string
		user ginlogin.User
		opts []ginlogin.LoginOption
		want string
	}{
		{"nil", nil, nil, "ginlogin: Login: the user is nil: call it only for a user that was found"},
		{"a nil pointer", none, nil, "ginlogin: Login: the user is nil: call it only for a user that was found"},
		{"a user without ID", &account{Name: "New"}, nil, "ginlogin: Login: GetID of the *ginlogin_test.account is empty: it has to return the ID of a saved user"},
		{"the anonymous user", ginlogin.AnonymousUser{}, nil, "ginlogin: Login: GetID of the ginlogin.AnonymousUser is empty: it has to return the ID of a saved user"},
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

func TestALogoutWithoutALoginChangesNothing(t *testing.T) {
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
		wants(t, "events", s.told(), "user_accessed")
	}
	b.post("/data?key=cart&value=book")
	wants(t, "logout", b.post("/logout"), "200 ok")
	wants(t, "keeps the visitor's data", b.get("/data?key=cart"), "200 book")
	wants(t, "events", s.told(), "user_accessed")
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
	for name, header := range map[string][]string{"no login": nil, "the user of a request": {"Token", "1"}} {
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
			s := newSite(t, cookieStore(), nil)
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
			t.Error("after ConfirmLogin a user that could not be loaded passes for none")
		}
		return fmt.Sprintf("outage=%v confirmed=%v", errors.Is(before, errStoreDown), err == nil)
	})
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	s.users.fail(errStoreDown)
	wants(t, "answer", b.post("/both"), "200 outage=true confirmed=true")
}

func TestOnlyCredentialsOfTheUserConfirmALogin(t *testing.T) {
	s := newSite(t, cookieStore(), nil)
	for path, u := range map[string]ginlogin.User{
		"/confirm/nil": nil, "/confirm/nil-pointer": (*account)(nil), "/confirm/zero": &account{},
		"/confirm/mallory": &account{ID: "2"}, "/confirm/ada": &account{ID: "1"},
	} {
		s.engine.POST(path, func(c *gin.Context) {
			err := ginlogin.ConfirmLogin(c, u)
			c.String(http.StatusOK, "%v", errors.Is(err, ginlogin.ErrNotAuthenticated))
		})
	}
	stranger := s.browser()
	wants(t, "nobody's login", stranger.post("/confirm/zero"), "200 true")
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	for _, who := range []string{"nil", "nil-pointer", "zero", "mallory"} {
		wants(t, who, b.post("/confirm/"+who), "200 true")
		wants(t, who+": fresh", b.get("/fresh"), "200 false")
	}
	wants(t, "ada", b.post("/confirm/ada"), "200 false")
	wants(t, "fresh", b.get("/fresh"), "200 true")
}
