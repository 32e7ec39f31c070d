package ginlogin_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// newAuditedSite is a site with an audit log, which it returns a reader of.
func newAuditedSite(t *testing.T, change func(*site)) (*site, func() string) {
	t.Helper()
	s, _ := newStoredSite(t, func(s *site) {
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
		change(s)
	})
	return s, func() string {
		var lines []string
		for line := range strings.Lines(s.logged()) {
			var words []string
			for word := range strings.FieldsSeq(line) {
				name, _, _ := strings.Cut(word, "=")
				if name == "login" || name == "time" {
					continue
				}
				words = append(words, word)
			}
			lines = append(lines, strings.Join(words, " "))
		}
		return strings.Join(lines, "\n")
	}
}

func TestTheAuditLogTellsWhoWhereAndWhy(t *testing.T) {
	s, read := newAuditedSite(t, func(s *site) { s.lm.IdleTimeout = time.Hour })
	b := s.browser()
	for _, step := range []struct{ what, want string }{
		{"/secret", `level=INFO msg=user_unauthorized address=127.0.0.1 reason="login required"`},
		{"/login?id=1&remember=1", `level=INFO msg=user_logged_in user=1 address=127.0.0.1`},
		{"/confirm", `level=INFO msg=user_login_confirmed user=1 address=127.0.0.1`},
		{"/logout", `level=INFO msg=user_logged_out user=1 address=127.0.0.1`},
	} {
		b.post(step.what)
		wants(t, step.what, read(), step.want)
	}
	b.post("/login?id=1")
	s.clock.Advance(time.Hour)
	read()
	b.get("/whoami")
	wants(t, "idle", read(), `level=INFO msg=login_ended user=1 address=127.0.0.1 reason="idle timeout"`)
}

func TestTheAuditLogWarnsOfAttacks(t *testing.T) {
	s, read := newAuditedSite(t, func(*site) {})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	thief := b.copyOf("session", "remember_token")
	thief.agent = "thief"
	s.clock.Advance(10 * time.Second)
	read()
	thief.get("/whoami")
	wants(t, "another client", read(), `level=WARN msg=session_protected user=1 address=127.0.0.1`)
	for range 2 {
		s.clock.Advance(time.Hour)
		b.restore()
	}
	s.clock.Advance(time.Hour)
	read()
	thief.restore()
	wants(t, "a stolen remember cookie", read(), `level=INFO msg=login_ended user=1 address=127.0.0.1 reason="an old remember cookie was presented again"`+"\n"+
		`level=WARN msg=remember_token_stolen user=1 address=127.0.0.1 reason="an old remember cookie was presented again"`)
}

func TestTheAuditLogTellsWhoEndedALogin(t *testing.T) {
	s, read := newAuditedSite(t, func(*site) {})
	here, there := s.browser(), s.browser()
	here.post("/login?id=1")
	own := loginIDs(t, s)
	there.post("/login?id=1")
	read()
	for id := range loginIDs(t, s) {
		if !own[id] {
			here.post("/end?id=" + id)
		}
	}
	wants(t, "end", read(), `level=INFO msg=login_ended user=1 address=127.0.0.1 reason="by the user, from another device"`)
	here.post("/others")
	wants(t, "others", read(), `level=INFO msg=logins_ended user=1 address=127.0.0.1 reason="by the user, all but this one"`)
	if err := s.lm.EndLogins(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, "by the site", read(), `level=INFO msg=login_ended user=1 reason="by the site, with all others"`+"\n"+
		`level=INFO msg=logins_ended user=1 reason="by the site"`)
}

