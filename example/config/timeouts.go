package config

import (
	"fmt"
	"time"
)

// Timeouts say how long logins last; 0 is for ever. ginlogin.LoginManager says what each of them ends.
type Timeouts struct {
	Idle, Absolute, Fresh time.Duration
}

// loadTimeouts reads the timeouts from the environment, as Go writes durations: "90m", "720h", "0".
func loadTimeouts(getenv func(string) string) (Timeouts, error) {
	// NIST SP 800-63B requires a login every 30 days at least, and leaves the rest to the site. Two
	// hours are a long lunch; half an hour is enough to change all settings.
	t := Timeouts{Idle: 2 * time.Hour, Absolute: 30 * 24 * time.Hour, Fresh: 30 * time.Minute}
	for name, field := range map[string]*time.Duration{
		"IDLE_TIMEOUT": &t.Idle, "ABSOLUTE_TIMEOUT": &t.Absolute, "FRESH_FOR": &t.Fresh,
	} {
		d, err := duration(name, getenv(name), *field)
		if err != nil {
			return Timeouts{}, fmt.Errorf("%w for ever", err)
		}
		*field = d
	}
	if 0 < t.Idle && t.Idle <= time.Minute {
		return Timeouts{}, fmt.Errorf("IDLE_TIMEOUT: %v is not longer than a minute, for which the remember cookie before the last is good", t.Idle)
	}
	return t, nil
}

// duration reads the duration in the variable of that name; without one it is fallback.
func duration(name, text string, fallback time.Duration) (time.Duration, error) {
	if text == "" {
		return fallback, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d != 0 && d < time.Second {
		return 0, fmt.Errorf("%s: %q is not a duration such as 90m, of a second or more, or 0", name, text)
	}
	return d, nil
}

// SessionLife is how long Redis keeps a session after its last change. The cookie ends with the
// browser, but the server does not learn when the browser is closed. IDLE_TIMEOUT ends the login
// anyway, and activity is recorded every minute, so a little more than IDLE_TIMEOUT loses no login.
// Longer would cost memory, because every visitor of the login page has a session. Without that
// timeout it is 30 days, as in the cookie store.
func (t Timeouts) SessionLife() time.Duration {
	const month = 30 * 24 * time.Hour
	if t.Idle == 0 {
		return month
	}
	return min(t.Idle+2*time.Minute, month)
}
