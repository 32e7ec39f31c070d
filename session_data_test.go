package ginlogin_test

import (
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
)

// onEachSession plays on a site with sessions of each kind.
func onEachSession(t *testing.T, change func(*site), play func(t *testing.T, s *site)) {
	t.Helper()
	for name, session := range map[string]gin.HandlerFunc{
		"in a cookie":      sessions.Sessions("session", cookieStore()),
		"on the server":    sessions.Sessions("session", memStore()),
		"not gorilla's":    cookiestore.Sessions("session", cookiestore.NewStore(keyOf("session"))),
		"of cookiestore's": sessions.Sessions("session", cookiestore.NewStore(keyOf("session"))),
	} {
		t.Run(name, func(t *testing.T) {
			s := siteBehind(t, session, func(s *site) { loadWith(s, s.users.find); change(s) }, nil)
			play(t, s)
		})
	}
}

// A login ends without a logout, a page notices that, and somebody else logs in at the
// same browser.
func TestTheDataOfALoginThatHasEndedIsNotAnotherUsers(t *testing.T) {
	settings := func(s *site) {
		s.lm.AbsoluteTimeout, s.lm.SessionProtection = time.Hour, ginlogin.ProtectStrong
		s.users.rows["4"] = &account{ID: "4"}
	}
	for name, ends := range map[string]func(s *site, b *browser){
		"by a timeout":                   func(s *site, _ *browser) { s.clock.Advance(time.Hour) },
		"because the user is gone":       func(s *site, _ *browser) { s.clock.Advance(time.Minute); s.users.drop("2") },
		"by session protection":          func(_ *site, b *browser) { b.agent = "another browser" },
		"by a page that asks in between": func(s *site, b *browser) { s.clock.Advance(time.Hour); b.get("/whoami"); b.get("/home") },
	} {
		t.Run(name, func(t *testing.T) {
			onEachSession(t, settings, func(t *testing.T, s *site) {
				for _, next := range []struct{ path, data string }{
					{"/login?id=2", "200 book"}, {"/login?id=1", "200 <nil>"}, {"/login?id=1&remember=1", "200 <nil>"},
				} {
					s.users.rows["2"] = &account{ID: "2"}
					b := s.browser()
					b.post("/login?id=2")
					b.post("/data?key=cart&value=book")
					ends(s, b)
					wants(t, "ended", b.get("/whoami"), "200 user ")
					wants(t, "a stranger's data", b.get("/data?key=cart"), "200 book")
					s.users.rows["2"] = &account{ID: "2"}
					wants(t, "login", b.post(next.path), "200 /")
					wants(t, next.path, b.get("/data?key=cart"), next.data)
					wants(t, "whose data it was", b.get("/data?key=_login_owner"), "200 <nil>")
				}
			})
		})
	}
}

func TestARestoreAfterALoginOfAnotherUserHasEndedClearsTheData(t *testing.T) {
	onEachSession(t, func(s *site) { s.lm.AbsoluteTimeout = time.Hour }, func(t *testing.T, s *site) {
		b, other := s.browser(), s.browser()
		b.post("/login?id=2")
		b.post("/data?key=cart&value=book")
		s.clock.Advance(time.Hour)
		b.get("/whoami")
		other.post("/login?id=1&remember=1")
		b.put("remember_token", other.cookie("remember_token"))
		wants(t, "restored", b.get("/whoami"), "200 user 1")
		wants(t, "data", b.get("/data?key=cart"), "200 <nil>")
	})
}

func TestASessionWithoutDataIsDeletedWhenItsLoginEnds(t *testing.T) {
	onEachSession(t, func(s *site) { s.lm.AbsoluteTimeout = time.Hour }, func(t *testing.T, s *site) {
		b := s.browser()
		b.post("/login?id=2")
		s.clock.Advance(time.Hour)
		b.get("/whoami")
		wants(t, "the session's cookie", b.cookie("session"), "")
	})
}

func TestTheSecondStepOfAnotherUserClearsTheData(t *testing.T) {
	c := newClub(t, cookieStore, func(lm *ginlogin.LoginManager) { lm.AbsoluteTimeout = time.Hour })
	b := c.login("ada")
	b.post("/data?cart=book")
	c.clock.Advance(time.Hour)
	b.get("/who")
	b.post("/login?id=bob")
	wants(t, "second step", b.post("/code?id=bob"), "200 ok")
	wants(t, "data", b.get("/data"), "200 <nil>")
}
