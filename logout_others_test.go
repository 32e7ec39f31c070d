package ginlogin_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
)

func TestLogoutOthersEndsTheCopiesOfThisLogin(t *testing.T) {
	for name, use := range map[string]struct {
		store    sessions.Store
		remember string
	}{
		"sessions in cookies":            {cookieStore(), "&remember=1"},
		"sessions on the server":         {memStore(), "&remember=1"},
		"a login that is not remembered": {cookieStore(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := newShelf()
			s := newSite(t, use.store, func(s *site) { s.lm.Logins = store })
			s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
			victim, other := s.browser(), s.browser()
			victim.post("/login?id=1" + use.remember)
			other.post("/login?id=1")
			session, remember := victim.copyOf("session"), victim.copyOf("remember_token")
			before := victim.cookie("remember_token")
			s.clock.Advance(time.Hour)
			wants(t, "call", victim.post("/others"), "200 ok")
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

func TestALoginThatWasEndedCanChangeNothing(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.engine.POST("/others/unloaded", func(c *gin.Context) { answer200(c, ginlogin.LogoutOthers(c, &account{ID: "1"})) })
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	b.post("/logout")
	for _, path := range []string{"/others/unloaded", "/others", "/everywhere"} {
		wantsText(t, path, thief.post(path), ginlogin.ErrNotAuthenticated.Error())
	}
	wants(t, "rows", store.count(), 0)
}

// The copies stay cut off, and with them this session. An attacker who can make a
// save fail must not keep a copy alive by it.
func TestLogoutOthersThatCannotSaveTheSessionEndsAllLogins(t *testing.T) {
	store, sessions := newShelf(), &faultyStore{Store: cookieStore()}
	s := newSite(t, sessions, func(s *site) { s.lm.Logins = store })
	s.engine.POST("/others", func(c *gin.Context) { answer200(c, others(c)) })
	b, other := s.browser(), s.browser()
	b.post("/login?id=1")
	other.post("/login?id=1")
	sessions.failSaves(errStoreDown)
	wantsText(t, "error", b.post("/others"), errStoreDown.Error())
	sessions.failSaves(nil)
	wants(t, "rows", store.count(), 1)
	wants(t, "this one", b.get("/whoami"), "200 user ")
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

func TestTwoChangesInOneRequestKeepTheRememberCookie(t *testing.T) {
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
		t.Errorf("LogoutOthers twice: restored: %s", got)
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
		t.Errorf("neither is logged in: %s, %s", one, two)
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

// A thief with a stale copy could otherwise throw the user out and stay.
func TestAStaleLoginEndsNoOthers(t *testing.T) {
	for name, grow := range map[string]func(s *site, b *browser){
		"not fresh from the start": func(_ *site, b *browser) { b.post("/login?id=1&fresh=0") },
		"restored": func(s *site, b *browser) {
			b.post("/login?id=1&remember=1")
			s.clock.Advance(time.Hour)
			b.restore()
		},
		"not restored yet": func(s *site, b *browser) {
			b.post("/login?id=1&remember=1")
			s.clock.Advance(time.Hour)
			b.put("session", "")
		},
		"of another client": func(_ *site, b *browser) { b.post("/login?id=1"); b.agent = "thief" },
		"grown old":         func(s *site, b *browser) { b.post("/login?id=1"); s.clock.Advance(2 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newStoredSite(t, func(s *site) { s.lm.FreshFor = 2 * time.Hour })
			other, b := s.browser(), s.browser()
			other.post("/login?id=1")
			others := store.only(t)
			grow(s, b)
			for _, path := range []string{"/others", "/end?id=" + others.ID} {
				wants(t, path, b.post(path), "400 "+ginlogin.ErrNotFresh.Error())
				wants(t, "the other login", other.get("/whoami"), "200 user 1")
				wants(t, "rows", store.count(), 2)
				wants(t, "generation of the other login", store.rows[others.ID].Generation, 0)
			}
			wants(t, "this login", b.get("/whoami"), "200 user 1")
			wants(t, "confirm", b.post("/confirm"), "200 ok")
			wants(t, "end", b.post("/end?id="+others.ID), "200 ok")
			wants(t, "the other login", other.get("/whoami"), "200 user ")
			wants(t, "others", b.post("/others"), "200 ok")
			wants(t, "this login", b.get("/whoami"), "200 user 1")
		})
	}
}

func TestAStaleLoginMayEndItself(t *testing.T) {
	s, store := newStoredSite(t, nil)
	s.engine.POST("/end/this", func(c *gin.Context) { answer200(c, ginlogin.EndLogin(c, ginlogin.LoginID(c))) })
	b := s.browser()
	b.post("/login?id=1&fresh=0")
	wants(t, "end", b.post("/end/this"), "200 ok")
	wants(t, "rows", store.count(), 0)
}

// The user has ended the cookies of before, so one that comes back is no theft. But it
// may be an attempt, and the audit log names user and login.
func TestCookiesFromBeforeLogoutOthersRaiseNoAlarm(t *testing.T) {
	s, store := newStoredSite(t, func(s *site) {
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	session, remember, both := b.copyOf("session"), b.copyOf("remember_token"), b.copyOf("session", "remember_token")
	wants(t, "others", b.post("/others"), "200 ok")
	id := store.only(t).ID
	for _, row := range []struct {
		name, level string
		old         *browser
	}{
		{"the session", "DEBUG", session},
		{"the remember cookie", "WARN", remember},
		{"both", "WARN", both},
	} {
		for _, later := range []time.Duration{0, time.Hour} {
			s.clock.Advance(later)
			s.told()
			s.logged()
			wants(t, row.name, row.old.copyOf("session", "remember_token").get("/whoami"), "200 user ")
			wants(t, row.name+": events", s.told(), "user_accessed")
			wantsText(t, row.name+": log", s.logged(), "level="+row.level+" msg=login_ended user=1 login="+id)
			wants(t, row.name+": rows", store.count(), 1)
		}
	}
	wants(t, "the user", b.get("/whoami"), "200 user 1")
	wants(t, "the user, restored", b.restore(), "200 user 1")
}

// A row that is rotated without an answer that tells of it looks like a lost answer,
// and a few of them like a theft.
func TestAChangeThatIsRefusedDoesNotRotateTheRememberCookie(t *testing.T) {
	store := newShelf()
	s, one := newMemberSite(t, func(s *site) { s.lm.Logins = store })
	s.engine.POST("/others", func(c *gin.Context) {
		answer200(c, ginlogin.LogoutOthers(c, &insured{account: account{ID: "m"}, password: "first"}))
	})
	s.engine.POST("/reauthenticate", func(c *gin.Context) {
		answer200(c, ginlogin.ConfirmLogin(c, &insured{account: account{ID: "m"}, password: "second"}))
	})
	b := s.browser()
	b.post("/join")
	b.put("session", "")
	for range 4 {
		for path, want := range map[string]error{"/others": ginlogin.ErrNotFresh, "/reauthenticate": ginlogin.ErrNotAuthenticated} {
			s.clock.Advance(time.Hour)
			wants(t, path, b.post(path), "400 "+want.Error())
			wants(t, "generation", store.only(t).Generation, 0)
		}
	}
	wants(t, "password", one.password, "first")
	wants(t, "restored", b.restore(), "200 user m")
}

// A login without Remember leaves the remember cookie of the login before, whose row
// LogoutOthers deletes.
func TestLogoutOthersSendsNoRememberCookieOfAnotherLogin(t *testing.T) {
	s, store := newStoredSite(t, nil)
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.post("/login?id=1")
	wants(t, "rows before", store.count(), 2)
	rep := b.do("POST", "/others")
	wants(t, "answer", rep.body, "ok")
	wants(t, "a remember cookie is sent", b.setCookie(rep, "remember_token") != nil, false)
	wants(t, "rows", store.count(), 1)
	wants(t, "this login", b.get("/vault"), "200 vault")
	wants(t, "the cookie alone", b.copyOf("remember_token").get("/whoami"), "200 user ")
	wants(t, "this login still", b.get("/whoami"), "200 user 1")
}
