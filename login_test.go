package ginlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

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
