package storetest

import (
	"testing"

	"github.com/ginlogin/ginlogin/storetest/internal/site"
)

func TestLoginGivesANewSessionID(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		old := b.session()
		site.Wants(t, "login", b.does("login 1"), "")
		site.Wants(t, "other data is kept", b.does("who", "get cart"), "user 1, cart=book")
		s.wantsSessions(1, 1)
		site.Wants(t, "the old cookie", s.copyOf(old).does("who", "get cart"), oldState(k, "user , cart=book"))
	})
}

func TestConfirmLoginGivesANewSessionID(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-stale 1")
		b.does("set cart=book")
		old := b.session()
		site.Wants(t, "confirm", b.does("confirm"), "")
		site.Wants(t, "other data is kept", b.does("who", "fresh", "get cart"), "user 1, fresh true, cart=book")
		s.wantsSessions(1, 1)
		site.Wants(t, "the old cookie", s.copyOf(old).does("who", "get cart"), oldState(k, "user 1, cart=book"))
	})
}

// oldState is what an old cookie still shows: nothing, or itself.
func oldState(k kind, itself string) string {
	if k.rotation == inCookie {
		return itself
	}
	return "user , cart=<nil>"
}

// An attacker makes the victim's browser use his session, by a subdomain of
// his or a minute at the keyboard, and waits for it to be logged in.
func TestAPlantedSessionDoesNotBecomeTheUsers(t *testing.T) {
	remembered := func(s *storeSite) *browser {
		b := s.browser()
		b.does("login-remember 1")
		return b
	}
	for _, attack := range []struct {
		name    string
		victim  func(*storeSite) *browser // has a session of his own before, if not nil
		request []string                  // what one request of the victim does
		user    string                    // who is logged in after it
	}{
		{"login", nil, []string{"login 1"}, "user 1"},
		{"login and a save", nil, []string{"login 1", "set a=1"}, "user 1"},
		{"save and login", nil, []string{"set a=1", "login 1"}, "user 1"},
		{"login and a flash", nil, []string{"login 1", "flash Welcome"}, "user 1"},
		{"login, flash and save", nil, []string{"login 1", "flash Welcome", "set a=1"}, "user 1"},
		{"login and its confirmation", nil, []string{"login 1", "confirm"}, "user 1"},
		{"two logins", nil, []string{"login 1", "login 2"}, "user 2"},
		{"login and logout", nil, []string{"login 1", "logout"}, "user "},
		{"login, logout, login", nil, []string{"login 1", "clear", "login 2"}, "user 2"},
		{"restored", remembered, []string{"who"}, "user 1"},
		{"restored and a save", remembered, []string{"who", "set a=1"}, "user 1"},
		{"restored and a flash", remembered, []string{"who", "flash Welcome"}, "user 1"},
		{"restored and read flashes", remembered, []string{"flash Welcome", "who", "flashes"}, "user 1"},
		{"restored and confirmed", remembered, []string{"who", "confirm"}, "user 1"},
		{"restored by the confirmation", remembered, []string{"confirm"}, "user 1"},
		{"restored and logged in", remembered, []string{"who", "login 2"}, "user 2"},
		{"restored and logged out", remembered, []string{"who", "logout"}, "user "},
	} {
		t.Run(attack.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, k kind) {
				s := newSite(t, k)
				attacker := s.browser()
				attacker.does("set bait=1")
				planted := attacker.session()
				victim := s.browser()
				if attack.victim != nil {
					victim = attack.victim(s)
				}
				victim.Put("session", planted)
				victim.does(attack.request...)

				site.Wants(t, "the victim", victim.does("who"), attack.user)
				site.Wants(t, "the attacker", attacker.does("who"), "user ")
				site.Wants(t, "a copy of his cookie", s.copyOf(planted).does("who"), "user ")
				attacker.Put("session", planted)
				attacker.does("set bait=2")
				site.Wants(t, "the victim's data", victim.does("who", "get bait") != attack.user+", bait=2", true)
				site.Wants(t, "the attacker later", attacker.does("who"), "user ")
			})
		})
	}
}

// A request that came with the old cookie, and saves its session when the login
// is through, must not give the old cookie anything.
func TestALateSaveOfTheOldSessionIsNotLoggedIn(t *testing.T) {
	eachStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("set cart=book")
		old := b.session()
		s.meanwhile(b, []string{"who", "get cart", "wait", "set late=1"}, func() {
			site.Wants(t, "login", b.does("login 1"), "")
		})
		site.Wants(t, "the old cookie", s.copyOf(old).does("who"), "user ")
	})
}

func TestRestoringGivesANewSessionID(t *testing.T) {
	eachServerStore(t, func(t *testing.T, k kind) {
		s := newSite(t, k)
		b := s.browser()
		b.does("login-remember 1")
		b.Put("session", "")
		b.does("set cart=book")
		old := b.session()
		site.Wants(t, "restored, not fresh", b.does("who", "fresh", "get cart"), "user 1, fresh false, cart=book")
		b.Put("remember_token", "")
		site.Wants(t, "in the session", b.does("who", "get cart"), "user 1, cart=book")
		site.Wants(t, "the old cookie", s.copyOf(old).does("who"), "user ")
	})
}
