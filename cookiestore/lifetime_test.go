package cookiestore

import (
	"fmt"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	gorilla "github.com/gorilla/sessions"
)

const day = 24 * time.Hour

func TestASessionEndsWithItsLifetimeWhateverTheBrowserDoes(t *testing.T) {
	for _, row := range []struct {
		name          string
		maxAge, later int // the store's MaxAge when the session was saved, and when it is read
		own           int // the session's own
		age           time.Duration
		alive         bool
	}{
		{"at once", 60, 60, 60, 0, true},
		{"in its last second", 60, 60, 60, 60 * time.Second, true},
		{"a second later", 60, 60, 60, 61 * time.Second, false},
		{"after years", 60, 60, 60, 5 * 365 * day, false},
		{"a browser session on day 30", 0, 0, 0, 30 * day, true},
		{"a browser session on day 31", 0, 0, 0, 31 * day, false},
		{"a store made stricter ends old sessions", 3600, 60, 3600, 61 * time.Second, false},
		{"a store made laxer keeps them", 60, 3600, 60, 61 * time.Second, true},
		{"a lifetime of its own, shorter", 3600, 3600, 60, 61 * time.Second, false},
		{"a lifetime of its own, longer", 60, 60, 3600, 61 * time.Second, true},
		{"a lifetime of its own, over", 60, 60, 3600, 3601 * time.Second, false},
		{"a lifetime of its own in a stricter store", 3600, 10, 600, 61 * time.Second, true},
		{"a browser session in a store that keeps", 60, 60, 0, 61 * time.Second, false},
		{"the clock an hour back", 60, 60, 60, -time.Hour, true},
		{"the clock a day back", 60, 60, 60, -day, true},
		{"the clock more than a day back", 60, 60, 60, -day - time.Second, false},
		{"the clock years back", 60, 60, 60, -5 * 365 * day, false},
	} {
		s := NewStore(testKey)
		c := withClock(s)
		s.Options(sessions.Options{MaxAge: row.maxAge})
		o := *s.options.Load()
		o.MaxAge = row.own
		line, err := s.sealLine("session", map[any]any{"a": 1}, &o)
		if err != nil {
			t.Fatal(err)
		}
		value := valueOf(line)
		s.Options(sessions.Options{MaxAge: row.later})
		c.Time = c.Add(row.age)
		if alive := opens(s, "session", value) != nil; alive != row.alive {
			t.Errorf("%s: alive %v, want %v", row.name, alive, row.alive)
		}
	}
}

func valueOf(line string) (value string) {
	fmt.Sscanf(line, "session=%s", &value)
	return value[:len(value)-1] // the semicolon
}

func TestEverySaveBeginsANewLifetime(t *testing.T) {
	s := NewStore(testKey)
	c := withClock(s)
	s.Options(sessions.Options{MaxAge: 60})
	for range 5 {
		value := issue(t, s, "session", map[any]any{"a": 1}).Value
		c.Time = c.Add(50 * time.Second)
		if opens(s, "session", value) == nil {
			t.Fatal("ended early")
		}
	}
}

func TestATimeThatIsNoneIsNotAlive(t *testing.T) {
	s := NewStore(testKey)
	whole := string(s.appendTimes(nil, s.attributes()))
	for _, content := range []string{whole[:len(whole)-1], "", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", "\x01",
		"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		if values, saved, alive := s.takeTimes(content); alive || saved != 0 || values != "" {
			t.Errorf("%q is alive", content)
		}
	}
}

func TestANegativeMaxAgeIsNoLifetime(t *testing.T) {
	if got := NewStore(testKey).ownLifetime(&gorilla.Options{MaxAge: -1}); got != 0 {
		t.Errorf("got %d", got)
	}
}
