package ginlogin_test

import (
	"errors"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

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
