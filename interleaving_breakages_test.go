package ginlogin_test

import (
	"testing"

	"github.com/ginlogin/ginlogin"
)

// What the suite is for: each row breaks something, and must be noticed.
func TestTheSuiteNotices(t *testing.T) {
	for name, broken := range map[string]struct {
		change change
		at     stage
		ops    []string
	}{
		"a store that swaps without comparing": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			stages[0], []string{"the victim logs out the others", "the thief restores the login"},
		},
		"a store that swaps a use of the login over its end": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			stages[0], []string{"the victim logs out the others", "the thief views a page"},
		},
		"a store whose swap makes the row that was deleted": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsRevive = true },
			stages[0], []string{"the thief restores the login", "the site ends all logins"},
		},
		"a remember cookie without grace": {
			func(lm *ginlogin.LoginManager, _ *stagedStore) { lm.Remember.Grace = 0 },
			stages[0], []string{"the victim restores the login", "the victim restores the login"},
		},
		"a store by which acting goes on after a restore": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.forgetsGenerations = true },
			stages[0], []string{"the victim restores the login", "the actor views a page"},
		},
		"a store by which acting counts among the logins of a customer": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.forgetsActors = true },
			stages[3], []string{"the newcomer logs in as the customer", "the device views a page"},
		},
		"users whose logins a new password does not end": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.keepsPasswords = true },
			stages[0], []string{"the starter finishes the login", "the site changes the password"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sound, found := newFindings(), newFindings()
			newWorld(broken.at, nil).playAll(operationsNamed(t, broken.ops...), sound)
			newWorld(broken.at, broken.change).playAll(operationsNamed(t, broken.ops...), found)
			sound.report(t)
			if len(found.count) == 0 {
				t.Errorf("%d schedules found nothing", found.schedules)
			}
			for text, count := range found.count {
				t.Logf("%s, in %d schedules", text, count)
			}
		})
	}
}
