package ginlogin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
