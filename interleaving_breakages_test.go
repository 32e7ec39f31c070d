package ginlogin_test

import (
	"testing"

	"github.com/ginlogin/ginlogin"
)

// What the suite is for: each row breaks something, and must be noticed.
func TestTheSuiteNotices(t *testing.T) {
	for name, broken := range map[string]struct {
		change change
		ops    []string
	}{
		"a store that swaps without comparing": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			[]string{"the victim logs out the others", "the thief restores the login"},
		},
		"a store that swaps a use of the login over its end": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsBlindly = true },
			[]string{"the victim logs out the others", "the thief views a page"},
		},
		"a store whose swap makes the row that was deleted": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.swapsRevive = true },
			[]string{"the thief restores the login", "the site ends all logins"},
		},
		"a remember cookie without grace": {
			func(lm *ginlogin.LoginManager, _ *stagedStore) { lm.Remember.Grace = 0 },
			[]string{"the victim restores the login", "the victim restores the login"},
		},
		"a store by which acting goes on after a restore": {
			func(_ *ginlogin.LoginManager, s *stagedStore) { s.forgetsGenerations = true },
			[]string{"the victim restores the login", "the actor views a page"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sound, found := newFindings(), newFindings()
			newWorld(stages[0], nil).playAll(operationsNamed(t, broken.ops...), sound)
			newWorld(stages[0], broken.change).playAll(operationsNamed(t, broken.ops...), found)
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
