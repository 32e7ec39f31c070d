package docs_test

import (
	"context"
	"testing"
	"time"

	"github.com/ginlogin/ginlogin"
)

// The README shows this block as the defaults.
func TestTheSettingsOfTheREADMEAreTheDefaults(t *testing.T) {
	find := func(context.Context, string) (*user, error) { return &user{}, nil }
	lm := ginlogin.New(find)
	lm.SecretKeys = nil                          // sign cookies; 32 random bytes each: the first signs, all verify
	lm.LoginView = ""                            // where guards send visitors; without it they get a 401
	lm.RefreshView = ""                          // where FreshLoginRequired sends users to give the password again
	lm.LoginRequired = false                     // true closes every route but those with LoginNotRequired()
	lm.Remember.Duration = 365 * 24 * time.Hour  // of "remember me"
	lm.IdleTimeout = 0                           // ends a login that has not been used for so long; 0: never
	lm.AbsoluteTimeout = 0                       // ends a login this long after the password was given; 0: never
	lm.FreshFor = 0                              // how long a password counts for FreshLoginRequired; 0: the session
	lm.SessionProtection = ginlogin.ProtectBasic // a changed address or browser makes a login stale
	lm.Logins = nil                              // a row for every login, as in loginsql.New(db, loginsql.PostgreSQL)

	preset := ginlogin.New(find)
	for _, setting := range []struct {
		name      string
		got, want any
	}{
		{"SecretKeys", len(lm.SecretKeys), len(preset.SecretKeys)},
		{"LoginView", lm.LoginView, preset.LoginView},
		{"RefreshView", lm.RefreshView, preset.RefreshView},
		{"LoginRequired", lm.LoginRequired, preset.LoginRequired},
		{"Remember.Duration", lm.Remember.Duration, preset.Remember.Duration},
		{"IdleTimeout", lm.IdleTimeout, preset.IdleTimeout},
		{"AbsoluteTimeout", lm.AbsoluteTimeout, preset.AbsoluteTimeout},
		{"FreshFor", lm.FreshFor, preset.FreshFor},
		{"SessionProtection", lm.SessionProtection, preset.SessionProtection},
		{"Logins", lm.Logins, preset.Logins},
	} {
		if setting.got != setting.want {
			t.Errorf("the README says that %s is %v by default, and it is %v", setting.name, setting.got, setting.want)
		}
	}
}