// Who reads the log has to find the end of each login by its ID.
func TestEachLoginThatEndsWithOthersHasItsLineInTheAuditLog(t *testing.T) {
	for name, end := range map[string]func(s *site, b *browser) error{
		"LogoutOthers":     func(_ *site, b *browser) error { b.post("/others"); return nil },
		"LogoutEverywhere": func(_ *site, b *browser) error { b.post("/everywhere"); return nil },
		"EndLogins":        func(s *site, _ *browser) error { return s.lm.EndLogins(context.Background(), "1") },
		"a theft": func(s *site, b *browser) error {
			thief := b.copyOf("remember_token")
			for range 2 {
				s.clock.Advance(time.Hour)
				b.restore()
			}
			s.clock.Advance(time.Hour)
			thief.restore()
			return nil
		},
		"the list fails": func(s *site, b *browser) error {
			s.lm.Logins.(*shelf).failOnly("list", errStoreDown)
			b.post("/others")
			s.lm.Logins.(*shelf).fail(nil)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newAuditedSite(t, func(*site) {})
			other, b := s.browser(), s.browser()
			other.post("/login?id=1&remember=1")
			others := loginIDs(t, s)
			b.post("/login?id=1&remember=1")
			s.browser().post("/login?id=2")
			s.logged()
			noError(t, end(s, b))
			wants(t, "the other login", other.get("/whoami"), "200 user ")
			for id := range others {
				wants(t, "lines of the other login", strings.Count(s.logged(), "msg=login_ended user=1 login="+id+" "), map[bool]int{true: 0, false: 1}[name == "the list fails"])
			}
			rows, err := s.lm.Logins.ListLogins(t.Context(), "2", 10)
			wants(t, "logins of another user", len(rows), 1)
			noError(t, err)
		})
	}
}

func TestALoginEndsOnceInTheAuditLog(t *testing.T) {
	s, one := newMemberSite(t, func(s *site) { s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil)) })
	b := s.browser()
	b.post("/join")
	b.get("/whoami") // a login that never lasted would be warned of
	one.password = "second"
	s.clock.Advance(10 * time.Second)
	s.logged()
	b.get("/whoami")
	text := s.logged()
	wants(t, "lines for a session and its remember cookie", strings.Count(text, "\n"), 1)
	wantsText(t, "log", text, `msg=login_ended user=m login=`, `reason="credentials changed"`)
	b.get("/whoami")
	wants(t, "logged of the next request", s.logged(), "")
}

// loginIDs returns the IDs of the logins of user 1.
func loginIDs(t *testing.T, s *site) map[string]bool {
	t.Helper()
	rows, err := s.lm.Logins.ListLogins(t.Context(), "1", 100)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, row := range rows {
		ids[row.ID] = true
	}
	return ids
}

func TestTheAuditLogHasNoSecrets(t *testing.T) {
	s, _ := newAuditedSite(t, func(s *site) {
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b := s.browser()
	b.post("/login?id=1&remember=1")
	b.get("/secret")
	b.restore()
	text := s.logged()
	wants(t, "tells of accesses", strings.Contains(text, "user_accessed"), true)
	for _, name := range []string{"session", "remember_token"} {
		if value := b.cookie(name); value == "" || strings.Contains(text, value) {
			t.Errorf("the log has the cookie %s", name)
		}
	}
}

func TestTheAuditLogNamesTheLoginThatHasEnded(t *testing.T) {
	s, read := newAuditedSite(t, func(s *site) { s.lm.SessionProtection = ginlogin.ProtectStrong })
	b := s.browser()
	b.post("/login?id=1")
	thief := b.copyOf("session")
	thief.agent = "thief"
	s.clock.Advance(10 * time.Second)
	read()
	thief.get("/whoami")
	wants(t, "strong protection", read(), `level=WARN msg=session_protected user=1 address=127.0.0.1`)
	b.post("/login?id=1")
	s.logged()
	b.post("/logout")
	wantsText(t, "logout", s.logged(), "msg=user_logged_out user=1 login=")
}

func TestTheAuditLogTellsOfAClientThatChangedBeforeItConfirmed(t *testing.T) {
	s, read := newAuditedSite(t, func(*site) {})
	b := s.browser()
	b.post("/login?id=1")
	b.agent = "another"
	read()
	b.post("/confirm")
	wantsText(t, "log", read(), "level=WARN msg=session_protected user=1")
}

func TestALogoutThatCannotSaveTheSessionIsAudited(t *testing.T) {
	sessions := &faultyStore{Store: cookieStore()}
	s := newSite(t, sessions, func(s *site) {
		s.lm.Logins = newShelf()
		s.lm.AuditLog = slog.New(slog.NewTextHandler(syncWriter{s}, nil))
	})
	b := s.browser()
	b.post("/login?id=1")
	sessions.failSaves(errStoreDown)
	s.logged()
	b.post("/logout")
	wantsText(t, "log", s.logged(), "msg=login_ended user=1", "by a logout that could not save the session")
	sessions.failSaves(nil)
	wants(t, "the login has ended", b.get("/whoami"), "200 user ")
}
