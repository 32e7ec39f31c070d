package main

import (
	"fmt"
	"time"
)

// timeouts say how long logins last; 0 is for ever. ginlogin.LoginManager tells what each of them
// ends.
type timeouts struct {
	idle, absolute, fresh time.Duration
}

// loadTimeouts reads the timeouts from the environment, as Go writes durations: "90m", "720h", "0".
func loadTimeouts(getenv func(string) string) (timeouts, error) {
	// NIST SP 800-63B asks for a login every 30 days at least, and leaves the rest to the site. Two
	// hours are a long lunch; half an hour is enough to change all the settings in one go.
	t := timeouts{idle: 2 * time.Hour, absolute: 30 * 24 * time.Hour, fresh: 30 * time.Minute}
	for name, field := range map[string]*time.Duration{
		"IDLE_TIMEOUT": &t.idle, "ABSOLUTE_TIMEOUT": &t.absolute, "FRESH_FOR": &t.fresh,
	} {
		d, err := duration(name, getenv(name), *field)
		if err != nil {
			return timeouts{}, fmt.Errorf("%w for ever", err)
		}
		*field = d
	}
	if 0 < t.idle && t.idle <= time.Minute {
		return timeouts{}, fmt.Errorf("IDLE_TIMEOUT: %v is not longer than a minute, for which the remember cookie before the last is good", t.idle)
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
